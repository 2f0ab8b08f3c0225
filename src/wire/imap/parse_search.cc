#include "base/text.h"
#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

using Kind = SearchKey::Kind;
enum class Argument : std::uint8_t {
    none,
    flag,
    unflag,
    keyword,
    text,
    object_id,
    header_text,
    number,
    day,
    seconds
};

struct KeyRow {
    std::string_view name;
    Kind kind;
    Argument argument = Argument::none;
    std::string_view value = {}; ///< the flag, or the header field
};

constexpr KeyRow key_rows[] = {
    {"ALL", Kind::all},
    {"ANSWERED", Kind::has_flag, Argument::flag, "\\Answered"},
    {"DELETED", Kind::has_flag, Argument::flag, "\\Deleted"},
    {"DRAFT", Kind::has_flag, Argument::flag, "\\Draft"},
    {"FLAGGED", Kind::has_flag, Argument::flag, "\\Flagged"},
    {"SEEN", Kind::has_flag, Argument::flag, "\\Seen"},
    {"UNANSWERED", Kind::lacks_flag, Argument::flag, "\\Answered"},
    {"UNDELETED", Kind::lacks_flag, Argument::flag, "\\Deleted"},
    {"UNDRAFT", Kind::lacks_flag, Argument::flag, "\\Draft"},
    {"UNFLAGGED", Kind::lacks_flag, Argument::flag, "\\Flagged"},
    {"UNSEEN", Kind::lacks_flag, Argument::flag, "\\Seen"},
    {"KEYWORD", Kind::has_flag, Argument::keyword},
    {"UNKEYWORD", Kind::lacks_flag, Argument::keyword},
    {"RECENT", Kind::recent},
    {"OLD", Kind::not_recent},
    {"NEW", Kind::is_new},
    {"BCC", Kind::header, Argument::header_text, "Bcc"},
    {"CC", Kind::header, Argument::header_text, "Cc"},
    {"FROM", Kind::header, Argument::header_text, "From"},
    {"SUBJECT", Kind::header, Argument::header_text, "Subject"},
    {"TO", Kind::header, Argument::header_text, "To"},
    {"BODY", Kind::body, Argument::text},
    {"TEXT", Kind::text, Argument::text},
    {"LARGER", Kind::larger, Argument::number},
    {"SMALLER", Kind::smaller, Argument::number},
    {"OLDER", Kind::older, Argument::number},
    {"YOUNGER", Kind::younger, Argument::number},
    {"BEFORE", Kind::before, Argument::day},
    {"ON", Kind::on, Argument::day},
    {"SINCE", Kind::since, Argument::day},
    {"SENTBEFORE", Kind::sent_before, Argument::day},
    {"SENTON", Kind::sent_on, Argument::day},
    {"SENTSINCE", Kind::sent_since, Argument::day},
    {"SAVEDBEFORE", Kind::saved_before, Argument::day},
    {"SAVEDON", Kind::saved_on, Argument::day},
    {"SAVEDSINCE", Kind::saved_since, Argument::day},
    {"SAVEDATESUPPORTED", Kind::all}, // every message has a save date
    {"EMAILID", Kind::email_id, Argument::object_id},
    {"THREADID", Kind::thread_id, Argument::object_id},
};

class SearchParser {
public:
    explicit SearchParser(Cursor& in)
        : m_in(in)
    {
    }

    /// search-key *(SP search-key), to the end of the line or a ")"
    bool program(SearchKey& out, unsigned depth)
    {
        out.kind = Kind::every;
        do {
            if (!key(out.children.emplace_back(), depth))
                return false;
        } while (m_in.take(' ') && !m_in.done());
        return true;
    }

    /// FUZZY says that close matches count too; ours are those that match: rfc6203#3
    bool has_fuzzy() const { return m_has_fuzzy; }

private:
    bool key(SearchKey& out, unsigned depth)
    {
        if (depth == 0)
            return m_in.wanted("search keys less nested");
        if (++m_keys > m_in.options().ranges)
            return m_in.wanted("fewer search keys");
        if (m_in.take('('))
            return program(out, depth - 1) && m_in.expect(')');
        if (m_in.take_word("NOT")) {
            out.kind = Kind::negated;
            return m_in.space() && key(out.children.emplace_back(), depth - 1);
        }
        if (m_in.take_word("OR"))
            return alternatives(out, depth - 1);
        if (m_in.take_word("FUZZY")) {
            m_has_fuzzy = true;
            return m_in.space() && key(out, depth - 1);
        }
        if (m_in.peek() == '*' || m_in.peek() == '$' || base::is_digit(m_in.peek())) {
            out.kind = Kind::sequence;
            return m_in.sequence_set(out.set);
        }
        return named(out);
    }

    /// SP key SP key. "OR a OR b OR c d" is one list of four: clients chain hundreds.
    bool alternatives(SearchKey& out, unsigned depth)
    {
        out.kind = Kind::any;
        do {
            if (!m_in.space() || !key(out.children.emplace_back(), depth) || !m_in.space())
                return false;
        } while (m_in.take_word("OR"));
        return key(out.children.emplace_back(), depth);
    }

    bool named(SearchKey& out)
    {
        if (m_in.take_word("HEADER")) {
            out.kind = Kind::header;
            return m_in.space() && m_in.astring(out.field) && m_in.space() && m_in.astring(out.text);
        }
        if (m_in.take_word("UID")) {
            out.kind = Kind::uid;
            return m_in.space() && m_in.sequence_set(out.set);
        }
        if (m_in.take_word("MODSEQ"))
            return mod_seq(out);
        for (const KeyRow& row : key_rows) {
            if (m_in.take_word(row.name)) {
                out.kind = row.kind;
                return argument(row, out);
            }
        }
        return m_in.wanted("search key");
    }

    bool argument(const KeyRow& row, SearchKey& out)
    {
        switch (row.argument) {
        case Argument::flag: out.text = row.value; return true;
        case Argument::keyword: return m_in.space() && m_in.flag(out.text);
        case Argument::object_id: return m_in.space() && m_in.atom(out.text);
        case Argument::header_text: out.field = row.value; [[fallthrough]];
        case Argument::text: return m_in.space() && m_in.astring(out.text);
        case Argument::number: return m_in.space() && m_in.number(out.number, INT64_MAX);
        case Argument::day: return m_in.space() && m_in.date(out.day);
        default: return true;
        }
    }

    /// "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer: rfc7162#3.1.5. The entry names one
    /// flag's own counter; ours is per message, as the RFC allows, so it is read and not used.
    bool mod_seq(SearchKey& out)
    {
        out.kind = Kind::mod_seq;
        if (!m_in.space())
            return false;
        if (m_in.peek() == '"') {
            std::string entry;
            if (!m_in.string(entry) || !m_in.space() || !m_in.keyword(entry) || !m_in.space())
                return false;
        }
        return m_in.mod_sequence(out.number);
    }

    Cursor& m_in;
    std::size_t m_keys = 0;
    bool m_has_fuzzy = false;
};

/// SP partial-range: rfc9394#4. The answer repeats the range as it was written.
bool partial(Cursor& list, SearchReturn& out)
{
    if (out.partial)
        return list.wanted("one PARTIAL");
    if (!list.space())
        return false;
    Cursor written = list;
    if (!parse_partial_range(list, out.partial.emplace()))
        return false;
    std::uint32_t first = 0;
    written.take('-');
    out.partial_reversed = written.nz_number(first) && first != out.partial->first;
    return true;
}

bool return_option(Cursor& list, SearchReturn& out)
{
    if (list.take_word("PARTIAL"))
        return partial(list, out);
    struct Row {
        std::string_view name;
        bool SearchReturn::* option;
    };
    static constexpr Row rows[] = {
        {"MIN", &SearchReturn::min},   {"MAX", &SearchReturn::max},
        {"ALL", &SearchReturn::all},   {"COUNT", &SearchReturn::count},
        {"SAVE", &SearchReturn::save}, {"RELEVANCY", &SearchReturn::relevancy},
    };
    for (const Row& row : rows) {
        if (list.take_word(row.name)) {
            out.*row.option = true;
            return true;
        }
    }
    return list.wanted("search return option");
}

/// SP "(" [search-return-opt…] ")": rfc9051#6.4.4; "()" means ALL
bool returns(Cursor& in, SearchReturn& out)
{
    if (!in.space() || !parenthesised(in, [&](Cursor& list) { return return_option(list, out); }))
        return false;
    if (out.all && out.partial)
        return in.wanted("either ALL or PARTIAL"); // rfc9394#3.1
    if (!out.min && !out.max && !out.count && !out.save && !out.relevancy && !out.partial)
        out.all = true;
    return true;
}

} // namespace

bool parse_search_returns(Cursor& in, std::optional<SearchReturn>& out)
{
    return !in.take_word("RETURN") || (returns(in, out.emplace()) && in.space());
}

bool parse_search_program(Cursor& in, SearchKey& out, bool needs_fuzzy)
{
    SearchParser parser(in);
    if (!parser.program(out, in.options().depth))
        return false;
    return !needs_fuzzy || parser.has_fuzzy() || in.wanted("FUZZY beside RELEVANCY");
}

/// [SP "RETURN" …] [SP "CHARSET" SP charset] SP search-key *(SP search-key): rfc9051#6.4.4
bool parse_search(Cursor& in, Search& out)
{
    if (!in.space() || !parse_search_returns(in, out.returns))
        return false;
    if (in.take_word("CHARSET")) {
        if (!in.space() || !in.astring(out.charset) || !in.space())
            return false;
        out.charset = base::to_upper(out.charset);
    }
    return parse_search_program(in, out.key, out.returns && out.returns->relevancy);
}

} // namespace mansio::wire::imap
