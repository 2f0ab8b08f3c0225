#include "wire/smtp/rcpt.h"

#include "wire/smtp/parameter.h"

namespace mansio::wire::smtp {
namespace {

// notify-esmtp-value = "NEVER" / 1#notify-list-element
Parsed<void> take_notify(const Parameter& parameter, RcptCommand& command)
{
    struct Row {
        std::string_view word;
        bool Notify::* flag;
    };
    constexpr Row rows[] = {
        {"NEVER", &Notify::never},
        {"SUCCESS", &Notify::success},
        {"FAILURE", &Notify::failure},
        {"DELAY", &Notify::delay},
    };
    for (const std::string_view word : base::split(parameter.value.value_or(""), ',')) {
        bool known = false;
        for (const Row& row : rows)
            if (base::equal_icase(row.word, word))
                known = command.notify.*row.flag = true;
        if (!known)
            return bad_parameter(parameter);
    }
    const Notify& notify = command.notify;
    if (notify.never && (notify.success || notify.failure || notify.delay))
        return bad_parameter(parameter);
    return {};
}

// original-recipient-address = addr-type ";" xtext, at most 500 characters. With "utf-8" the address is not
// xtext but rfc6533#3; it is kept as it came.
Parsed<void> take_orcpt(const Parameter& parameter, RcptCommand& command)
{
    const std::string_view value = parameter.value.value_or("");
    const auto semicolon = value.find(';');
    if (semicolon == value.npos || semicolon == 0 || semicolon + 1 == value.size() || value.size() > 500)
        return bad_parameter(parameter);
    const std::string_view type = value.substr(0, semicolon);
    for (const char c : type)
        if (!base::is_alpha(c) && !base::is_digit(c) && c != '-')
            return bad_parameter(parameter);
    if (!base::equal_icase(type, "utf-8")) {
        const auto decoded = decode_xtext(value.substr(semicolon + 1));
        if (!decoded)
            return bad_parameter(parameter);
        for (const char c : *decoded)
            if (c < ' ' || c > '~')
                return bad_parameter(parameter);
    }
    command.orcpt = value;
    return {};
}

Parsed<void> take_parameter(const Parameter& parameter, RcptCommand& command)
{
    if (parameter.keyword == "NOTIFY")
        return take_notify(parameter, command);
    if (parameter.keyword == "ORCPT")
        return take_orcpt(parameter, command);
    return unknown_parameter(parameter);
}

} // namespace

Parsed<RcptCommand> parse_rcpt(std::string_view args, Dialect dialect)
{
    Cursor in{args};
    if (!in.take_icase("TO:"))
        return in.wanted("TO:");
    if (dialect == Dialect::tolerant) // doc/compat.md#space-after-colon
        in.take_while([](char c) { return c == ' '; });
    auto path = parse_forward_path(in, dialect);
    if (!path)
        return std::unexpected(path.error());
    const auto parameters = parse_parameters(in, dialect);
    if (!parameters)
        return std::unexpected(parameters.error());

    RcptCommand command;
    command.forward_path = std::move(*path);
    for (const Parameter& parameter : *parameters) {
        const auto taken = take_parameter(parameter, command);
        if (!taken)
            return std::unexpected(taken.error());
    }
    return command;
}

} // namespace mansio::wire::smtp
