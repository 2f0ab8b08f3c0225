// check_consistency: reads an account from the store alone and judges it. Invariants:
//
//  1. Every log entry can be read; its modseq is not above the account's counter.
//  2. Mailbox records can be read, names are unique and well-formed, there is one INBOX, no special use
//  twice.
//  3. The index that checkpoint and later log give is the one the whole log gives.
//  4. UIDs ascend and are below the mailbox's uid_next counter.
//  5. No message's modseq is above the newest change of its mailbox.
//  6. Every message's blob exists, has the size the index says, and at least one reference.
//  7. Every message has stored wire forms, and there are none without a message.
//  8. The usage counters are the sums of the messages.
//  9. Annotations are of mailboxes that exist, or of the account; their counter is the sum of their octets.
#include "base/bytes.h"
#include "mailbox/accounts.h"
#include "mailbox/index.h"
#include "mailbox/layout.h"
#include "mailbox/names.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace mansio::mailbox {
namespace {

class Check {
public:
    Check(storage::Engine& engine, AccountId id)
        : m_engine(engine)
        , m_id(id)
    {
    }

    Task<Outcome<std::vector<Finding>>> run()
    {
        auto named = co_await read_records();
        if (!named)
            co_return std::unexpected(named.error());
        auto replayed = co_await replay_log();
        if (!replayed)
            co_return std::unexpected(replayed.error());
        for (const auto& [mailbox, index] : m_replayed) {
            auto judged = co_await judge(mailbox, *index);
            if (!judged)
                co_return std::unexpected(judged.error());
        }
        auto counted = co_await judge_usage();
        if (!counted)
            co_return std::unexpected(counted.error());
        auto annotated = co_await judge_metadata();
        if (!annotated)
            co_return std::unexpected(annotated.error());
        co_return std::move(m_findings);
    }

private:
    void found(std::string what) { m_findings.push_back({m_id, std::move(what)}); }

    Task<Outcome<void>> read_records()
    {
        auto items = co_await scan_all(m_engine, storage::Range::prefix(layout::account(m_id, 'n')));
        if (!items)
            co_return std::unexpected(items.error());
        std::set<std::string> names;
        std::set<std::uint8_t> uses;
        for (const storage::Item& item : *items) {
            const MailboxId mailbox{static_cast<std::uint32_t>(layout::number_at_end(item.key, 4))};
            base::Reader in(item.value);
            const std::string name(in.string());
            const std::uint8_t use = in.u8();
            const std::uint32_t uid_validity = in.u32();
            if (!in.done())
                found(fmt::format("mailbox record {} is broken", mailbox.value));
            if (auto normal = normalise_name(name); !normal || *normal != name)
                found(fmt::format("mailbox {} has a bad name", mailbox.value));
            if (!names.insert(name).second)
                found(fmt::format("two mailboxes have the name of {}", mailbox.value));
            if (use != 0 && !uses.insert(use).second)
                found(fmt::format("special use {} is taken twice", use));
            m_replayed.emplace(mailbox, std::make_unique<Index>(mailbox, uid_validity));
            m_resumed.emplace(mailbox, std::make_unique<Index>(mailbox, uid_validity));
        }
        if (!names.contains("INBOX"))
            found("there is no INBOX");
        co_return Outcome<void>{};
    }

    /// Fills m_replayed from the whole log and m_resumed from checkpoint and tail.
    Task<Outcome<void>> replay_log()
    {
        auto since = co_await m_engine.get(layout::checkpoint(m_id));
        auto counter = co_await m_engine.counter(layout::modseq(m_id));
        if (!since || !counter)
            co_return std::unexpected(since ? counter.error() : since.error());
        const ModSeq checkpoint = *since ? base::Reader(**since).u64() : 0;
        for (const auto& [mailbox, index] : m_resumed) {
            auto loaded = co_await load_checkpoint(mailbox, *index);
            if (!loaded)
                co_return loaded;
        }
        storage::Range rest = storage::Range::prefix(layout::account(m_id, 'l'));
        do {
            auto page = co_await m_engine.scan(rest, 1000);
            if (!page)
                co_return std::unexpected(page.error());
            for (const storage::Item& item : page->items)
                replay(item, checkpoint, *counter);
            rest.first = std::move(page->next);
        } while (!rest.first.empty());
        co_return Outcome<void>{};
    }

    void replay(const storage::Item& item, ModSeq checkpoint, ModSeq counter)
    {
        auto change = decode_change(layout::number_at_end(item.key, 8), item.value);
        if (!change)
            return found(change.error().cause);
        if (change->modseq > counter)
            found(fmt::format("log entry {} is above the counter {}", change->modseq, counter));
        for (const Entry& entry : change->entries) {
            const auto whole = m_replayed.find(mailbox_of(entry));
            if (whole == m_replayed.end())
                continue; // removed since
            whole->second->apply(entry, change->modseq);
            if (change->modseq > checkpoint)
                m_resumed.at(whole->first)->apply(entry, change->modseq);
        }
    }

    Task<Outcome<void>> load_checkpoint(MailboxId mailbox, Index& index)
    {
        auto head = co_await m_engine.get(layout::head(m_id, mailbox));
        if (!head)
            co_return std::unexpected(head.error());
        if (*head)
            if (auto loaded = index.load_head(**head); !loaded)
                found(loaded.error().cause);
        auto pages = co_await scan_all(m_engine, storage::Range::prefix(layout::mailbox(m_id, 'p', mailbox)));
        if (!pages)
            co_return std::unexpected(pages.error());
        for (const storage::Item& item : *pages)
            if (auto loaded = index.load_page(item.value); !loaded)
                found(loaded.error().cause);
        co_return Outcome<void>{};
    }

    Task<Outcome<void>> judge(MailboxId mailbox, const Index& index)
    {
        const View& view = index.now();
        compare(view, m_resumed.at(mailbox)->now());
        auto uid_next = co_await m_engine.counter(layout::uid_next(m_id, mailbox));
        if (!uid_next)
            co_return std::unexpected(uid_next.error());
        std::set<Uid> uids;
        for (std::size_t at = 0; at < view.size(); ++at) {
            const Message& message = view.at(at);
            uids.insert(message.uid);
            m_usage.bytes += message.size;
            m_usage.messages += 1;
            if (message.uid >= *uid_next)
                found(
                    fmt::format("mailbox {}: UID {} is not below {}", mailbox.value, message.uid, *uid_next));
            if (message.modseq > view.highest_modseq())
                found(fmt::format("mailbox {}: UID {} has a modseq too high", mailbox.value, message.uid));
            auto size = co_await m_engine.blob_size(message.blob);
            if (!size)
                found(fmt::format("mailbox {}: UID {}: {}", mailbox.value, message.uid, size.error().cause));
            else if (*size != message.size)
                found(fmt::format("mailbox {}: UID {} has {} octets, not {}", mailbox.value, message.uid,
                                  *size, message.size));
        }
        co_return co_await judge_forms(mailbox, uids);
    }

    void compare(const View& whole, const View& resumed)
    {
        bool same = whole.size() == resumed.size() && whole.totals() == resumed.totals();
        for (std::size_t at = 0; same && at < whole.size(); ++at) {
            const Message& a = whole.at(at);
            const Message& b = resumed.at(at);
            same = a.uid == b.uid && a.system == b.system && a.modseq == b.modseq && a.blob == b.blob &&
                   whole.flag_names(a).size() == resumed.flag_names(b).size();
        }
        if (!same)
            found(fmt::format("mailbox {}: checkpoint and log disagree", whole.mailbox().value));
    }

    Task<Outcome<void>> judge_forms(MailboxId mailbox, const std::set<Uid>& uids)
    {
        std::size_t seen = 0;
        storage::Range rest = storage::Range::prefix(layout::mailbox(m_id, 'f', mailbox));
        do {
            auto page = co_await m_engine.scan(rest, 1000);
            if (!page)
                co_return std::unexpected(page.error());
            for (const storage::Item& item : page->items) {
                const auto uid = static_cast<Uid>(layout::number_at_end(item.key, 4));
                ++seen;
                if (!uids.contains(uid))
                    found(fmt::format("mailbox {}: forms of UID {}, which is not there", mailbox.value, uid));
            }
            rest.first = std::move(page->next);
        } while (!rest.first.empty());
        if (seen < uids.size())
            found(fmt::format("mailbox {}: {} messages without forms", mailbox.value, uids.size() - seen));
        co_return Outcome<void>{};
    }

    Task<Outcome<void>> judge_usage()
    {
        auto bytes = co_await m_engine.counter(layout::used_bytes(m_id));
        auto messages = co_await m_engine.counter(layout::used_messages(m_id));
        if (!bytes || !messages)
            co_return std::unexpected(bytes ? messages.error() : bytes.error());
        if (*bytes != m_usage.bytes || *messages != m_usage.messages)
            found(fmt::format("usage says {} octets in {} messages, there are {} in {}", *bytes, *messages,
                              m_usage.bytes, m_usage.messages));
        co_return Outcome<void>{};
    }

    Task<Outcome<void>> judge_metadata()
    {
        const std::size_t head = layout::metadata(m_id, MailboxId{}, "").size();
        std::uint64_t octets = 0;
        storage::Range rest = storage::Range::prefix(layout::account(m_id, 'e'));
        do {
            auto page = co_await m_engine.scan(rest, 1000);
            if (!page)
                co_return std::unexpected(page.error());
            for (const storage::Item& item : page->items) {
                const auto of = layout::number_at_end(std::string_view(item.key).substr(0, head), 4);
                const MailboxId mailbox{static_cast<std::uint32_t>(of)};
                octets += item.key.size() - std::min(head, item.key.size()) + item.value.size();
                if (mailbox && !m_replayed.contains(mailbox))
                    found(fmt::format("annotations of mailbox {}, which is not there", mailbox.value));
            }
            rest.first = std::move(page->next);
        } while (!rest.first.empty());
        auto counter = co_await m_engine.counter(layout::metadata_octets(m_id));
        if (!counter)
            co_return std::unexpected(counter.error());
        if (*counter != octets)
            found(fmt::format("annotations are said to have {} octets, they have {}", *counter, octets));
        co_return Outcome<void>{};
    }

    storage::Engine& m_engine;
    AccountId m_id;
    std::map<MailboxId, std::unique_ptr<Index>> m_replayed;
    std::map<MailboxId, std::unique_ptr<Index>> m_resumed;
    Usage m_usage;
    std::vector<Finding> m_findings;
};

} // namespace

Task<Outcome<std::vector<Finding>>> check_consistency(storage::Engine& engine, AccountId id)
{
    Check check(engine, id);
    co_return co_await check.run();
}

Task<Outcome<std::vector<AccountId>>> list_accounts(storage::Engine& engine)
{
    std::vector<AccountId> ids;
    storage::Range rest = storage::Range::prefix("m");
    while (!rest.first.empty()) {
        auto page = co_await engine.scan(rest, 1);
        if (!page)
            co_return std::unexpected(page.error());
        if (page->items.empty())
            break;
        const AccountId id{base::Reader(std::string_view(page->items[0].key).substr(1)).u64()};
        ids.push_back(id);
        rest.first = layout::everything(id).end; // skip the rest of this account
    }
    co_return ids;
}

Task<Outcome<void>> count_blob_references(storage::Engine& engine, AccountId id,
                                          std::map<storage::BlobId, std::int64_t>& references)
{
    std::map<MailboxId, std::unique_ptr<Index>> indexes;
    auto records = co_await scan_all(engine, storage::Range::prefix(layout::account(id, 'n')));
    auto changes = co_await scan_all(engine, storage::Range::prefix(layout::account(id, 'l')));
    if (!records || !changes)
        co_return std::unexpected(records ? changes.error() : records.error());
    for (const storage::Item& item : *records) {
        const MailboxId mailbox{static_cast<std::uint32_t>(layout::number_at_end(item.key, 4))};
        indexes.emplace(mailbox, std::make_unique<Index>(mailbox, 1));
    }
    for (const storage::Item& item : *changes) {
        auto change = decode_change(layout::number_at_end(item.key, 8), item.value);
        if (!change)
            co_return std::unexpected(change.error());
        for (const Entry& entry : change->entries)
            if (const auto found = indexes.find(mailbox_of(entry)); found != indexes.end())
                found->second->apply(entry, change->modseq);
    }
    for (const auto& [mailbox, index] : indexes)
        for (std::size_t at = 0; at < index->now().size(); ++at)
            ++references[index->now().at(at).blob];
    co_return Outcome<void>{};
}

} // namespace mansio::mailbox
