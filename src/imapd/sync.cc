#include "imapd/sync.h"

#include "imapd/uid_only.h"
#include "mailbox/difference.h"

#include <bit>
#include <fmt/format.h>
#include <ranges>
#include <utility>

namespace mansio::imapd {
namespace {

using mailbox::Message;
using mailbox::View;

constexpr mailbox::SystemFlag system_flags[] = {mailbox::answered, mailbox::flagged, mailbox::deleted,
                                                mailbox::seen, mailbox::draft};

void write_modseq_only(Session& session, std::size_t index)
{
    const Message& message = session.selected->shown->at(index);
    std::string out;
    write_fetch_head(out, session, index, message.uid);
    if (!session.enabled.uid_only)
        fmt::format_to(std::back_inserter(out), "UID {} ", message.uid);
    fmt::format_to(std::back_inserter(out), "MODSEQ ({}))\r\n", message.modseq);
    session.channel.write(out);
}

/// The flags a message has after the change, by name bits of the newer view.
bool follows_from(const OwnStore& own, const View& older, const Message& before, const View& newer,
                  const Message& after)
{
    std::uint64_t keywords = 0;
    for (std::size_t bit = 0; bit < older.keywords().size(); ++bit)
        if (before.keywords >> bit & 1)
            keywords |= newer.keyword_bit(older.keywords()[bit]);
    std::uint64_t named = 0;
    for (const std::string& keyword : own.change.flags.keywords)
        named |= newer.keyword_bit(keyword);
    const std::uint16_t system = own.change.flags.system;
    switch (own.change.mode) {
    case mailbox::FlagMode::add:
        return after.system == (before.system | system) && after.keywords == (keywords | named);
    case mailbox::FlagMode::remove:
        return after.system == (before.system & ~system) && after.keywords == (keywords & ~named);
    case mailbox::FlagMode::replace: return after.system == system && after.keywords == named;
    }
    return false;
}

void announce_expunges(Session& session, const mailbox::Difference& change)
{
    if (change.expunged.empty())
        return;
    if (session.enabled.qresync || session.enabled.uid_only) {
        session.channel.write(fmt::format("* VANISHED {}\r\n", change.expunged_uids.text()));
        return;
    }
    std::string out;
    for (const std::size_t index : change.expunged | std::views::reverse)
        fmt::format_to(std::back_inserter(out), "* {} EXPUNGE\r\n", index + 1);
    session.channel.write(out);
}

void announce_keywords(Session& session)
{
    const View& view = *session.selected->shown;
    std::string out = "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft";
    for (const std::string& keyword : view.keywords())
        out += ' ' + keyword;
    session.channel.write(out + ")\r\n");
}

void announce_flags(Session& session, const mailbox::Difference& change, const View& older,
                    const OwnStore* own)
{
    const View& view = *session.selected->shown;
    for (const std::size_t index : change.changed) {
        const Message& message = view.at(index);
        const bool ours =
            own && message.modseq == own->stored.modseq && own->stored.changed.contains(message.uid);
        const auto before = ours ? older.find(message.uid) : std::nullopt;
        if (!before || !follows_from(*own, older, older.at(*before), view, message))
            write_flags_update(session, index);
        else if (session.enabled.condstore)
            write_modseq_only(session, index); // rfc7162#3.1.3: also with .SILENT
    }
}

Task<void> advance(Session& session, Expunges expunges, const OwnStore* own)
{
    if (!session.selected || session.state != State::selected)
        co_return;
    Selected& selected = *session.selected;
    const bool catch_up = selected.expunges_held && expunges == Expunges::announce;
    if (!selected.changed.take() && !catch_up && !std::exchange(selected.behind, false))
        co_return;
    auto newest = co_await session.account().view(selected.mailbox);
    if (!newest) {
        if (newest.error().fault == base::Fault::not_found) {
            session.bye("UNAVAILABLE", "the mailbox was deleted", "mailbox deleted");
            co_return;
        }
        session.refuse(newest.error(), "view of the mailbox");
        selected.behind = true; // for the next command: raising the signal would have an IDLE try without end
        co_return;
    }
    const mailbox::ViewPtr older = selected.shown;
    const bool hold = expunges == Expunges::hold;
    mailbox::ViewPtr next = hold ? mailbox::hold_expunges(older, *newest) : *newest;
    const auto change = mailbox::difference(*older, *next);
    selected.expunges_held = hold && next != *newest;
    if (!selected.expunges_held)
        selected.told_modseq = next->highest_modseq();
    selected.shown = std::move(next);
    announce_expunges(session, change);
    if (change.appended() > 0)
        session.channel.write(fmt::format("* {} EXISTS\r\n", selected.shown->size()));
    if (change.keywords_changed)
        announce_keywords(session);
    announce_flags(session, change, *older, own);
}

} // namespace

void write_told_modseq(Session& session)
{
    session.untagged(
        {imap::Condition::ok, fmt::format("HIGHESTMODSEQ {}", session.selected->told_modseq), "modseqs"});
}

void write_message_flags(std::string& out, const View& view, const Message& message)
{
    out += '(';
    const std::size_t start = out.size();
    const auto add = [&](std::string_view flag) {
        if (out.size() != start)
            out += ' ';
        out += flag;
    };
    for (const auto flag : system_flags)
        if (message.system & flag)
            add(mailbox::system_flag_name(flag));
    for (std::uint64_t rest = message.keywords; rest != 0; rest &= rest - 1) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(rest));
        if (bit < view.keywords().size())
            add(view.keywords()[bit]);
    }
    out += ')';
}

void write_flags_update(Session& session, std::size_t index)
{
    const View& view = *session.selected->shown;
    const Message& message = view.at(index);
    std::string out;
    write_fetch_head(out, session, index, message.uid);
    if (session.shows_uids())
        fmt::format_to(std::back_inserter(out), "UID {} ", message.uid);
    out += "FLAGS ";
    write_message_flags(out, view, message);
    if (session.enabled.condstore)
        fmt::format_to(std::back_inserter(out), " MODSEQ ({})", message.modseq);
    out += ")\r\n";
    session.channel.write(out);
}

Task<void> sync(Session& session, Expunges expunges)
{
    return advance(session, expunges, nullptr);
}

Task<void> sync(Session& session, Expunges expunges, OwnStore silent)
{
    co_await advance(session, expunges, &silent);
}

} // namespace mansio::imapd
