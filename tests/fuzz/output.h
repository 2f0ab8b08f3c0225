#pragma once
#include <cstddef>
#include <string_view>

namespace mansio::fuzz {

// What a server may say, whatever it was told. Each ends the run where it finds something else. `hung_up`:
// the client did not wait for the end, so the last words may be cut.

struct SmtpOutput {
    std::size_t replies = 0;
    std::size_t accepted = 0; ///< different messages that were promised to be kept
};
SmtpOutput check_smtp_output(std::string_view heard, bool hung_up);
void check_pop3_output(std::string_view heard, bool hung_up);
/// `said` is all the client sent: no tag is answered more often than it was said, and every number of a
/// message is one that there is.
void check_imap_output(std::string_view heard, std::string_view said, bool hung_up);

/// True when the text holds a CR or LF alone.
bool has_bare_line_end(std::string_view text);
/// Takes a line, its CRLF off; the rest without CRLF when `hung_up`, else that ends the run.
std::string_view take_line(std::string_view& text, bool hung_up);

} // namespace mansio::fuzz
