#include "message/section.h"

#include "base/text.h"
#include "message/header.h"

#include <unordered_set>

namespace mansio::message {

namespace {

/// The child that number `number` names inside `part`, which is a multipart or a whole message.
std::optional<std::uint32_t> numbered_child(const Structure& structure, std::uint32_t part,
                                            std::uint32_t number)
{
    if (number == 0)
        return std::nullopt;
    const Part& here = structure.parts[part];
    if (here.kind != PartKind::multipart)
        return std::nullopt;
    std::uint32_t child = here.first_child;
    while (child != Part::none && --number > 0)
        child = structure.parts[child].next_sibling;
    if (child == Part::none)
        return std::nullopt;
    return child;
}

std::string_view header_of(std::string_view message, const Part& part)
{
    return message.substr(part.header_begin, part.header_end - part.header_begin);
}

std::string_view body_of(std::string_view message, const Part& part)
{
    return message.substr(part.body_begin, part.body_size());
}

/// HEADER and TEXT are of the whole message, or of the message inside a message/rfc822 part.
std::optional<std::uint32_t> find_message(const Structure& structure,
                                          const std::vector<std::uint32_t>& numbers)
{
    if (numbers.empty())
        return 0;
    auto part = find_part(structure, numbers);
    if (!part || structure.parts[*part].kind != PartKind::message)
        return std::nullopt;
    return structure.parts[*part].first_child;
}

/// A multipart without parts shows one empty text part (imap_form.cc): its part 1 can be read.
bool is_shown_empty_part(const Structure& structure, std::vector<std::uint32_t> numbers)
{
    if (numbers.empty() || numbers.back() != 1)
        return false;
    numbers.pop_back();
    auto part = find_part(structure, numbers);
    if (part && !numbers.empty() && structure.parts[*part].kind == PartKind::message)
        part = structure.parts[*part].first_child;
    return part && structure.parts[*part].kind == PartKind::multipart &&
           structure.parts[*part].first_child == Part::none;
}

} // namespace

std::optional<std::uint32_t> find_part(const Structure& structure, const std::vector<std::uint32_t>& numbers)
{
    std::uint32_t part = 0;
    bool whole_message = true; // `part` is a message's root, whose "1" may be itself
    for (std::uint32_t number : numbers) {
        const Part* here = &structure.parts[part];
        if (!whole_message && here->kind == PartKind::message) {
            part = here->first_child;
            here = &structure.parts[part];
            whole_message = true;
        }
        if (here->kind == PartKind::multipart) {
            auto child = numbered_child(structure, part, number);
            if (!child)
                return std::nullopt;
            part = *child;
        } else if (!whole_message || number != 1) {
            return std::nullopt;
        }
        whole_message = false;
    }
    return part;
}

std::optional<SectionBytes> read_section(std::string_view message, const Structure& structure,
                                         const Section& section)
{
    if (section.text == SectionText::none || section.text == SectionText::mime) {
        if (section.numbers.empty())
            return section.text == SectionText::none ? std::optional<SectionBytes>(message) : std::nullopt;
        auto part = find_part(structure, section.numbers);
        if (!part && is_shown_empty_part(structure, section.numbers))
            return std::string_view();
        if (!part)
            return std::nullopt;
        const Part& found = structure.parts[*part];
        return section.text == SectionText::none ? body_of(message, found) : header_of(message, found);
    }
    auto inner = find_message(structure, section.numbers);
    if (!inner)
        return std::nullopt;
    const Part& found = structure.parts[*inner];
    switch (section.text) {
    case SectionText::header: return header_of(message, found);
    case SectionText::header_fields:
        return select_header_fields(header_of(message, found), section.fields, FieldChoice::named);
    case SectionText::header_fields_not:
        return select_header_fields(header_of(message, found), section.fields, FieldChoice::others);
    default: return body_of(message, found);
    }
}

base::Outcome<SectionBytes> read_binary(std::string_view message, const Structure& structure,
                                        const std::vector<std::uint32_t>& numbers)
{
    if (numbers.empty())
        return SectionBytes(message);
    auto part = find_part(structure, numbers);
    if (!part && is_shown_empty_part(structure, numbers))
        return SectionBytes(std::string_view());
    if (!part)
        return base::fail(base::Fault::not_found, "no such part");
    const Part& found = structure.parts[*part];
    if (found.kind == PartKind::single && transfer_encoding(found) == TransferEncoding::unknown)
        return base::fail(base::Fault::invalid, "unknown transfer encoding " + found.encoding);
    return decoded_body(message, found);
}

std::string select_header_fields(std::string_view header, const std::vector<std::string>& names,
                                 FieldChoice choice)
{
    std::unordered_set<std::string> wanted;
    for (const std::string& name : names)
        wanted.insert(base::to_lower(name));
    std::string out;
    HeaderScanner scanner(header);
    while (auto field = scanner.next()) {
        bool named = wanted.contains(base::to_lower(field->name));
        if (named == (choice == FieldChoice::named))
            out += field->whole;
    }
    return out + "\r\n";
}

} // namespace mansio::message
