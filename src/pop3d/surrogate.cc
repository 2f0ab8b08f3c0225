#include "pop3d/surrogate.h"

#include "base/text.h"
#include "message/address.h"
#include "message/encoded_word.h"
#include "message/header.h"

#include <algorithm>

namespace mansio::pop3d {

namespace {

constexpr std::string_view unreachable = "invalid@internationalized-address.invalid"; // rfc6858#2.1

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(names, [&](std::string_view known) { return base::equal_icase(name, known); });
}

bool holds_addresses(std::string_view name)
{
    constexpr std::string_view resent = "Resent-";
    if (base::starts_with_icase(name, resent))
        name.remove_prefix(resent.size());
    return is_one_of(name, {"From", "Sender", "To", "Cc", "Bcc", "Reply-To"});
}

// The address as it may be shown: the whole of it, when there is no name to show.
std::string rewrite(const message::Address& entry)
{
    const std::string name = message::decode_header_text(entry.name.value_or(""));
    if (entry.mailbox && entry.host && base::is_ascii(*entry.mailbox) && base::is_ascii(*entry.host))
        return message::format_mailbox(name, entry.address());
    return message::format_mailbox(name.empty() ? entry.address() : name, unreachable);
}

// Groups are dissolved into their members: who they are matters, the group's name less.
std::string rewrite_addresses(std::string_view value)
{
    std::string list;
    for (const auto& entry : message::parse_address_list(message::unfold(value)))
        if (entry.kind == message::Address::Kind::mailbox)
            list.append(list.empty() ? "" : ",\r\n ").append(rewrite(entry));
    return list;
}

// Each encoded word on a line of its own, so that no line grows too long.
std::string rewrite_text(std::string_view value)
{
    const auto text = message::encode_header_text(message::decode_header_text(value));
    std::string folded;
    for (std::string_view word : base::split(text, ' '))
        folded.append(folded.empty() ? "" : "\r\n ").append(word);
    return folded;
}

std::string rewrite_field(const message::HeaderField& field)
{
    std::string value;
    if (holds_addresses(field.name))
        value = rewrite_addresses(field.value);
    else if (is_one_of(field.name, {"Subject", "Comments", "Content-Description"}))
        value = rewrite_text(field.value);
    // A value that came to nothing, or still is not ASCII, is better left out.
    if (value.empty() || !base::is_ascii(value) || !base::is_ascii(field.name))
        return {};
    return std::string(field.name) + ": " + value + "\r\n";
}

} // namespace

std::string surrogate_header(std::string_view header)
{
    std::string out;
    message::HeaderScanner scanner(header);
    while (auto field = scanner.next())
        out += base::is_ascii(field->whole) ? std::string(field->whole) : rewrite_field(*field);
    return out.append("\r\n");
}

} // namespace mansio::pop3d
