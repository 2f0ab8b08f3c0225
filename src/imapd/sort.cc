#include "imapd/commands.h"
#include "imapd/header_reader.h"
#include "imapd/progress.h"
#include "imapd/search_answer.h"
#include "imapd/search_run.h"
#include "imapd/sort_keys.h"
#include "intake/beside.h"
#include "intake/budget.h"

namespace mansio::imapd {
namespace {

constexpr std::size_t yield_after = 4096; // messages whose keys are numbers: well under a millisecond

/// Computes the keys of what was found. False when there is no memory for them, or nobody to tell.
Task<bool> read_keys(Session& session, const Found& found, SortKeys& keys, intake::MemoryBudget::Share& share)
{
    HeaderReader headers(session, found.view);
    Progress progress(session, found.numbers.count());
    std::size_t done = 0;
    for (const imap::NumberRange& range : found.numbers.ranges()) {
        for (std::size_t index = range.first - 1; index < range.last; ++index) {
            const mailbox::Message& message = found.view->at(index);
            SortKeys::Facts facts{.internal_date = message.internal_date, .size = message.size};
            if (keys.asks_header()) {
                const auto header = co_await headers.of(index);
                facts.fields = find_mail_fields(header);
            }
            if (++done % yield_after == 0) {
                const bool open = co_await progress.step(done);
                if (!open)
                    co_return false;
            }
            if (!keys.add(facts) || !share.grow_to(keys.bytes()))
                co_return false;
        }
    }
    co_return true;
}

/// Puts message numbers into the order of the keys.
NumberRuns sorted(const SortKeys& keys, const NumberRuns& found)
{
    std::vector<std::uint32_t> numbers;
    numbers.reserve(found.count());
    for (const imap::NumberRange& range : found.ranges())
        for (std::size_t number = range.first; number <= range.last; ++number)
            numbers.push_back(static_cast<std::uint32_t>(number));
    NumberRuns out;
    for (const std::uint32_t at : keys.order())
        out.add(numbers[at]);
    return out;
}

/// In place; false when there is no memory for it.
Task<bool> sort_found(Session& session, const std::vector<imap::SortCriterion>& criteria, Found& found)
{
    SortKeys keys(criteria);
    auto share = session.imapd.budget.share();
    const bool read = co_await read_keys(session, found, keys, share);
    if (!read)
        co_return false;
    auto numbers = co_await intake::run_beside(session.imapd.workers, keys.bytes(),
                                               [&] { return sorted(keys, found.numbers); });
    found.numbers = std::move(numbers);
    co_return true;
}

} // namespace

/// rfc5256#3, rfc5267#3
Task<Reply> sort(Session& session, imap::Sort command)
{
    auto found = co_await run_search(session, command.key, command.charset);
    if (!found) {
        forget(session, command.returns);
        co_return found.error();
    }
    const bool has_memory = co_await sort_found(session, command.criteria, *found);
    if (!has_memory) {
        forget(session, command.returns);
        co_return reply::no("LIMIT", "no memory left at the moment");
    }
    if (command.returns) {
        remember(session, *command.returns, *found);
        write_esearch(session, *command.returns, command.numbering, *found);
    } else {
        co_await write_numbers(session, "SORT", command.numbering, *found);
    }
    co_return reply::ok("sorted");
}

} // namespace mansio::imapd
