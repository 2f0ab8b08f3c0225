#include "imapd/fetch_content.h"

#include "message/header.h"

namespace mansio::imapd {
namespace {

namespace imap = wire::imap;
using imap::FetchItem;
using Specifier = imap::Section::Specifier;
using message::SectionBytes;

message::SectionText section_text(Specifier specifier)
{
    switch (specifier) {
    case Specifier::whole: return message::SectionText::none;
    case Specifier::header: return message::SectionText::header;
    case Specifier::header_fields: return message::SectionText::header_fields;
    case Specifier::header_fields_not: return message::SectionText::header_fields_not;
    case Specifier::text: return message::SectionText::text;
    case Specifier::mime: return message::SectionText::mime;
    }
    return message::SectionText::none;
}

/// Sections of the message itself need no structure, and of HEADER the body need not be there.
SectionBytes own_section(const imap::Section& section, std::string_view bytes)
{
    const auto header = bytes.substr(0, message::find_body(bytes));
    switch (section.specifier) {
    case Specifier::header: return header;
    case Specifier::header_fields:
        return message::select_header_fields(header, section.fields, message::FieldChoice::named);
    case Specifier::header_fields_not:
        return message::select_header_fields(header, section.fields, message::FieldChoice::others);
    case Specifier::text: return bytes.substr(header.size());
    default: return bytes;
    }
}

base::Outcome<SectionBytes> part_section(const imap::Section& section, std::string_view bytes,
                                         const message::Structure& structure)
{
    const message::Section wanted{section.part, section_text(section.specifier), section.fields};
    auto found = message::read_section(bytes, structure, wanted);
    if (!found)
        return base::fail(base::Fault::not_found, "no such section");
    return std::move(*found);
}

} // namespace

base::Outcome<SectionBytes> item_bytes(const FetchItem& item, std::string_view message,
                                       const message::Structure* structure)
{
    switch (item.kind) {
    case FetchItem::Kind::binary:
    case FetchItem::Kind::binary_size: return message::read_binary(message, *structure, item.section.part);
    case FetchItem::Kind::rfc822_header:
        return own_section({.part = {}, .specifier = Specifier::header, .fields = {}}, message);
    case FetchItem::Kind::rfc822_text:
        return own_section({.part = {}, .specifier = Specifier::text, .fields = {}}, message);
    case FetchItem::Kind::rfc822: return SectionBytes(message);
    default: break;
    }
    if (item.section.part.empty())
        return own_section(item.section, message);
    return part_section(item.section, message, *structure);
}

std::string_view piece(std::string_view bytes, const std::optional<imap::Partial>& partial)
{
    if (!partial)
        return bytes;
    return partial->offset >= bytes.size() ? std::string_view{}
                                           : bytes.substr(partial->offset, partial->length);
}

} // namespace mansio::imapd
