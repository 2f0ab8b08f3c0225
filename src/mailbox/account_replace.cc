// REPLACE: a message comes and another goes, in one change.
#include "mailbox/account_impl.h"

namespace mansio::mailbox {

Task<Outcome<Appended>> AccountImpl::replace(MailboxId from, Uid uid, MailboxId to, NewMessage message,
                                             Quota quota)
{
    complete(message);
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_replace(from, uid, to, std::move(message), quota));
}

/// rfc8508#3.4: the old message does not count while the room for the new one is judged.
Task<Outcome<Appended>> AccountImpl::do_replace(MailboxId from, Uid uid, MailboxId to, NewMessage message,
                                                Quota quota)
{
    auto held = co_await m_changing.lock();
    auto source = co_await loaded(from);
    if (!source)
        co_return std::unexpected(source.error());
    auto target = co_await loaded(to);
    if (!target)
        co_return std::unexpected(target.error());
    const ViewPtr view = (*source)->view();
    const auto index = view->find(uid);
    if (!index)
        co_return base::fail(base::Fault::conflict, "the message to replace is gone");
    if (quota.bytes != 0)
        quota.bytes += view->at(*index).size;
    if (quota.messages != 0)
        quota.messages += 1;

    std::vector<NewMessage> messages; // from here to the reservation nothing waits
    messages.push_back(std::move(message));
    const std::uint32_t uid_validity = (*target)->index.now().uid_validity();
    auto draft = draft_append(**target, to, messages, quota);
    if (!draft)
        co_return std::unexpected(draft.error());
    UidSet uids;
    uids.add(std::get<AppendEntry>(draft->entries.front()).messages.front().uid);
    draft_removal(*draft, *view, {*index});
    auto modseq = co_await commit_change(std::move(*draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    co_return Appended{uid_validity, std::move(uids), *modseq};
}

} // namespace mansio::mailbox
