// GETQUOTA, GETQUOTAROOT, SETQUOTA: rfc9208. An account is one quota root, named by its address.
#include "imapd/commands.h"

#include <fmt/format.h>
#include <initializer_list>

namespace mansio::imapd {
namespace {

struct Resource {
    std::string_view name;
    std::uint64_t usage = 0;
    std::uint64_t limit = 0; ///< 0: there is none
};

/// rfc9208#5.1
std::uint64_t units_of_1024(std::uint64_t octets)
{
    return octets / 1024 + (octets % 1024 != 0 ? 1 : 0);
}

/// rfc9208#4.2.1: what is not limited is not listed.
std::string quota_text(std::string_view root, std::initializer_list<Resource> resources)
{
    std::string out = "* QUOTA ";
    imap::write_astring(out, root);
    out += " (";
    for (const Resource& resource : resources) {
        if (resource.limit == 0)
            continue;
        if (out.back() != '(')
            out += ' ';
        fmt::format_to(std::back_inserter(out), "{} {} {}", resource.name, resource.usage, resource.limit);
    }
    return out + ")\r\n";
}

Task<Outcome<void>> write_quota(Session& session)
{
    auto usage = co_await session.account().usage();
    if (!usage)
        co_return base::fail(std::move(usage.error()), "usage");
    auto names = co_await session.account().list();
    if (!names)
        co_return base::fail(std::move(names.error()), "mailboxes");
    const directory::Account& who = session.user->who;
    const Resource storage{"STORAGE", units_of_1024(usage->bytes), units_of_1024(who.quota_bytes)};
    const Resource message{"MESSAGE", usage->messages, who.quota_messages};
    const Resource mailboxes{"MAILBOX", (*names)->mailboxes.size(), session.settings->max_mailboxes};
    session.channel.write(quota_text(who.address, {storage, message, mailboxes}));
    co_return Outcome<void>{};
}

} // namespace

/// rfc9208#4.1.1
Task<Reply> get_quota(Session& session, imap::GetQuota command)
{
    if (command.root != session.user->who.address)
        co_return reply::no("NONEXISTENT", "no such quota root");
    auto written = co_await write_quota(session);
    if (!written)
        co_return session.refuse(written.error(), "getquota");
    co_return reply::ok("quota told");
}

/// rfc9208#4.1.2: also of a mailbox that is yet to be made.
Task<Reply> get_quota_root(Session& session, imap::GetQuotaRoot command)
{
    std::string out = "* QUOTAROOT ";
    imap::write_mailbox(out, command.mailbox, session.names());
    out += ' ';
    imap::write_astring(out, session.user->who.address);
    session.channel.write(out + "\r\n");
    auto written = co_await write_quota(session);
    if (!written)
        co_return session.refuse(written.error(), "getquotaroot");
    co_return reply::ok("quota told");
}

/// rfc9208#4.1.3: QUOTASET is not announced, the administrator sets quotas.
Task<Reply> set_quota(Session&, imap::SetQuota)
{
    co_return reply::no("NOPERM", "quotas are set by the administrator");
}

} // namespace mansio::imapd
