#include "wire/imap/message_url.h"

#include "base/text.h"
#include "wire/imap/mailbox_name.h"
#include "wire/imap/parse_parts.h"

#include <algorithm>

namespace mansio::wire::imap {
namespace {

constexpr std::size_t max_url = 8 * 1024; // a mailbox name and a list of header names, percent-encoded

std::optional<unsigned> nibble(char c)
{
    const char low = base::ascii_lower(c);
    if (base::is_digit(low))
        return static_cast<unsigned>(low - '0');
    if (low >= 'a' && low <= 'f')
        return static_cast<unsigned>(low - 'a') + 10;
    return std::nullopt;
}

/// rfc3986#2.1; nothing for a "%" without two digits, and for an encoded NUL, CR or LF.
std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? nibble(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? nibble(text[i + 2]) : std::nullopt;
        if (!high || !low)
            return std::nullopt;
        const char c = static_cast<char>(*high << 4 | *low);
        if (c == '\0' || c == '\r' || c == '\n')
            return std::nullopt;
        out += c;
        i += 2;
    }
    return out;
}

/// ";NAME=value" pieces, each possibly ended by "/".
struct Parameter {
    std::string_view name;
    std::string_view value;
};

std::optional<Parameter> next_parameter(std::string_view& rest)
{
    if (!rest.starts_with(';'))
        return std::nullopt;
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!rest.empty() && text.ends_with('/'))
        text.remove_suffix(1);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    return Parameter{text.substr(0, equals), text.substr(equals + 1)};
}

bool set_number(std::string_view text, std::uint32_t& out)
{
    const auto number = base::parse_number(text, UINT32_MAX);
    out = static_cast<std::uint32_t>(number.value_or(0));
    return out != 0;
}

bool set_section(std::string_view value, Section& out)
{
    const auto text = percent_decoded(value);
    if (!text)
        return false;
    const std::string bracketed = "[" + *text + "]";
    const ParseOptions options;
    Cursor in(bracketed, options);
    return parse_section(in, out) && in.done();
}

/// number ["." nz-number]: rfc5092#11 partial-range
bool set_partial(std::string_view value, std::optional<Partial>& out)
{
    const std::size_t dot = value.find('.');
    const auto offset = base::parse_number(value.substr(0, dot), INT64_MAX);
    const auto length = dot == std::string_view::npos ? std::optional<std::uint64_t>(INT64_MAX)
                                                      : base::parse_number(value.substr(dot + 1), INT64_MAX);
    if (!offset || !length || *length == 0)
        return false;
    out = Partial{*offset, *length};
    return true;
}

bool set(const Parameter& parameter, MessageUrl& out)
{
    if (base::equal_icase(parameter.name, "UIDVALIDITY"))
        return out.uid == 0 && set_number(parameter.value, out.uid_validity.emplace());
    if (base::equal_icase(parameter.name, "UID"))
        return out.uid == 0 && set_number(parameter.value, out.uid);
    if (base::equal_icase(parameter.name, "SECTION"))
        return out.uid != 0 && !out.partial && set_section(parameter.value, out.section);
    if (base::equal_icase(parameter.name, "PARTIAL"))
        return out.uid != 0 && set_partial(parameter.value, out.partial);
    return false;
}

/// "/mailbox" up to the first parameter; without a "/" in front the URL is relative.
bool set_mailbox(std::string_view path, MessageUrl& out)
{
    if (path.empty() || path == "/")
        return true;
    if (!path.starts_with('/') || path.starts_with("//"))
        return false;
    path.remove_prefix(1);
    if (path.ends_with('/'))
        path.remove_suffix(1);
    const auto decoded = percent_decoded(path);
    const auto name = decoded ? mailbox_from_wire(*decoded, NameEncoding::utf8) : std::nullopt;
    if (!name)
        return false;
    out.mailbox = *name;
    return !out.mailbox.empty();
}

} // namespace

std::optional<MessageUrl> parse_message_url(std::string_view url)
{
    MessageUrl out;
    const std::size_t parameters = url.find(';');
    if (url.size() > max_url || parameters == std::string_view::npos ||
        !set_mailbox(url.substr(0, parameters), out))
        return std::nullopt;
    std::string_view rest = url.substr(parameters);
    while (!rest.empty()) {
        const auto parameter = next_parameter(rest);
        if (!parameter || !set(*parameter, out))
            return std::nullopt;
    }
    return out.uid != 0 ? std::optional<MessageUrl>(std::move(out)) : std::nullopt;
}

} // namespace mansio::wire::imap
