#include "imapd/fetch_plan.h"

#include "message/common_fields.h"
#include "wire/imap/write.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

namespace imap = wire::imap;
using imap::FetchItem;
using imap::Section;
using Kind = FetchItem::Kind;
using Content = FetchPlan::Content;

bool is_header(Section::Specifier specifier)
{
    return specifier == Section::Specifier::header || specifier == Section::Specifier::header_fields ||
           specifier == Section::Specifier::header_fields_not;
}

/// What one item needs read.
Content content_of(const FetchItem& item)
{
    switch (item.kind) {
    case Kind::section:
        if (!item.section.part.empty())
            return Content::whole;
        if (is_header(item.section.specifier))
            return Content::header;
        return item.section.specifier == Section::Specifier::whole && item.partial ? Content::range
                                                                                   : Content::whole;
    case Kind::rfc822_header: return Content::header;
    case Kind::binary:
    case Kind::binary_size:
    case Kind::rfc822:
    case Kind::rfc822_text: return Content::whole;
    default: return Content::none;
    }
}

bool needs_structure(const FetchItem& item)
{
    return item.kind == Kind::binary || item.kind == Kind::binary_size ||
           (item.kind == Kind::section && !item.section.part.empty());
}

void look_at(const FetchItem& item, FetchPlan& plan)
{
    const Content needed = content_of(item);
    if (needed == Content::range && plan.content == Content::none)
        plan.range = *item.partial;
    else if (needed != Content::none && plan.content != Content::none && needed != plan.content)
        plan.content = Content::whole;
    else if (needed == Content::range)
        plan.content = Content::whole; // two ranges
    if (plan.content == Content::none)
        plan.content = needed;
    plan.forms |= item.kind == Kind::envelope || item.kind == Kind::body || item.kind == Kind::body_structure;
    plan.preview |= item.kind == Kind::preview;
    plan.structure |= needs_structure(item);
    plan.sets_seen |= item.seen == FetchItem::Seen::set;
    plan.mod_seq |= item.kind == Kind::mod_seq;
}

bool has(const std::vector<FetchItem>& items, Kind kind)
{
    return std::ranges::any_of(items, [&](const FetchItem& item) { return item.kind == kind; });
}

/// BODY[HEADER.FIELDS (...)] of the message itself, with names that are stored beside it.
bool asks_common_fields(const FetchItem& item)
{
    return item.kind == Kind::section && item.section.part.empty() &&
           item.section.specifier == Section::Specifier::header_fields &&
           std::ranges::all_of(item.section.fields, message::is_common_field);
}

/// BODY[], BODY.PEEK[] or RFC822.
bool is_whole_message(const FetchItem& item)
{
    return item.kind == Kind::rfc822 ||
           (item.kind == Kind::section && item.section.part.empty() &&
            item.section.specifier == Section::Specifier::whole && !item.partial);
}

std::string_view specifier_text(Section::Specifier specifier)
{
    switch (specifier) {
    case Section::Specifier::whole: return "";
    case Section::Specifier::header: return "HEADER";
    case Section::Specifier::header_fields: return "HEADER.FIELDS";
    case Section::Specifier::header_fields_not: return "HEADER.FIELDS.NOT";
    case Section::Specifier::text: return "TEXT";
    case Section::Specifier::mime: return "MIME";
    }
    return "";
}

void write_field_names(std::string& out, const std::vector<std::string>& fields)
{
    out += " (";
    for (const std::string& field : fields) {
        if (out.back() != '(')
            out += ' ';
        imap::write_astring(out, field);
    }
    out += ')';
}

} // namespace

FetchPlan plan_fetch(const imap::Fetch& command, UidItem uid_item)
{
    FetchPlan plan;
    plan.items = command.items;
    if (command.changed_since && !has(plan.items, Kind::mod_seq))
        plan.items.emplace_back().kind = Kind::mod_seq; // rfc7162#3.1.4.1
    const bool implied = command.numbering == imap::Numbering::uid && uid_item == UidItem::implied;
    if (implied && !has(plan.items, Kind::uid))
        plan.items.insert(plan.items.begin(), FetchItem{.kind = Kind::uid, .section = {}, .partial = {}});
    for (const FetchItem& item : plan.items)
        look_at(item, plan);
    plan.common_fields =
        plan.content == Content::header && std::ranges::all_of(plan.items, [](const auto& item) {
            return content_of(item) == Content::none || asks_common_fields(item);
        });
    plan.forms |= plan.common_fields || plan.preview;
    plan.as_it_is =
        plan.content == Content::whole &&
        std::ranges::count_if(plan.items,
                              [](const auto& item) { return content_of(item) != Content::none; }) == 1 &&
        std::ranges::any_of(plan.items, is_whole_message);
    return plan;
}

std::string section_label(const FetchItem& item)
{
    std::string out = item.kind == Kind::section  ? "BODY["
                      : item.kind == Kind::binary ? "BINARY["
                                                  : "BINARY.SIZE[";
    for (const std::uint32_t number : item.section.part) {
        if (out.back() != '[')
            out += '.';
        imap::write_number(out, number);
    }
    const auto text = specifier_text(item.section.specifier);
    if (!text.empty() && !item.section.part.empty())
        out += '.';
    out += text;
    if (!item.section.fields.empty())
        write_field_names(out, item.section.fields);
    out += ']';
    if (item.partial)
        fmt::format_to(std::back_inserter(out), "<{}>", item.partial->offset);
    return out;
}

} // namespace mansio::imapd
