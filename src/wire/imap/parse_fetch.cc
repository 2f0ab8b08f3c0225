#include "wire/imap/parse_parts.h"

#include <utility>

namespace mansio::wire::imap {
namespace {

using Kind = FetchItem::Kind;

struct PlainItem {
    std::string_view name;
    Kind kind;
    FetchItem::Seen seen;
};

// Items without a section. Longer names first: take_word() stops only before "[" and "<".
constexpr PlainItem plain_items[] = {
    {"FLAGS", Kind::flags, FetchItem::Seen::leave},
    {"UID", Kind::uid, FetchItem::Seen::leave},
    {"INTERNALDATE", Kind::internal_date, FetchItem::Seen::leave},
    {"RFC822.SIZE", Kind::size, FetchItem::Seen::leave},
    {"RFC822.HEADER", Kind::rfc822_header, FetchItem::Seen::leave},
    {"RFC822.TEXT", Kind::rfc822_text, FetchItem::Seen::set},
    {"RFC822", Kind::rfc822, FetchItem::Seen::set},
    {"ENVELOPE", Kind::envelope, FetchItem::Seen::leave},
    {"BODYSTRUCTURE", Kind::body_structure, FetchItem::Seen::leave},
    {"MODSEQ", Kind::mod_seq, FetchItem::Seen::leave},
    {"SAVEDATE", Kind::save_date, FetchItem::Seen::leave},
    {"EMAILID", Kind::email_id, FetchItem::Seen::leave},
    {"THREADID", Kind::thread_id, FetchItem::Seen::leave},
};

bool header_list(Cursor& in, Section& out)
{
    return in.space() &&
           parenthesised(in, [&](Cursor& list) { return list.astring(out.fields.emplace_back()); });
}

/// section-msgtext, and "MIME" behind a part number
bool section_text(Cursor& in, Section& out)
{
    if (in.take_word("HEADER.FIELDS.NOT")) {
        out.specifier = Section::Specifier::header_fields_not;
        return header_list(in, out);
    }
    if (in.take_word("HEADER.FIELDS")) {
        out.specifier = Section::Specifier::header_fields;
        return header_list(in, out);
    }
    if (in.take_word("HEADER"))
        out.specifier = Section::Specifier::header;
    else if (in.take_word("TEXT"))
        out.specifier = Section::Specifier::text;
    else if (!out.part.empty() && in.take_word("MIME"))
        out.specifier = Section::Specifier::mime;
    else
        return in.wanted("section");
    return true;
}

constexpr std::size_t max_part_depth = 100; // message structures are bounded far below

/// "<" number "." nz-number ">"
bool partial(Cursor& in, std::optional<Partial>& out)
{
    if (!in.take('<'))
        return true;
    auto& value = out.emplace();
    if (!in.number(value.offset, INT64_MAX) || !in.expect('.') || !in.number(value.length, INT64_MAX))
        return false;
    if (value.length == 0)
        return in.wanted("number above 0");
    return in.expect('>');
}

bool with_section(Cursor& in, FetchItem& item)
{
    if (!parse_section(in, item.section) || !partial(in, item.partial))
        return false;
    if (item.kind != Kind::section && item.section.specifier != Section::Specifier::whole)
        return in.wanted("part number only");
    return item.kind != Kind::binary_size || !item.partial || in.wanted("no partial");
}

struct SectionItem {
    std::string_view name;
    Kind kind;
    FetchItem::Seen seen;
};

constexpr SectionItem section_items[] = {
    {"BODY.PEEK", Kind::section, FetchItem::Seen::leave},
    {"BINARY.PEEK", Kind::binary, FetchItem::Seen::leave},
    {"BINARY.SIZE", Kind::binary_size, FetchItem::Seen::leave},
    {"BINARY", Kind::binary, FetchItem::Seen::set},
};

/// [SP "(" "LAZY" ")"]: rfc8970#3.1. Previews are stored: nothing is gained by being lazy.
bool preview_modifiers(Cursor& in)
{
    constexpr std::string_view lazy = " (LAZY)";
    in.take_prefix(lazy);
    return true;
}

bool fetch_item(Cursor& in, std::vector<FetchItem>& out)
{
    auto& item = out.emplace_back();
    for (const PlainItem& row : plain_items) {
        if (in.take_word(row.name)) {
            item.kind = row.kind;
            item.seen = row.seen;
            return true;
        }
    }
    for (const SectionItem& row : section_items) {
        if (in.take_word(row.name)) {
            item.kind = row.kind;
            item.seen = row.seen;
            return with_section(in, item);
        }
    }
    if (in.take_word("PREVIEW")) {
        item.kind = Kind::preview;
        return preview_modifiers(in);
    }
    if (!in.take_word("BODY"))
        return in.wanted("fetch item");
    item.kind = in.peek() == '[' ? Kind::section : Kind::body;
    if (item.kind == Kind::body)
        return true;
    item.seen = FetchItem::Seen::set;
    return with_section(in, item);
}

/// ALL, FULL, FAST: rfc9051#6.4.5. FULL is of rfc3501.
bool macro(Cursor& in, std::vector<FetchItem>& out)
{
    const auto add = [&](std::initializer_list<Kind> kinds) {
        for (const Kind kind : kinds)
            out.emplace_back().kind = kind;
        return true;
    };
    if (in.take_word("ALL"))
        return add({Kind::flags, Kind::internal_date, Kind::size, Kind::envelope});
    if (in.take_word("FAST"))
        return add({Kind::flags, Kind::internal_date, Kind::size});
    if (in.take_word("FULL"))
        return add({Kind::flags, Kind::internal_date, Kind::size, Kind::envelope, Kind::body});
    return false;
}

/// "(" "CHANGEDSINCE" SP n / "VANISHED" / "PARTIAL" SP range … ")": rfc7162#3.1.4, #3.2.6, rfc9394#3.3
bool modifiers(Cursor& in, Fetch& out)
{
    return parenthesised(in, [&](Cursor& list) {
        if (list.take_word("CHANGEDSINCE"))
            return list.space() && list.mod_sequence(out.changed_since.emplace());
        if (list.take_word("VANISHED")) {
            out.vanished = true;
            return true;
        }
        if (list.take_word("PARTIAL"))
            return list.space() && parse_partial_range(list, out.partial.emplace());
        return list.wanted("CHANGEDSINCE, VANISHED or PARTIAL");
    });
}

bool items(Cursor& in, std::vector<FetchItem>& out)
{
    if (in.peek() == '(')
        return parse_fetch_items(in, out);
    return macro(in, out) || fetch_item(in, out);
}

} // namespace

/// "(" fetch-att *(SP fetch-att) ")"
bool parse_fetch_items(Cursor& in, std::vector<FetchItem>& out)
{
    return parenthesised(in, [&](Cursor& list) { return fetch_item(list, out); });
}

/// "[" [section-part ["." section-text] / section-msgtext] "]"
bool parse_section(Cursor& in, Section& out)
{
    if (!in.expect('['))
        return false;
    if (in.take(']'))
        return true;
    while (in.peek() >= '0' && in.peek() <= '9') {
        if (out.part.size() == max_part_depth)
            return in.wanted("a shorter part number");
        if (!in.nz_number(out.part.emplace_back()))
            return false;
        if (!in.take('.'))
            return in.expect(']');
    }
    return section_text(in, out) && in.expect(']');
}

/// nz-number ":" nz-number, or both with a "-"
bool parse_partial_range(Cursor& in, PartialRange& out)
{
    out.from_end = in.take('-');
    if (!in.nz_number(out.first) || !in.expect(':'))
        return false;
    if (in.take('-') != out.from_end)
        return in.wanted("both ends with a minus, or none");
    if (!in.nz_number(out.last))
        return false;
    if (out.first > out.last)
        std::swap(out.first, out.last);
    return true;
}

/// SP sequence-set SP ("ALL" / … / fetch-att / "(" fetch-att… ")") [SP fetch-modifiers]: rfc9051#6.4.5
bool parse_fetch(Cursor& in, Fetch& out)
{
    if (!in.space() || !in.sequence_set(out.set) || !in.space() || !items(in, out.items))
        return false;
    if (out.items.empty())
        return in.wanted("fetch item");
    if (in.take(' ') && !in.done() && !modifiers(in, out))
        return false;
    if (out.partial && out.numbering != Numbering::uid)
        return in.wanted("UID FETCH beside PARTIAL"); // rfc9394#3.3
    const bool sensible = !out.vanished || (out.changed_since && out.numbering == Numbering::uid);
    return sensible || in.wanted("UID FETCH with CHANGEDSINCE beside VANISHED"); // rfc7162#3.2.6
}

} // namespace mansio::wire::imap
