#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::pop3 {

/// What is wrong with a command line, in fixed words that may be sent to the peer.
struct SyntaxError {
    std::string_view text;
};
template <class T>
using Parsed = std::expected<T, SyntaxError>;

/// A command line, cut at its first space. Points into the line. The verb is as it came: compare it with
/// base::equal_icase. Spaces at the end of the arguments are gone, except for PASS, where they may be meant.
struct CommandLine {
    std::string_view verb;
    std::string_view arguments;
};

/// command = keyword *(SP param) CRLF, rfc2449#3. `line` is without its line end.
/// Control characters make it an error, NUL among them; bytes over 127 pass (UTF-8 names, rfc6856#2.2).
Parsed<CommandLine> parse_command(std::string_view line);

/// No argument at all: STAT, NOOP, RSET, QUIT, CAPA, STLS, UTF8.
Parsed<void> parse_nothing(std::string_view arguments);

/// A message number, counted from 1, rfc1939#3. RETR, DELE. Whether there is such a message is not known
/// here.
Parsed<std::uint32_t> parse_message(std::string_view arguments);

/// LIST and UIDL: a message number, or nothing for all of them, rfc1939#5.
Parsed<std::optional<std::uint32_t>> parse_optional_message(std::string_view arguments);

/// TOP msg n, rfc1939#7. A number of lines too large to count means all of them.
struct TopCommand {
    std::uint32_t message = 0;
    std::uint64_t lines = 0;
};
Parsed<TopCommand> parse_top(std::string_view arguments);

/// USER and PASS take the rest of the line: a password may hold spaces, rfc1939#7.
/// Well-formed UTF-8 only, rfc6856#2.2.
Parsed<std::string> parse_login_word(std::string_view arguments);

/// APOP name digest, rfc1939#7: the digest is 32 hexadecimal digits, given back in lower case. The name is
/// everything before the last space.
struct ApopCommand {
    std::string name;
    std::string digest;
};
Parsed<ApopCommand> parse_apop(std::string_view arguments);

/// AUTH [mechanism [initial-response]], rfc5034#4. No mechanism asks for the list, an old habit of clients.
/// The initial response is as sent: base64, or "=" for an empty one.
struct AuthCommand {
    std::string mechanism; ///< upper case, 1 to 20 of A-Z 0-9 - _; empty: list them
    std::optional<std::string> initial_response;
};
Parsed<AuthCommand> parse_auth(std::string_view arguments);

/// LANG [range], rfc6856#3: a basic language range (rfc4647#2.1) in lower case, "*", or nothing for the list.
Parsed<std::optional<std::string>> parse_lang(std::string_view arguments);

/// The tag among `offered` that fits the range best: "en-GB" takes "en" (rfc4647#3.4). "*" takes the first.
std::optional<std::string_view> match_language(std::string_view range, const std::string_view* offered,
                                               std::size_t count);

} // namespace mansio::wire::pop3
