#pragma once
#include "wire/smtp/cursor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// A command line cut in two, without its CRLF. rfc5321#2.4
struct CommandLine {
    std::string verb;      ///< upper case; "" when the line does not begin with a word
    std::string_view args; ///< after the space, trailing white space taken off (rfc5321#4.1.1)
};
/// Fails on NUL and other control characters, and on bytes that are not UTF-8.
Parsed<CommandLine> split_command(std::string_view line);

/// EHLO, HELO, LHLO: the name as given, made harmless for a header field: other characters than those of
/// names and literals become "?". Never refused for its form, only for its absence (rfc5321#4.1.4: a server
/// MUST NOT refuse mail for that reason).
struct EhloCommand {
    std::string name;   ///< at most 255 bytes
    bool valid = false; ///< a domain or an address literal
};
Parsed<EhloCommand> parse_ehlo(std::string_view args);

/// rfc4954#4
struct AuthCommand {
    std::string mechanism; ///< upper case
    std::optional<std::string_view> initial_response;
};
/// More than one space between the words is taken: Windows Mail sends two (doc/compat.md#auth-two-spaces).
Parsed<AuthCommand> parse_auth(std::string_view args);

/// rfc3030#2
struct BdatCommand {
    std::uint64_t size = 0;
    bool last = false;
};
Parsed<BdatCommand> parse_bdat(std::string_view args);

/// Commands of other protocols: a browser was led here to speak for somebody, so the connection is closed.
bool is_foreign_verb(std::string_view verb);

} // namespace mansio::wire::smtp
