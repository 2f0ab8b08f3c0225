#pragma once
#include "base/ids.h"
#include "base/time.h"
#include "wire/imap/sequence_set.h"
#include "wire/imap/syntax.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Responses, appended to a std::string that the session sends when it grows large. Nothing here can produce a
// bare CR or LF, a NUL outside literal8, or a quoted string that is not well formed.
namespace mansio::wire::imap {

/// Quoted where rfc3501 allows it (ASCII, at most 1000 bytes, no CR LF NUL), else a literal; NUL becomes
/// 0x80.
void write_string(std::string& out, std::string_view text);
/// An atom where possible, else as write_string. Never "NIL".
void write_astring(std::string& out, std::string_view text);
/// NIL for nothing.
void write_nstring(std::string& out, const std::optional<std::string>& text);
/// "{n}CRLF" or "~{n}CRLF": the n bytes follow.
void write_literal_head(std::string& out, std::uint64_t size);
void write_literal8_head(std::string& out, std::uint64_t size);
/// A mailbox name, spelled as the session spells names. With NameEncoding::utf8 as a quoted UTF-8 string.
void write_mailbox(std::string& out, std::string_view name, NameEncoding names);
/// "(\Seen $Forwarded)": any range of things that convert to string_view.
template <class Flags>
void write_flags(std::string& out, const Flags& flags)
{
    out += '(';
    bool first = true;
    for (const std::string_view flag : flags) {
        if (!first)
            out += ' ';
        first = false;
        out += flag;
    }
    out += ')';
}
void write_number(std::string& out, std::uint64_t number);
/// With its quotes.
void write_date_time(std::string& out, base::Seconds time);

enum class Condition : std::uint8_t { ok, no, bad, preauth, bye };

/// A status response: rfc9051#7.1. `code` without its brackets, "" for none; `text` fixed words, never empty
/// on the wire.
struct StatusLine {
    Condition condition = Condition::ok;
    std::string_view code = {};
    std::string_view text = {};
};
/// `tag` "" writes an untagged one.
void write_status(std::string& out, std::string_view tag, const StatusLine& line);
/// "+ text": the space is always there, clients look for it.
void write_continuation(std::string& out, std::string_view text);

} // namespace mansio::wire::imap
