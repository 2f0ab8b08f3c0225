#include "wire/smtp/parameter.h"

#include "base/bytes.h"

#include <algorithm>

namespace mansio::wire::smtp {
namespace {

constexpr std::size_t max_parameters = 32; // there are about a dozen in use; each is compared with the others

bool is_keyword_char(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || c == '-';
}

// esmtp-value = 1*(%d33-60 / %d62-126 / UTF8-non-ascii). "=" is let through: AUTH=<a=b> occurs.
bool is_value_char(char c)
{
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f;
}

Parsed<Parameter> parse_parameter(Cursor& in)
{
    Parameter parameter{.keyword = {}, .value = {}, .offset = in.offset()};
    parameter.keyword = base::to_upper(in.take_while(is_keyword_char));
    if (parameter.keyword.empty() || parameter.keyword.starts_with('-'))
        return in.wanted("parameter");
    if (in.take('=')) {
        parameter.value = in.take_while(is_value_char);
        if (parameter.value->empty() || !base::is_utf8(*parameter.value))
            return bad_parameter(parameter);
    }
    return parameter;
}

bool is_xchar(char c)
{
    return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

} // namespace

Parsed<std::vector<Parameter>> parse_parameters(Cursor& in, Dialect dialect)
{
    std::vector<Parameter> parameters;
    while (in.take(' ')) {
        if (dialect == Dialect::tolerant)
            in.take_while([](char c) { return c == ' '; });
        if (in.done())
            break;
        auto parameter = parse_parameter(in);
        if (!parameter)
            return std::unexpected(parameter.error());
        const bool repeated =
            std::ranges::find(parameters, parameter->keyword, &Parameter::keyword) != parameters.end();
        if (repeated || parameters.size() == max_parameters)
            return bad_parameter(*parameter);
        parameters.push_back(std::move(*parameter));
    }
    if (!in.done())
        return in.wanted("end of line");
    return parameters;
}

std::unexpected<SyntaxError> bad_parameter(const Parameter& parameter)
{
    return std::unexpected(
        SyntaxError{ErrorKind::bad_parameter, parameter.offset, "valid " + parameter.keyword});
}

std::unexpected<SyntaxError> unknown_parameter(const Parameter& parameter)
{
    return std::unexpected(SyntaxError{ErrorKind::unknown_parameter, parameter.offset, "known parameter"});
}

std::optional<std::string> decode_xtext(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '+') {
            if (!is_xchar(text[i]))
                return std::nullopt;
            out += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        const auto byte = std::ranges::any_of(digits, [](char c) { return c >= 'a' && c <= 'f'; })
                              ? std::nullopt
                              : base::unhex(digits); // upper case only: hexchar of rfc3461#4
        if (!byte || byte->size() != 1)
            return std::nullopt;
        out += *byte;
        i += 2;
    }
    return out;
}

std::string encode_xtext(std::string_view bytes)
{
    std::string out;
    for (const char c : bytes) {
        if (is_xchar(c))
            out += c;
        else
            out += '+' + base::to_upper(base::hex({&c, 1}));
    }
    return out;
}

} // namespace mansio::wire::smtp
