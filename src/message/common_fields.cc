#include "message/common_fields.h"

#include "base/text.h"
#include "message/header.h"

#include <algorithm>

namespace mansio::message {

namespace {

constexpr std::size_t max_size = 16 * 1024; // a thousand recipients; the rest is read from the message

// What Thunderbird, Apple Mail, K-9, Roundcube and mutt ask for in HEADER.FIELDS, and what SEARCH has keys
// for.
constexpr std::string_view names[] = {
    "auto-submitted", "bcc",     "cc",        "content-type", "date",       "from",       "importance",
    "in-reply-to",    "list-id", "list-post", "message-id",   "newsgroups", "priority",   "references",
    "reply-to",       "sender",  "subject",   "to",           "x-mailer",   "x-priority", "x-spam-flag"};
static_assert(std::ranges::is_sorted(names));

} // namespace

bool is_common_field(std::string_view name)
{
    return std::ranges::any_of(names,
                               [&](std::string_view common) { return base::equal_icase(name, common); });
}

std::optional<std::string> common_fields(std::string_view message)
{
    const std::string_view header = message.substr(0, find_body(message));
    if (!header.empty() && !header.ends_with('\n'))
        return std::nullopt;
    std::string out;
    HeaderScanner scanner(header);
    while (auto field = scanner.next()) {
        if (!is_common_field(field->name))
            continue;
        out += field->whole;
        if (out.size() > max_size)
            return std::nullopt;
    }
    return out + "\r\n";
}

} // namespace mansio::message
