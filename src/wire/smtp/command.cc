#include "wire/smtp/command.h"

#include "wire/smtp/path.h"

#include <algorithm>
#include <array>

namespace mansio::wire::smtp {

Parsed<CommandLine> split_command(std::string_view line)
{
    Cursor in{line};
    for (const char c : line)
        if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f)
            return in.wanted("no control characters");
    if (!base::is_utf8(line))
        return in.wanted("UTF-8");
    CommandLine command;
    command.verb = base::to_upper(in.take_while([](char c) { return base::is_alpha(c); }));
    if (!in.done() && !in.take(' '))
        return in.wanted("space after the verb");
    command.args = in.rest();
    while (command.args.ends_with(' ') || command.args.ends_with('\t'))
        command.args.remove_suffix(1);
    return command;
}

Parsed<EhloCommand> parse_ehlo(std::string_view args)
{
    Cursor in{args};
    args = base::trim(args);
    if (args.empty())
        return in.wanted("domain or address literal");
    EhloCommand command{.name = {}, .valid = is_domain(args) || is_address_literal(args)};
    for (const char c : args.substr(0, max_domain)) {
        const bool harmless =
            base::is_alpha(c) || base::is_digit(c) || std::string_view("-._:[]").contains(c);
        command.name += harmless ? c : '?';
    }
    return command;
}

Parsed<AuthCommand> parse_auth(std::string_view args)
{
    Cursor in{args};
    const auto skip_spaces = [&] { in.take_while([](char c) { return c == ' '; }); };
    const auto word = [](char c) { return c > ' ' && c < 0x7f; };
    skip_spaces();
    AuthCommand command{.mechanism = base::to_upper(in.take_while(word)), .initial_response = {}};
    if (command.mechanism.empty())
        return in.wanted("mechanism");
    skip_spaces();
    if (in.done())
        return command;
    command.initial_response = in.take_while(word);
    if (!in.done())
        return in.wanted("end of line");
    return command;
}

Parsed<BdatCommand> parse_bdat(std::string_view args)
{
    Cursor in{args};
    const auto size = base::parse_number(in.take_while(base::is_digit));
    if (!size)
        return in.wanted("chunk size");
    BdatCommand command{.size = *size};
    if (in.take(' ')) {
        if (!in.take_icase("LAST"))
            return in.wanted("LAST");
        command.last = true;
    }
    if (!in.done())
        return in.wanted("end of line");
    return command;
}

bool is_foreign_verb(std::string_view verb)
{
    constexpr std::array verbs = {"GET",     "POST",   "PUT",   "HEAD",  "OPTIONS",
                                  "CONNECT", "DELETE", "PATCH", "TRACE", "PROPFIND"};
    return std::ranges::find(verbs, verb) != verbs.end();
}

} // namespace mansio::wire::smtp
