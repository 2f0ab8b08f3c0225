#pragma once
#include "wire/imap/command.h"
#include "wire/imap/syntax.h"

#include <expected>
#include <string>
#include <string_view>

namespace mansio::wire::imap {

/// The start of any command line, however wrong the rest is: enough to look up the verb and to answer.
struct Head {
    std::string tag;  ///< "" when there is none: answer "* BAD"
    std::string verb; ///< upper case; "UID FETCH" for UID commands; "" when there is none
};
Head parse_head(std::string_view bytes);

/// One whole command without its last CRLF; literals inline as they came. For APPEND and REPLACE the bytes
/// may end with the head of a literal that is a message. A verb that is not in the grammar is a SyntaxError.
std::expected<Command, SyntaxError> parse_command(std::string_view bytes, const ParseOptions& options);

/// How an APPEND or REPLACE goes on behind such a literal; `behind` is AppendStep::inside of the step before.
std::expected<AppendStep, SyntaxError> parse_append_step(std::string_view bytes, AppendStep::Inside behind,
                                                         const ParseOptions& options);

/// The answer a client sends to a "+ " of AUTHENTICATE and IDLE is no command: sessions read it as a line.

} // namespace mansio::wire::imap
