#include "base/text.h"
#include "wire/imap/parse_parts.h"

#include <algorithm>

namespace mansio::wire::imap {
namespace {

using Key = SortCriterion::Key;

struct SortKeyRow {
    std::string_view name;
    Key key;
};

constexpr SortKeyRow sort_keys[] = {
    {"ARRIVAL", Key::arrival},
    {"CC", Key::cc},
    {"DATE", Key::date},
    {"FROM", Key::from},
    {"SIZE", Key::size},
    {"SUBJECT", Key::subject},
    {"TO", Key::to},
    {"DISPLAYFROM", Key::display_from},
    {"DISPLAYTO", Key::display_to},
    {"RELEVANCY", Key::relevancy},
};

/// ["REVERSE" SP] sort-key
bool criterion(Cursor& in, std::vector<SortCriterion>& out)
{
    const bool reverse = in.take_word("REVERSE");
    if (reverse && !in.space())
        return false;
    for (const SortKeyRow& row : sort_keys) {
        if (in.take_word(row.name)) {
            out.push_back({row.key, reverse});
            return true;
        }
    }
    return in.wanted("sort key");
}

/// charset SP
bool charset(Cursor& in, std::string& out)
{
    if (!in.astring(out) || !in.space())
        return false;
    out = base::to_upper(out);
    return true;
}

} // namespace

/// [SP "RETURN" …] SP "(" sort-criterion *(SP sort-criterion) ")" SP charset 1*(SP search-key): rfc5256#5,
/// rfc5267#5
bool parse_sort(Cursor& in, Sort& out)
{
    if (!in.space() || !parse_search_returns(in, out.returns) ||
        !parenthesised(in, [&](Cursor& list) { return criterion(list, out.criteria); }))
        return false;
    if (out.criteria.empty())
        return in.wanted("sort key");
    const bool by_relevancy =
        std::ranges::any_of(out.criteria, [](const SortCriterion& one) { return one.key == Key::relevancy; });
    const bool needs_fuzzy = by_relevancy || (out.returns && out.returns->relevancy);
    return in.space() && charset(in, out.charset) && parse_search_program(in, out.key, needs_fuzzy);
}

/// SP thread-alg SP charset 1*(SP search-key): rfc5256#5
bool parse_thread(Cursor& in, Thread& out)
{
    if (!in.space())
        return false;
    if (in.take_word("ORDEREDSUBJECT"))
        out.algorithm = Thread::Algorithm::ordered_subject;
    else if (in.take_word("REFERENCES"))
        out.algorithm = Thread::Algorithm::references;
    else
        return in.wanted("ORDEREDSUBJECT or REFERENCES");
    return in.space() && charset(in, out.charset) && parse_search_program(in, out.key, false);
}

} // namespace mansio::wire::imap
