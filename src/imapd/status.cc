#include "imapd/status.h"

#include "imapd/commands.h"
#include "imapd/condstore.h"
#include "imapd/find_mailbox.h"
#include "imapd/object_id.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

using imap::StatusItem;

constexpr std::size_t runs_at_once = 256; // of a thousand messages: a few milliseconds

/// rfc9208#4.1.4
Task<std::uint64_t> deleted_storage(mailbox::ViewPtr view)
{
    std::uint64_t octets = 0;
    std::uint32_t left = view->totals().deleted;
    std::size_t runs = 0;
    for (std::size_t index = 0; left > 0 && index < view->size();) {
        const auto run = view->run_from(index);
        for (const mailbox::Message& message : run) {
            if (message.system & mailbox::deleted) {
                octets += message.size;
                --left;
            }
        }
        index += run.size();
        if (++runs % runs_at_once == 0)
            co_await base::yield();
    }
    co_return octets;
}

/// A mailbox as STATUS tells of it.
struct Facts {
    const mailbox::View& view;
    std::uint64_t deleted_octets = 0; ///< if they were asked for
};

std::string show(const Session& session, const Facts& facts, StatusItem item)
{
    const mailbox::View& view = facts.view;
    switch (item) {
    case StatusItem::messages: return fmt::format("MESSAGES {}", view.size());
    case StatusItem::recent: return "RECENT 0";
    case StatusItem::uid_next: return fmt::format("UIDNEXT {}", view.uid_next());
    case StatusItem::uid_validity: return fmt::format("UIDVALIDITY {}", view.uid_validity());
    case StatusItem::unseen: return fmt::format("UNSEEN {}", view.totals().unseen);
    case StatusItem::deleted: return fmt::format("DELETED {}", view.totals().deleted);
    case StatusItem::size: return fmt::format("SIZE {}", view.totals().size);
    case StatusItem::highest_mod_seq: return fmt::format("HIGHESTMODSEQ {}", view.highest_modseq());
    case StatusItem::mailbox_id:
        return fmt::format("MAILBOXID ({})", mailbox_id(session.account().id(), view.mailbox()));
    case StatusItem::deleted_storage: return fmt::format("DELETED-STORAGE {}", facts.deleted_octets);
    case StatusItem::append_limit: return fmt::format("APPENDLIMIT {}", session.settings->max_append_size);
    }
    return {};
}

} // namespace

Task<Outcome<void>> write_status_of(Session& session, mailbox::MailboxInfo info,
                                    const imap::StatusItems& items)
{
    auto view = co_await session.account().view(info.id);
    if (!view && view.error().fault == base::Fault::not_found)
        co_return Outcome<void>{};
    if (!view)
        co_return base::fail(std::move(view.error()), "status");
    Facts facts{.view = **view};
    if (std::ranges::find(items, StatusItem::deleted_storage) != items.end())
        facts.deleted_octets = co_await deleted_storage(*view);
    std::string out = "* STATUS ";
    imap::write_mailbox(out, info.name, session.names());
    out += " (";
    for (const StatusItem item : items) {
        if (out.back() != '(')
            out += ' ';
        out += show(session, facts, item);
    }
    session.channel.write(out + ")\r\n");
    co_return Outcome<void>{};
}

/// rfc9051#6.3.11
Task<Reply> status(Session& session, imap::Status command)
{
    auto info = co_await find_mailbox(session, command.mailbox);
    if (!info)
        co_return session.refuse(info.error(), "status");
    if (std::ranges::find(command.items, StatusItem::highest_mod_seq) != command.items.end())
        enable_condstore(session); // rfc7162#3.1
    auto written = co_await write_status_of(session, std::move(*info), command.items);
    if (!written)
        co_return session.refuse(written.error(), "status");
    co_return reply::ok("status told");
}

} // namespace mansio::imapd
