#include "wire/smtp/mail.h"

#include "wire/smtp/parameter.h"

namespace mansio::wire::smtp {
namespace {

// rfc1870#6: size-value = 1*20DIGIT
Parsed<void> take_size(const Parameter& parameter, MailCommand& command)
{
    const auto size = base::parse_number(parameter.value.value_or(""));
    if (!size)
        return bad_parameter(parameter);
    command.size = *size;
    return {};
}

// rfc6152#2; BINARYMIME is not offered
Parsed<void> take_body(const Parameter& parameter, MailCommand& command)
{
    const std::string_view value = parameter.value.value_or("");
    if (base::equal_icase(value, "8BITMIME"))
        command.body = Body::eight_bit_mime;
    else if (!base::equal_icase(value, "7BIT"))
        return bad_parameter(parameter);
    return {};
}

Parsed<void> take_smtputf8(const Parameter& parameter, MailCommand& command)
{
    if (parameter.value)
        return bad_parameter(parameter);
    command.smtputf8 = true;
    return {};
}

Parsed<void> take_ret(const Parameter& parameter, MailCommand& command)
{
    const std::string_view value = parameter.value.value_or("");
    if (base::equal_icase(value, "FULL"))
        command.ret = Return::full;
    else if (base::equal_icase(value, "HDRS"))
        command.ret = Return::headers;
    else
        return bad_parameter(parameter);
    return {};
}

// rfc3461#4.4: at most 100 characters, printable once decoded, because it is shown in reports
Parsed<void> take_envid(const Parameter& parameter, MailCommand& command)
{
    const std::string_view value = parameter.value.value_or("");
    const auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty() || value.size() > 100)
        return bad_parameter(parameter);
    for (const char c : *decoded)
        if (c < ' ' || c > '~')
            return bad_parameter(parameter);
    command.envid = value;
    return {};
}

Parsed<void> take_auth(const Parameter& parameter, MailCommand& command)
{
    const std::string_view value = parameter.value.value_or("");
    auto decoded = value == "<>" ? std::optional<std::string>("<>") : decode_xtext(value);
    if (!decoded || decoded->empty())
        return bad_parameter(parameter);
    command.auth = std::move(*decoded);
    return {};
}

struct Row {
    std::string_view keyword;
    Parsed<void> (*take)(const Parameter&, MailCommand&);
};

constexpr Row rows[] = {
    {"SIZE", take_size}, {"BODY", take_body},   {"SMTPUTF8", take_smtputf8},
    {"RET", take_ret},   {"ENVID", take_envid}, {"AUTH", take_auth},
};

Parsed<void> take_parameter(const Parameter& parameter, MailCommand& command)
{
    for (const Row& row : rows)
        if (row.keyword == parameter.keyword)
            return row.take(parameter, command);
    return unknown_parameter(parameter);
}

} // namespace

// A space after the colon is forbidden (rfc5321#3.3); Outlook 365 sends one: doc/compat.md#space-after-colon.
Parsed<MailCommand> parse_mail(std::string_view args, Dialect dialect)
{
    Cursor in{args};
    if (!in.take_icase("FROM:"))
        return in.wanted("FROM:");
    if (dialect == Dialect::tolerant)
        in.take_while([](char c) { return c == ' '; });
    auto path = parse_reverse_path(in, dialect);
    if (!path)
        return std::unexpected(path.error());
    const auto parameters = parse_parameters(in, dialect);
    if (!parameters)
        return std::unexpected(parameters.error());

    MailCommand command;
    command.reverse_path = std::move(*path);
    for (const Parameter& parameter : *parameters) {
        const auto taken = take_parameter(parameter, command);
        if (!taken)
            return std::unexpected(taken.error());
    }
    if (!command.smtputf8 && !command.reverse_path.is_ascii())
        return in.wanted("SMTPUTF8", ErrorKind::utf8_without_smtputf8);
    return command;
}

} // namespace mansio::wire::smtp
