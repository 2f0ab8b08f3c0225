#include "imapd/search_answer.h"

#include "imapd/messages.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace mansio::imapd {
namespace {

constexpr std::size_t piece_size = 16 * 1024; // of an answer that is written bit by bit

/// MIN, MAX and PARTIAL are the answer where neither ALL nor COUNT is told: rfc4731#3.2, rfc5182#2.4,
/// rfc9394#3.2
bool tells_ends_only(const imap::SearchReturn& returns)
{
    return (returns.min || returns.max || returns.partial) && !returns.all && !returns.count;
}

/// The messages an answer is about, some of them twice where only ends are told.
NumberRuns chosen(const imap::SearchReturn& returns, const NumberRuns& numbers)
{
    if (numbers.empty() || !tells_ends_only(returns))
        return numbers;
    NumberRuns out;
    if (returns.partial)
        out = part_of(numbers, *returns.partial);
    if (returns.min)
        out.add(numbers.first());
    if (returns.max)
        out.add(numbers.last());
    return out;
}

base::ModSeq highest_mod_seq(const imap::SearchReturn& returns, const Found& found)
{
    if (!tells_ends_only(returns))
        return found.highest;
    base::ModSeq highest = 0;
    const NumberRuns ends = chosen(returns, found.numbers);
    for (const imap::NumberRange& range : ends.ranges())
        for (std::size_t number = range.first; number <= range.last; ++number)
            highest = std::max(highest, found.view->at(number - 1).modseq);
    return highest;
}

std::uint32_t told(const Found& found, std::uint32_t number, imap::Numbering numbering)
{
    return numbering == imap::Numbering::uid ? found.view->at(number - 1).uid : number;
}

/// Message numbers as the answer has them.
NumberRuns told(const Found& found, const NumberRuns& numbers, imap::Numbering numbering)
{
    if (numbering == imap::Numbering::sequence)
        return numbers;
    NumberRuns uids;
    for (const imap::NumberRange& range : numbers.ranges()) {
        for (std::size_t index = range.first - 1; index < range.last;) {
            const std::span<const mailbox::Message> run = found.view->run_from(index);
            const std::size_t size = std::min<std::size_t>(run.size(), range.last - index);
            for (const mailbox::Message& message : run.first(size))
                uids.add(message.uid);
            index += size;
        }
    }
    return uids;
}

/// " PARTIAL (-1:-100 7,9)": the range as it was asked for.
void write_partial(std::string& out, const imap::SearchReturn& returns, const NumberRuns& numbers)
{
    const imap::PartialRange& range = *returns.partial;
    const std::string_view sign = range.from_end ? "-" : "";
    const auto first = returns.partial_reversed ? range.last : range.first;
    const auto last = returns.partial_reversed ? range.first : range.last;
    fmt::format_to(std::back_inserter(out), " PARTIAL ({}{}:{}{} {})", sign, first, sign, last,
                   numbers.empty() ? "NIL" : numbers.text());
}

/// rfc6203#4: what matches here matches wholly.
void write_relevancy(std::string& out, std::uint64_t count)
{
    out += " RELEVANCY (";
    for (std::uint64_t i = 0; i < count; ++i)
        out += i == 0 ? "100" : " 100";
    out += ')';
}

bool only_saves(const imap::SearchReturn& returns)
{
    return returns.save && !returns.min && !returns.max && !returns.all && !returns.count &&
           !returns.relevancy && !returns.partial;
}

} // namespace

NumberRuns part_of(const NumberRuns& numbers, const imap::PartialRange& range)
{
    const std::uint64_t count = numbers.count();
    std::uint64_t skip = range.first - 1; // places before those wanted
    std::uint64_t end = std::min<std::uint64_t>(range.last, count);
    if (range.from_end) {
        skip = count - end;
        end = count - std::min<std::uint64_t>(range.first - 1, count);
    }
    std::vector<imap::NumberRange> inside;
    std::uint64_t before = 0; // places of the ranges passed
    for (const imap::NumberRange& piece : numbers.ranges()) {
        const std::uint64_t size = std::uint64_t{piece.last} - piece.first + 1;
        const std::uint64_t from = std::max(skip, before);
        const std::uint64_t to = std::min(end, before + size);
        if (from < to)
            inside.push_back({static_cast<std::uint32_t>(piece.first + (from - before)),
                              static_cast<std::uint32_t>(piece.first + (to - before) - 1)});
        before += size;
    }
    return NumberRuns(std::move(inside));
}

void remember(Session& session, const imap::SearchReturn& returns, const Found& found)
{
    if (returns.save)
        session.selected->saved_result =
            uids_of(*found.view, imap::NumberSet(chosen(returns, found.numbers).ranges()));
}

void forget(Session& session, const std::optional<imap::SearchReturn>& returns)
{
    if (returns && returns->save)
        session.selected->saved_result = {};
}

/// The tag is quoted: Outlook wants a string there (doc/compat.md#esearch-tag).
void write_esearch(Session& session, const imap::SearchReturn& returns, imap::Numbering numbering,
                   const Found& found)
{
    if (only_saves(returns))
        return;
    const NumberRuns& numbers = found.numbers;
    const NumberRuns part = returns.partial ? part_of(numbers, *returns.partial) : NumberRuns();
    std::string out = "* ESEARCH (TAG \"" + session.tag + "\")";
    const auto add = std::back_inserter(out);
    if (numbering == imap::Numbering::uid)
        out += " UID";
    if (returns.min && !numbers.empty())
        fmt::format_to(add, " MIN {}", told(found, numbers.first(), numbering));
    if (returns.max && !numbers.empty())
        fmt::format_to(add, " MAX {}", told(found, numbers.last(), numbering));
    if (returns.count)
        fmt::format_to(add, " COUNT {}", numbers.count());
    if (returns.all && !numbers.empty())
        fmt::format_to(add, " ALL {}", told(found, numbers, numbering).text());
    if (returns.partial)
        write_partial(out, returns, told(found, part, numbering));
    if (returns.relevancy)
        write_relevancy(out, returns.partial ? part.count() : numbers.count());
    const base::ModSeq highest = found.tells_mod_seq ? highest_mod_seq(returns, found) : 0;
    if (highest > 0)
        fmt::format_to(add, " MODSEQ {}", highest);
    session.channel.write(out + "\r\n");
}

Task<void> write_numbers(Session& session, std::string_view name, imap::Numbering numbering,
                         const Found& found)
{
    std::string piece = fmt::format("* {}", name);
    for (const imap::NumberRange& range : found.numbers.ranges()) {
        for (std::uint64_t number = range.first; number <= range.last; ++number) {
            const auto shown = told(found, static_cast<std::uint32_t>(number), numbering);
            fmt::format_to(std::back_inserter(piece), " {}", shown);
            if (piece.size() < piece_size)
                continue;
            session.channel.write(piece);
            piece.clear();
            const bool open = co_await make_room(session);
            if (!open)
                co_return;
        }
    }
    if (found.tells_mod_seq && !found.numbers.empty())
        fmt::format_to(std::back_inserter(piece), " (MODSEQ {})", found.highest);
    session.channel.write(piece + "\r\n");
}

} // namespace mansio::imapd
