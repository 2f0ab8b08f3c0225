#include "imapd/search_run.h"

#include "imapd/condstore.h"
#include "imapd/fields_ahead.h"
#include "imapd/message_bytes.h"
#include "imapd/progress.h"
#include "imapd/search_program.h"
#include "message/structure.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::size_t yield_after = 100'000; // keys judged: well under a millisecond

/// By all of the message. One that is gone does not match.
Task<bool> judge_by_whole(Session& session, const SearchProgram& program, std::size_t index,
                          mailbox::Message message)
{
    auto share = session.imapd.budget.share();
    if (!share.grow_to(message.size))
        co_return false;
    auto whole = co_await session.account().read(message.blob);
    if (!whole) {
        session.refuse(whole.error(), "search message");
        co_return false;
    }
    const auto structure = message::parse_structure(*whole);
    const SearchText all{.header = *whole, .whole = *whole, .structure = &structure, .has_header = true};
    co_return program.judge(index, message, all) == Verdict::yes;
}

/// Reads what the verdict needs: first the header, then all.
Task<bool> judge_by_content(Session& session, const SearchProgram& program, std::size_t index,
                            mailbox::Message message)
{
    if (program.reads_bodies() && message.size <= header_read_size) // looking for the header reads as much
        co_return co_await judge_by_whole(session, program, index, message);
    auto header = co_await read_header(session, message);
    if (!header) {
        session.refuse(header.error(), "search header");
        co_return false;
    }
    const SearchText some{.header = *header, .has_header = true};
    const Verdict early = program.judge(index, message, some);
    if (early != Verdict::unknown)
        co_return early == Verdict::yes;
    co_return co_await judge_by_whole(session, program, index, message);
}

Task<Found> run(Session& session, const SearchProgram& program, mailbox::ViewPtr view)
{
    Found found{.view = view, .numbers = {}, .tells_mod_seq = program.uses_mod_seq()};
    const std::size_t stride = yield_after / program.size() + 1;
    FieldsAhead ahead(session, view);
    Progress progress(session, view->size());
    for (std::size_t index = 0; index < view->size(); ++index) {
        const mailbox::Message& message = view->at(index);
        Verdict verdict = program.judge(index, message, {});
        if (verdict == Verdict::unknown && program.asks_common_fields()) {
            const auto fields = co_await ahead.of(index);
            verdict = program.judge(index, message, SearchText{.fields = fields});
        }
        bool matches = verdict == Verdict::yes;
        if (verdict == Verdict::unknown) {
            matches = co_await judge_by_content(session, program, index, message);
        }
        if (verdict == Verdict::unknown || index % stride == stride - 1) {
            const bool open = co_await progress.step(index + 1);
            if (!open)
                break;
        }
        if (!matches)
            continue;
        found.numbers.add(static_cast<std::uint32_t>(index + 1));
        found.highest = std::max(found.highest, message.modseq);
    }
    co_return found;
}

} // namespace

void NumberRuns::add(std::uint32_t number)
{
    if (!m_ranges.empty() && m_ranges.back().last + 1 == number)
        m_ranges.back().last = number;
    else
        m_ranges.push_back({number, number});
}

std::uint64_t NumberRuns::count() const
{
    std::uint64_t total = 0;
    for (const imap::NumberRange& range : m_ranges)
        total += std::uint64_t{range.last} - range.first + 1;
    return total;
}

std::string NumberRuns::text() const
{
    std::string out;
    for (const imap::NumberRange& range : m_ranges) {
        if (!out.empty())
            out += ',';
        fmt::format_to(std::back_inserter(out), "{}", range.first);
        if (range.last != range.first)
            fmt::format_to(std::back_inserter(out), ":{}", range.last);
    }
    return out;
}

Task<std::expected<Found, Reply>> run_search(Session& session, const imap::SearchKey& key,
                                             std::string_view charset)
{
    const Selected& selected = *session.selected;
    const SearchProgram::Context context{*selected.shown, selected.saved_result, session.imapd.clock.now()};
    const auto program = SearchProgram::make(key, charset, context);
    if (!program && program.error().fault == base::Fault::too_large)
        co_return std::unexpected(reply::from(program.error().fault));
    if (!program)
        co_return std::unexpected(reply::no("BADCHARSET (US-ASCII UTF-8)", "unknown charset"));
    if (program->uses_mod_seq())
        enable_condstore(session);
    auto found = co_await run(session, *program, selected.shown);
    if (session.state == State::logout)
        co_return std::unexpected(Reply{});
    co_return found;
}

} // namespace mansio::imapd
