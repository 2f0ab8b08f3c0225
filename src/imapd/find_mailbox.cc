#include "imapd/find_mailbox.h"

namespace mansio::imapd {

std::string without_separator(std::string name)
{
    if (name.size() > 1 && name.ends_with('/'))
        name.pop_back();
    return name;
}

Task<Outcome<mailbox::MailboxInfo>> find_mailbox(Session& session, std::string name)
{
    auto all = co_await session.account().list();
    if (!all)
        co_return base::fail(std::move(all.error()), "mailboxes");
    const auto* const info = (*all)->find(without_separator(std::move(name)));
    if (!info)
        co_return base::fail(base::Fault::not_found, "no such mailbox");
    co_return *info;
}

Reply with_try_create(Reply reply)
{
    if (reply.code == "NONEXISTENT")
        reply.code = "TRYCREATE";
    return reply;
}

} // namespace mansio::imapd
