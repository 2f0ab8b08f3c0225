// Reading: views, usage, stored forms, what vanished.
#include "mailbox/account_impl.h"
#include "mailbox/layout.h"

#include <algorithm>

namespace mansio::mailbox {

Task<Outcome<ViewPtr>> AccountImpl::view(MailboxId mailbox)
{
    if (auto shown = m_board.view(mailbox))
        co_return shown;
    auto self = std::static_pointer_cast<AccountImpl>(shared_from_this());
    auto made = co_await on_owner(std::move(self), do_view(mailbox));
    co_return made;
}

Task<Outcome<ViewPtr>> AccountImpl::do_view(MailboxId mailbox)
{
    auto target = co_await loaded(mailbox);
    if (!target)
        co_return std::unexpected(target.error());
    const ViewPtr view = (*target)->view();
    m_board.show(view);
    co_return view;
}

Task<Outcome<Usage>> AccountImpl::usage()
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()), do_usage());
}

Task<Outcome<Usage>> AccountImpl::do_usage()
{
    co_return m_usage;
}

Task<Outcome<std::vector<Account::Forms>>> AccountImpl::forms(MailboxId mailbox, UidRange range,
                                                              std::size_t limit)
{
    std::vector<Forms> out;
    storage::Range rest{layout::forms(m_id, mailbox, range.first),
                        layout::forms(m_id, mailbox, range.last) + '\0'};
    do {
        auto page = co_await m_engine.scan(rest, limit - out.size());
        if (!page)
            co_return std::unexpected(page.error());
        for (storage::Item& item : page->items)
            out.push_back({static_cast<Uid>(layout::number_at_end(item.key, 4)), std::move(item.value)});
        rest.first = std::move(page->next);
    } while (!rest.first.empty() && out.size() < limit);
    co_return out;
}

Task<Outcome<std::string>> AccountImpl::read(storage::BlobId blob, std::uint64_t offset, std::uint64_t length)
{
    return m_engine.read_blob(blob, offset, length);
}

Task<Outcome<UidSet>> AccountImpl::vanished_since(MailboxId mailbox, ModSeq since)
{
    return on_owner(std::static_pointer_cast<AccountImpl>(shared_from_this()),
                    do_vanished_since(mailbox, since));
}

Task<Outcome<UidSet>> AccountImpl::do_vanished_since(MailboxId mailbox, ModSeq since)
{
    std::vector<UidRange> gone;
    storage::Range rest{layout::change(m_id, since + 1), layout::change(m_id, m_published + 1)};
    if (rest.first >= rest.end)
        co_return UidSet{};
    do {
        auto page = co_await m_engine.scan(rest, 1000);
        if (!page)
            co_return std::unexpected(page.error());
        for (const storage::Item& item : page->items) {
            auto change = decode_change(layout::number_at_end(item.key, 8), item.value);
            if (!change)
                co_return std::unexpected(change.error());
            for (const Entry& entry : change->entries)
                if (const auto* expunged = std::get_if<ExpungeEntry>(&entry))
                    if (expunged->mailbox == mailbox)
                        std::ranges::copy(expunged->uids.ranges(), std::back_inserter(gone));
        }
        rest.first = std::move(page->next);
    } while (!rest.first.empty());
    co_return UidSet(std::move(gone));
}

} // namespace mansio::mailbox
