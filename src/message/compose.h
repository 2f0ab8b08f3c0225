#pragma once
#include "base/outcome.h"
#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

/// Writes header fields: folded at 78 columns where there is white space, non-ASCII values as encoded words.
/// A name that is not a field name, or a value with CR, LF or NUL, is refused (Fault::invalid) and nothing is
/// written.
class HeaderWriter {
public:
    /// Free text: encoded where needed.
    base::Outcome<void> text(std::string_view name, std::string_view utf8_value);
    /// Structured text, already in its wire form; must be ASCII, or Utf8::allowed.
    enum class Utf8 { refused, allowed };
    base::Outcome<void> structured(std::string_view name, std::string_view value, Utf8 utf8 = Utf8::refused);
    const std::string& lines() const { return m_out; }
    std::string take() { return std::move(m_out); }

private:
    std::string m_out;
};

/// Folds one "Name: value" line at white space so that lines stay within 78 columns where possible; ends in
/// CRLF.
std::string fold_header(std::string_view name, std::string_view value);

/// "<random.time@host>"; the random part comes from base::random_token.
std::string make_message_id(std::string_view host, base::Seconds now);

/// A report of rfc6522: text, a machine part, and the message or its header.
struct ReportParts {
    std::string from;       ///< "Mail Delivery System <postmaster@host>", wire form
    std::string to;         ///< wire form
    std::string subject;    ///< UTF-8
    std::string message_id; ///< "<...>"
    base::Seconds date = 0;
    std::string in_reply_to; ///< "<...>" or ""
    std::string report_type = "delivery-status";
    std::string text; ///< UTF-8, any line ends
    std::string
        status; ///< message/<report_type> content: field blocks divided by an empty line, any line ends
    std::string original; ///< the message, or what should be shown of it; "" leaves the part out
    enum class Return {
        full,
        headers
    } returned = Return::headers;                ///< headers: only up to the empty line is used
    std::string auto_submitted = "auto-replied"; ///< rfc3834#5
};
/// The whole message with CRLF line ends, lines at most 998 bytes where the original's are. Fault::invalid
/// when a header value holds CR, LF or NUL.
base::Outcome<std::string> compose_report(const ReportParts& parts);

/// A plain UTF-8 text message (quoted-printable where needed), for notices.
struct NoticeParts {
    std::string from, to, subject, message_id;
    base::Seconds date = 0;
    std::string text;
    std::string auto_submitted; ///< "" leaves the field out
};
base::Outcome<std::string> compose_notice(const NoticeParts& parts);

} // namespace mansio::message
