#include "message/search_text.h"

#include "base/text.h"
#include "message/address.h"
#include "message/charset.h"
#include "message/encoded_word.h"
#include "message/section.h"

#include <algorithm>
#include <cstring>

namespace mansio::message {

namespace {

/// memmem() is linear in both (two-way search); std::string_view::find is not.
bool holds(std::string_view text, std::string_view wanted)
{
    return memmem(text.data(), text.size(), wanted.data(), wanted.size()) != nullptr;
}

bool header_holds(std::string_view header, std::string_view folded)
{
    HeaderScanner scanner(header);
    while (auto field = scanner.next()) {
        std::string line = std::string(field->name) + ": " + decode_header_text(field->value);
        if (holds(fold_for_search(line), folded))
            return true;
    }
    return false;
}

/// The header of the whole message, or of one that is forwarded inside.
bool is_message_root(const Structure& structure, const Part& part)
{
    return part.parent == Part::none || structure.parts[part.parent].kind == PartKind::message;
}

bool is_readable(const Part& part)
{
    return part.kind == PartKind::single && (part.type == "text" || part.type == "message");
}

} // namespace

std::string part_text(std::string_view message, const Part& part)
{
    if (!is_readable(part))
        return {};
    SectionBytes body = decoded_body(message, part);
    return to_utf8(body.view(), find_parameter(part.parameters, "charset").value_or(""));
}

bool contains_text(std::string_view message, const Structure& structure, std::string_view folded,
                   SearchWhere where)
{
    if (folded.empty())
        return true;
    for (const Part& part : structure.parts) {
        bool shown_header =
            where == SearchWhere::text || (part.parent != Part::none && is_message_root(structure, part));
        std::string_view header = message.substr(part.header_begin, part.header_end - part.header_begin);
        if (shown_header && header_holds(header, folded))
            return true;
        if (is_readable(part) && holds(fold_for_search(part_text(message, part)), folded))
            return true;
    }
    return false;
}

namespace {

bool is_address_field(std::string_view name)
{
    constexpr std::string_view names[] = {"From", "To", "Cc", "Bcc", "Sender", "Reply-To"};
    return std::ranges::any_of(names, [&](std::string_view other) { return base::equal_icase(name, other); });
}

/// As ENVELOPE has them: SEARCH FROM looks into that (rfc9051#6.4.4). Makes a difference only where comments
/// stand inside an address.
bool addresses_hold(std::string_view value, std::string_view folded)
{
    if (!value.contains('('))
        return false;
    std::string text;
    for (const Address& address : parse_mailboxes(value))
        text += address.address() + "\n";
    return holds(fold_for_search(text), folded);
}

bool field_holds(const HeaderField& field, std::string_view folded)
{
    return folded.empty() || holds(fold_for_search(decode_header_text(field.value)), folded) ||
           (is_address_field(field.name) && addresses_hold(field.value, folded));
}

} // namespace

bool header_contains(std::string_view header, std::string_view name, std::string_view folded)
{
    HeaderScanner scanner(header);
    while (auto field = scanner.next())
        if (base::equal_icase(field->name, name) && field_holds(*field, folded))
            return true;
    return false;
}

} // namespace mansio::message
