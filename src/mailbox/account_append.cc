// Appending: reserve UIDs and name the writes. Appends of different sessions share group commits.
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"
#include "message/imap_form.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::mailbox {
namespace {

/// The keywords all messages use, each once; masks are over this list.
std::vector<std::string> keywords_of(const std::vector<NewMessage>& messages)
{
    std::vector<std::string> all;
    for (const NewMessage& message : messages)
        for (const std::string& keyword : message.flags.keywords)
            if (std::ranges::find(all, keyword) == all.end())
                all.push_back(keyword);
    return all;
}

std::uint64_t mask_of(const std::vector<std::string>& all, const std::vector<std::string>& some)
{
    std::uint64_t mask = 0;
    for (const std::string& keyword : some)
        mask |= std::uint64_t{1} << (std::ranges::find(all, keyword) - all.begin());
    return mask;
}

} // namespace

Outcome<void> AccountImpl::check_quota(const std::vector<NewMessage>& messages, const Quota& quota) const
{
    std::uint64_t bytes = m_usage.bytes;
    for (const NewMessage& message : messages)
        bytes += message.content->size();
    if (quota.bytes != 0 && bytes > quota.bytes)
        return base::fail(base::Fault::over_quota, fmt::format("{} of {} octets", bytes, quota.bytes));
    const std::uint64_t count = m_usage.messages + messages.size();
    if (quota.messages != 0 && count > quota.messages)
        return base::fail(base::Fault::over_quota, fmt::format("{} of {} messages", count, quota.messages));
    return {};
}

Outcome<AccountImpl::Draft> AccountImpl::draft_append(Loaded& target, MailboxId mailbox,
                                                      std::vector<NewMessage>& messages, const Quota& quota)
{
    if (auto room = check_quota(messages, quota); !room)
        return std::unexpected(room.error());
    AppendEntry entry{mailbox, keywords_of(messages), {}};
    if (entry.keywords.size() > max_keywords)
        return base::fail(base::Fault::too_large, "over 64 keywords");
    if (auto bits = target.index.intern(entry.keywords); !bits)
        return std::unexpected(bits.error());

    Draft draft;
    const Seconds now = m_clock.now();
    for (NewMessage& message : messages) {
        const Uid uid = target.index.take_uid();
        Message row;
        row.uid = uid;
        row.size = static_cast<std::uint32_t>(message.content->size());
        row.internal_date = message.internal_date != 0 ? message.internal_date : now;
        row.save_date = now;
        row.system = message.flags.system;
        row.keywords = mask_of(entry.keywords, message.flags.keywords);
        row.blob = message.blob;
        draft.added.bytes += row.size;
        draft.added.messages += 1;
        entry.messages.push_back(row);
        draft.batch.put(layout::forms(m_id, mailbox, uid), *message.forms);
        if (message.blob_in_batch)
            draft.batch.ref_blob(message.blob, +1);
        else
            draft.batch.put_blob(message.blob, std::move(message.content));
    }
    draft.batch.raise(layout::uid_next(m_id, mailbox), target.index.next_free_uid());
    draft.batch.add(layout::used_bytes(m_id), static_cast<std::int64_t>(draft.added.bytes));
    draft.batch.add(layout::used_messages(m_id), static_cast<std::int64_t>(draft.added.messages));
    draft.entries.emplace_back(std::move(entry));
    return draft;
}

void AccountImpl::complete(NewMessage& message)
{
    if (message.blob == storage::BlobId{})
        message.blob = storage::BlobId::of(*message.content);
    if (!message.forms)
        message.forms =
            std::make_shared<const std::string>(message::pack(message::make_imap_forms(*message.content)));
}

Task<Outcome<Appended>> AccountImpl::append(MailboxId mailbox, std::vector<NewMessage> messages, Quota quota)
{
    std::ranges::for_each(messages, complete);
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_append(mailbox, std::move(messages), quota));
}

Task<Outcome<Appended>> AccountImpl::do_append(MailboxId mailbox, std::vector<NewMessage> messages,
                                               Quota quota)
{
    auto target = co_await loaded(mailbox);
    if (!target)
        co_return std::unexpected(target.error());
    const std::uint32_t uid_validity = (*target)->index.now().uid_validity();
    auto draft = draft_append(**target, mailbox, messages, quota);
    if (!draft)
        co_return std::unexpected(draft.error());
    UidSet uids;
    for (const Message& message : std::get<AppendEntry>(draft->entries.front()).messages)
        uids.add(message.uid);
    auto modseq = co_await commit_change(std::move(*draft));
    if (!modseq)
        co_return std::unexpected(modseq.error());
    co_return Appended{uid_validity, std::move(uids), *modseq};
}

/// Resolves its change exactly once: published, or abandoned by its destructor.
class ReservationImpl final : public Reservation {
public:
    ReservationImpl(std::shared_ptr<AccountImpl> account, ModSeq modseq, storage::Batch batch)
        : m_account(std::move(account))
        , m_modseq(modseq)
        , m_batch(std::move(batch))
    {
        const auto& entry = std::get<AppendEntry>(m_account->m_pending.at(modseq).change.entries.front());
        m_uid = entry.messages.front().uid;
        m_uid_validity = m_account->known(entry.mailbox)->uid_validity;
    }
    ~ReservationImpl() override { resolve(false); }
    storage::Batch take_batch() override { return std::move(m_batch); }
    Uid uid() const override { return m_uid; }
    std::uint32_t uid_validity() const override { return m_uid_validity; }
    base::Promise<bool> publish() override { return resolve(true); }

private:
    base::Promise<bool> resolve(bool committed)
    {
        base::Promise<bool> visible;
        if (auto account = std::exchange(m_account, nullptr)) {
            base::Executor& owner = account->owner();
            auto settle = [account = std::move(account), modseq = m_modseq, committed, visible] {
                account->resolve(modseq, committed);
                account->tell_settled(modseq, visible);
            };
            if (base::Executor::current() == &owner)
                settle();
            else
                owner.post(std::move(settle));
        }
        return visible;
    }

    std::shared_ptr<AccountImpl> m_account;
    ModSeq m_modseq;
    storage::Batch m_batch;
    Uid m_uid = 0;
    std::uint32_t m_uid_validity = 0;
};

Task<Outcome<std::unique_ptr<Reservation>>> AccountImpl::reserve(MailboxId mailbox, NewMessage message,
                                                                 Quota quota)
{
    complete(message);
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_reserve(mailbox, std::move(message), quota));
}

Task<Outcome<std::unique_ptr<Reservation>>> AccountImpl::reserve_inbox(NewMessage message, Quota quota)
{
    complete(message);
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    return on_owner(std::move(self), do_reserve_inbox(std::move(message), quota));
}

Task<Outcome<std::unique_ptr<Reservation>>> AccountImpl::do_reserve_inbox(NewMessage message, Quota quota)
{
    const MailboxInfo* inbox = m_names->find(SpecialUse::inbox);
    if (inbox == nullptr)
        co_return base::fail(base::Fault::corrupt, "the account has no INBOX");
    auto reserved = co_await do_reserve(inbox->id, std::move(message), quota);
    co_return reserved;
}

Task<Outcome<std::unique_ptr<Reservation>>> AccountImpl::do_reserve(MailboxId mailbox, NewMessage message,
                                                                    Quota quota)
{
    auto target = co_await loaded(mailbox);
    if (!target)
        co_return std::unexpected(target.error());
    std::vector<NewMessage> messages;
    messages.push_back(std::move(message));
    if (m_retired)
        co_return base::fail(base::Fault::not_found, "the account was removed");
    auto draft = draft_append(**target, mailbox, messages, quota);
    if (!draft)
        co_return std::unexpected(draft.error());
    const ModSeq modseq = reserve_change(std::move(draft->entries), draft->added);
    draft->batch.put(layout::change(m_id, modseq), encode(m_pending.at(modseq).change));
    draft->batch.raise(layout::modseq(m_id), modseq);
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    co_return std::make_unique<ReservationImpl>(std::move(self), modseq, std::move(draft->batch));
}

} // namespace mansio::mailbox
