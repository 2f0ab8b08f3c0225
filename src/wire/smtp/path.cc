#include "wire/smtp/path.h"

#include <algorithm>
#include <arpa/inet.h>

namespace mansio::wire::smtp {
namespace {

bool is_eight_bit(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

// atext of rfc5322#3.2.3, with UTF8-non-ascii of rfc6531#3.3
bool is_atext(char c)
{
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
    return base::is_alpha(c) || base::is_digit(c) || is_eight_bit(c) || marks.find(c) != marks.npos;
}

bool is_printable(char c)
{
    return (c >= ' ' && c < 0x7f) || is_eight_bit(c);
}

bool is_dot_string(std::string_view text)
{
    if (text.empty() || text.starts_with('.') || text.ends_with('.') || text.find("..") != text.npos)
        return false;
    return std::ranges::all_of(text, [](char c) { return is_atext(c) || c == '.'; });
}

// Quoted-string = DQUOTE *QcontentSMTP DQUOTE
Parsed<std::string> parse_quoted(Cursor& in)
{
    std::string text;
    in.skip();
    while (!in.done() && in.peek() != '"') {
        in.take('\\');
        if (!is_printable(in.peek()))
            break;
        text += in.peek();
        in.skip();
    }
    if (!in.take('"'))
        return in.wanted("closing quote", ErrorKind::address);
    if (text.empty())
        return in.wanted("local part", ErrorKind::address);
    return text;
}

// Local-part = Dot-string / Quoted-string. Dots at the ends or in a row are let through: some providers gave
// such addresses to their users.
Parsed<std::string> parse_local_part(Cursor& in)
{
    if (in.peek() == '"')
        return parse_quoted(in);
    const auto text = in.take_while([](char c) { return is_atext(c) || c == '.'; });
    if (text.empty())
        return in.wanted("local part", ErrorKind::address);
    return std::string(text);
}

Parsed<std::string> parse_domain(Cursor& in, Dialect dialect)
{
    const std::size_t from = in.offset();
    if (in.take('[')) {
        in.take_while([](char c) { return c != ']' && c != '>' && c > ' ' && c < 0x7f; });
        in.take(']');
        const std::string_view literal = in.since(from);
        if (!is_address_literal(literal))
            return in.wanted("address literal", ErrorKind::address);
        return std::string(literal);
    }
    auto text = in.take_while([](char c) {
        return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '.' || c == '_' || is_eight_bit(c);
    });
    if (dialect == Dialect::tolerant && text.ends_with('.'))
        text.remove_suffix(1);
    if (!is_domain(text))
        return in.wanted("domain", ErrorKind::address);
    return std::string(text);
}

// Mailbox = Local-part "@" ( Domain / address-literal )
Parsed<Path> parse_mailbox(Cursor& in, Dialect dialect)
{
    auto local_part = parse_local_part(in);
    if (!local_part)
        return std::unexpected(local_part.error());
    if (local_part->size() > max_local_part)
        return in.wanted("shorter local part", ErrorKind::address);
    if (!in.take('@'))
        return in.wanted("@", ErrorKind::address);
    auto domain = parse_domain(in, dialect);
    if (!domain)
        return std::unexpected(domain.error());
    if (!base::is_utf8(*local_part) || !base::is_utf8(*domain))
        return in.wanted("UTF-8", ErrorKind::address);
    return Path{std::move(*local_part), std::move(*domain)};
}

// A-d-l = At-domain *( "," At-domain ), then ":"
Parsed<void> drop_source_route(Cursor& in, Dialect dialect)
{
    if (in.peek() != '@')
        return {};
    do {
        if (!in.take('@'))
            return in.wanted("@", ErrorKind::address);
        const auto domain = parse_domain(in, dialect);
        if (!domain)
            return std::unexpected(domain.error());
    } while (in.take(','));
    if (!in.take(':'))
        return in.wanted("colon after source route", ErrorKind::address);
    return {};
}

/// Path = "<" [ A-d-l ":" ] Mailbox ">", the bracket not yet taken.
Parsed<Path> parse_path(Cursor& in, Dialect dialect)
{
    const bool bracket = in.take('<');
    if (!bracket && dialect == Dialect::strict)
        return in.wanted("<", ErrorKind::address);
    const auto route = drop_source_route(in, dialect);
    if (!route)
        return std::unexpected(route.error());
    auto path = parse_mailbox(in, dialect);
    if (path && bracket && !in.take('>'))
        return in.wanted(">", ErrorKind::address);
    return path;
}

bool is_label(std::string_view label)
{
    return !label.empty() && label.size() <= max_label && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) {
               return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_' || is_eight_bit(c);
           });
}

} // namespace

std::string Path::address() const
{
    if (is_null())
        return {};
    std::string text = quote_local_part(local_part);
    return domain.empty() ? text : text + '@' + domain;
}

std::string quote_local_part(std::string_view local_part)
{
    if (is_dot_string(local_part))
        return std::string(local_part);
    std::string text = "\"";
    for (const char c : local_part) {
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return text + '"';
}

bool is_domain(std::string_view text)
{
    return !text.empty() && text.size() <= max_domain && base::is_utf8(text) &&
           std::ranges::all_of(base::split(text, '.'), is_label);
}

// address-literal = "[" ( IPv4 / "IPv6:" IPv6 / Standardized-tag ":" 1*dcontent ) "]"; no tag but IPv6 is
// registered, so there is nothing a third form could mean.
bool is_address_literal(std::string_view text)
{
    if (text.size() < 3 || text.size() > 64 || text.front() != '[' || text.back() != ']')
        return false;
    std::string address(text.substr(1, text.size() - 2));
    unsigned char parsed[sizeof(in6_addr)];
    if (base::starts_with_icase(address, "IPv6:"))
        return inet_pton(AF_INET6, address.c_str() + 5, parsed) == 1;
    return inet_pton(AF_INET, address.c_str(), parsed) == 1;
}

Parsed<Path> parse_reverse_path(Cursor& in, Dialect dialect)
{
    if (in.take_icase("<>"))
        return Path{};
    return parse_path(in, dialect);
}

Parsed<Path> parse_forward_path(Cursor& in, Dialect dialect)
{
    if (in.take_icase("<postmaster>"))
        return Path{.local_part = "postmaster", .domain = {}};
    return parse_path(in, dialect);
}

Parsed<Path> parse_address(std::string_view text)
{
    Cursor in{text};
    auto path = parse_mailbox(in, Dialect::strict);
    if (path && !in.done())
        return in.wanted("end of address", ErrorKind::address);
    return path;
}

} // namespace mansio::wire::smtp
