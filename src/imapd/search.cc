#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/fields_ahead.h"
#include "imapd/message_bytes.h"
#include "imapd/messages.h"
#include "imapd/search_program.h"
#include "message/structure.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::size_t yield_after = 100'000; // keys judged: well under a millisecond

/// What was found, in the numbers of the answer.
struct Found {
    imap::NumberSet numbers;
    base::ModSeq highest = 0; ///< rfc7162#3.1.6
    base::ModSeq first = 0;   ///< modseq of the first message found
    base::ModSeq last = 0;    ///< modseq of the last
    std::size_t count = 0;

    void add(std::uint32_t number, base::ModSeq modseq)
    {
        numbers.add(number);
        highest = std::max(highest, modseq);
        first = count == 0 ? modseq : first;
        last = modseq;
        ++count;
    }
};

/// By all of the message. One that is gone does not match.
Task<bool> judge_by_whole(Session& session, const SearchProgram& program, std::size_t index,
                          mailbox::Message message)
{
    auto share = session.imapd.budget.share();
    if (!share.grow_to(message.size))
        co_return false;
    auto whole = co_await session.account().read(message.blob);
    if (!whole) {
        session.refuse(whole.error(), "search message");
        co_return false;
    }
    const auto structure = message::parse_structure(*whole);
    const SearchText all{.header = *whole, .whole = *whole, .structure = &structure, .has_header = true};
    co_return program.judge(index, message, all) == Verdict::yes;
}

/// Reads what the verdict needs: first the header, then all.
Task<bool> judge_by_content(Session& session, const SearchProgram& program, std::size_t index,
                            mailbox::Message message)
{
    if (program.reads_bodies() && message.size <= header_read_size) // looking for the header reads as much
        co_return co_await judge_by_whole(session, program, index, message);
    auto header = co_await read_header(session, message);
    if (!header) {
        session.refuse(header.error(), "search header");
        co_return false;
    }
    const SearchText some{.header = *header, .has_header = true};
    const Verdict early = program.judge(index, message, some);
    if (early != Verdict::unknown)
        co_return early == Verdict::yes;
    co_return co_await judge_by_whole(session, program, index, message);
}

Task<Found> run(Session& session, const SearchProgram& program, mailbox::ViewPtr view,
                imap::Numbering numbering)
{
    Found found;
    const std::size_t stride = yield_after / program.size() + 1;
    FieldsAhead ahead(session, view);
    for (std::size_t index = 0; index < view->size(); ++index) {
        const mailbox::Message& message = view->at(index);
        Verdict verdict = program.judge(index, message, {});
        if (verdict == Verdict::unknown && program.asks_common_fields()) {
            const auto fields = co_await ahead.of(index);
            verdict = program.judge(index, message, SearchText{.fields = fields});
        }
        bool matches = verdict == Verdict::yes;
        if (verdict == Verdict::unknown) {
            matches = co_await judge_by_content(session, program, index, message);
            co_await base::yield();
        } else if (index % stride == stride - 1) {
            co_await base::yield();
        }
        if (!matches)
            continue;
        const auto number = static_cast<std::uint32_t>(index + 1);
        found.add(numbering == imap::Numbering::uid ? message.uid : number, message.modseq);
    }
    co_return found;
}

/// rfc5182#2.1: with MIN or MAX alone only those are remembered.
mailbox::UidSet to_remember(const Session& session, const imap::Search& command, const Found& found)
{
    const auto& returns = *command.returns;
    imap::NumberSet kept = found.numbers;
    if ((returns.min || returns.max) && !returns.all && !returns.count && !kept.empty()) {
        std::vector<imap::NumberRange> ends;
        if (returns.min)
            ends.push_back({kept.ranges().front().first, kept.ranges().front().first});
        if (returns.max)
            ends.push_back({kept.ranges().back().last, kept.ranges().back().last});
        kept = imap::NumberSet(std::move(ends));
    }
    if (command.numbering == imap::Numbering::uid)
        return to_uid_set(kept);
    return uids_of(*session.selected->shown, kept);
}

/// rfc3501#7.2.5
std::string old_form(const Found& found, bool with_mod_seq)
{
    std::string out = "* SEARCH";
    for (const imap::NumberRange& range : found.numbers.ranges())
        for (std::uint64_t number = range.first; number <= range.last; ++number)
            fmt::format_to(std::back_inserter(out), " {}", number);
    if (with_mod_seq && found.count > 0)
        fmt::format_to(std::back_inserter(out), " (MODSEQ {})", found.highest);
    return out + "\r\n";
}

/// rfc4731#3.2: with MIN or MAX alone, of those messages only.
base::ModSeq modseq_of(const imap::SearchReturn& returns, const Found& found)
{
    if (returns.all || returns.count || !(returns.min || returns.max))
        return found.highest;
    return std::max(returns.min ? found.first : 0, returns.max ? found.last : 0);
}

/// rfc9051#7.3.4. The tag is quoted: Outlook wants a string there (doc/compat.md#esearch-tag).
std::string new_form(const Session& session, const imap::Search& command, const Found& found,
                     bool with_mod_seq)
{
    const imap::SearchReturn returns = command.returns.value_or(imap::SearchReturn{.all = true});
    std::string out = "* ESEARCH (TAG \"" + session.tag + "\")";
    const auto add = std::back_inserter(out);
    if (command.numbering == imap::Numbering::uid)
        out += " UID";
    if (returns.min && found.count > 0)
        fmt::format_to(add, " MIN {}", found.numbers.ranges().front().first);
    if (returns.max && found.count > 0)
        fmt::format_to(add, " MAX {}", found.numbers.ranges().back().last);
    if (returns.count)
        fmt::format_to(add, " COUNT {}", found.count);
    if (returns.all && found.count > 0)
        fmt::format_to(add, " ALL {}", found.numbers.text());
    if (with_mod_seq && found.count > 0)
        fmt::format_to(add, " MODSEQ {}", modseq_of(returns, found));
    return out + "\r\n";
}

bool only_saves(const imap::SearchReturn& returns)
{
    return returns.save && !returns.min && !returns.max && !returns.all && !returns.count;
}

} // namespace

/// rfc9051#6.4.4
Task<Reply> search(Session& session, imap::Search command)
{
    Selected& selected = *session.selected;
    const bool saves = command.returns && command.returns->save;
    const SearchProgram::Context context{*selected.shown, selected.saved_result, session.imapd.clock.now()};
    auto program = SearchProgram::make(command, context);
    if (!program) {
        if (saves)
            selected.saved_result = {}; // rfc5182#2.1
        if (program.error().fault == base::Fault::too_large)
            co_return reply::from(program.error().fault);
        co_return reply::no("BADCHARSET (US-ASCII UTF-8)", "unknown charset");
    }
    if (program->uses_mod_seq())
        enable_condstore(session);
    const auto found = co_await run(session, *program, selected.shown, command.numbering);
    if (saves)
        selected.saved_result = to_remember(session, command, found);
    if (saves && only_saves(*command.returns))
        co_return reply::ok("searched and saved");
    if (command.returns || session.enabled.imap4rev2)
        session.channel.write(new_form(session, command, found, program->uses_mod_seq()));
    else
        session.channel.write(old_form(found, program->uses_mod_seq()));
    co_return reply::ok("searched");
}

} // namespace mansio::imapd
