#include "wire/pop3/command.h"

#include "base/text.h"

#include <algorithm>

namespace mansio::wire::pop3 {

namespace {

std::unexpected<SyntaxError> wrong(std::string_view text)
{
    return std::unexpected(SyntaxError{text});
}

std::string_view without_spaces_after(std::string_view text)
{
    const auto last = text.find_last_not_of(' ');
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view without_spaces_before(std::string_view text)
{
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view trimmed(std::string_view text)
{
    return without_spaces_before(without_spaces_after(text));
}

bool is_control(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_mechanism_character(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_';
}

} // namespace

Parsed<CommandLine> parse_command(std::string_view line)
{
    if (std::ranges::any_of(line, is_control))
        return wrong("Control characters are not allowed");
    const auto space = line.find(' ');
    CommandLine command{line.substr(0, space), {}};
    if (command.verb.empty())
        return wrong("A command was expected");
    if (space == std::string_view::npos)
        return command;
    command.arguments = line.substr(space + 1);
    if (!base::equal_icase(command.verb, "PASS"))
        command.arguments = without_spaces_after(command.arguments);
    return command;
}

Parsed<void> parse_nothing(std::string_view arguments)
{
    if (!trimmed(arguments).empty())
        return wrong("This command takes no argument");
    return {};
}

Parsed<std::uint32_t> parse_message(std::string_view arguments)
{
    const auto text = trimmed(arguments);
    if (text.empty())
        return wrong("A message number was expected");
    const auto number = base::parse_number(text, UINT32_MAX);
    if (!number || *number == 0)
        return wrong("This is not a message number");
    return static_cast<std::uint32_t>(*number);
}

Parsed<std::optional<std::uint32_t>> parse_optional_message(std::string_view arguments)
{
    if (trimmed(arguments).empty())
        return std::optional<std::uint32_t>{};
    auto number = parse_message(arguments);
    if (!number)
        return std::unexpected(number.error());
    return std::optional(*number);
}

Parsed<TopCommand> parse_top(std::string_view arguments)
{
    const auto text = trimmed(arguments);
    const auto space = text.find(' ');
    auto message = parse_message(text.substr(0, space));
    if (!message)
        return std::unexpected(message.error());
    const auto lines = space == std::string_view::npos ? std::string_view{} : trimmed(text.substr(space));
    if (lines.empty() || !std::ranges::all_of(lines, base::is_digit))
        return wrong("A number of lines was expected");
    return TopCommand{*message, base::parse_number(lines).value_or(UINT64_MAX)};
}

Parsed<std::string> parse_login_word(std::string_view arguments)
{
    if (arguments.empty())
        return wrong("An argument was expected");
    if (!base::is_utf8(arguments))
        return wrong("The argument is not UTF-8");
    return std::string(arguments);
}

Parsed<ApopCommand> parse_apop(std::string_view arguments)
{
    const auto text = trimmed(arguments);
    const auto space = text.rfind(' ');
    if (space == std::string_view::npos)
        return wrong("A name and a digest were expected");
    ApopCommand command{std::string(without_spaces_after(text.substr(0, space))),
                        base::to_lower(text.substr(space + 1))};
    const auto is_hex = [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); };
    if (command.digest.size() != 32 || !std::ranges::all_of(command.digest, is_hex))
        return wrong("The digest must be 32 hexadecimal digits");
    if (!base::is_utf8(command.name))
        return wrong("The name is not UTF-8");
    return command;
}

Parsed<AuthCommand> parse_auth(std::string_view arguments)
{
    const auto text = trimmed(arguments);
    const auto space = text.find(' ');
    AuthCommand command{base::to_upper(text.substr(0, space)), {}};
    // mechanism = 1*20 of these, rfc4422#3.1
    if (command.mechanism.size() > 20 || !std::ranges::all_of(command.mechanism, is_mechanism_character))
        return wrong("This is not a mechanism name");
    if (space == std::string_view::npos)
        return command;
    const auto initial = without_spaces_before(text.substr(space));
    if (initial.contains(' '))
        return wrong("AUTH takes two arguments at most");
    command.initial_response = std::string(initial);
    return command;
}

Parsed<std::optional<std::string>> parse_lang(std::string_view arguments)
{
    const auto text = trimmed(arguments);
    if (text.empty())
        return std::optional<std::string>{};
    const auto fits = [](char c) { return base::is_alpha(c) || base::is_digit(c) || c == '-'; };
    // No registered tag is near this long; rfc5646#4.4.1 shows 35 as enough.
    if (text != "*" && (text.size() > 64 || !std::ranges::all_of(text, fits)))
        return wrong("This is not a language range");
    return std::optional(base::to_lower(text));
}

std::optional<std::string_view> match_language(std::string_view range, const std::string_view* offered,
                                               std::size_t count)
{
    if (range == "*")
        return count > 0 ? std::optional(offered[0]) : std::nullopt;
    for (;;) {
        const auto* found = std::find_if(offered, offered + count,
                                         [&](std::string_view tag) { return base::equal_icase(tag, range); });
        if (found != offered + count)
            return *found;
        const auto dash = range.rfind('-');
        if (dash == std::string_view::npos)
            return std::nullopt;
        range = range.substr(0, dash);
    }
}

} // namespace mansio::wire::pop3
