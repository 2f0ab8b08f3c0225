// IMAP: one work of the many, on connections that are logged in before the clock starts.
#include "load/imap_session.h"

#include <algorithm>
#include <iterator>

namespace mansio::load {
namespace {

std::unique_ptr<Session> make_session(const ImapShared& shared, Place place)
{
    const std::string& work = shared.options.work;
    if (work == "append" || work == "multiappend")
        return make_append_session(shared, place);
    if (work == "login")
        return make_login_session(shared, place);
    if (work == "move")
        return make_move_session(shared, place);
    if (work == "expunge")
        return make_expunge_session(shared, place);
    return make_command_session(shared, place, *find_imap_work(work));
}

bool appends(const ImapOptions& options)
{
    return options.work == "append" || options.work == "multiappend";
}

} // namespace

bool is_imap_work(std::string_view name)
{
    constexpr std::string_view others[] = {"append", "multiappend", "login", "move", "expunge"};
    return find_imap_work(name) || std::ranges::find(others, name) != std::end(others);
}

int run_imap(const ImapOptions& options)
{
    auto dialer = Dialer::make(options.common);
    if (!dialer)
        return cannot_run(dialer.error());
    const std::uint64_t tickets = options.work == "expunge" ? options.common.connections : options.count;
    Run run("imap-" + options.work, options.common, tickets);
    ImapShared shared{options, run, std::move(*dialer), Users(options.users), std::nullopt};
    if (appends(options)) {
        auto messages = Messages::load(options.messages, Form::literal);
        if (!messages)
            return cannot_run(messages.error());
        shared.messages = std::move(*messages);
    }
    return drive(run, options.common, Preparation::before,
                 [&](Place place) { return make_session(shared, place); });
}

} // namespace mansio::load
