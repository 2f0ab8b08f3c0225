#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace mansio::wire::imap {

/// How mailbox names are spelled on this connection: modified UTF-7 (rfc3501#5.1.3) until the client enabled
/// IMAP4rev2 or UTF8=ACCEPT, UTF-8 afterwards (rfc9051#5.1, rfc6855#3).
enum class NameEncoding : std::uint8_t { modified_utf7, utf8 };

struct ParseOptions {
    NameEncoding names = NameEncoding::modified_utf7;
    unsigned depth = 24;           ///< nesting of search keys; clients stay under 5 but for long OR chains
    std::size_t ranges = 100'000;  ///< ranges in one sequence set, keys in one search
    std::size_t list_items = 4096; ///< flags, patterns, header names, fetch items in one command
};

struct SyntaxError {
    std::size_t at = 0;      ///< byte offset in the command
    std::string wanted;      ///< what the grammar asks for there; fixed words
    bool incomplete = false; ///< the input ends in the head of a literal whose bytes are not there yet
    /// "at 12: wanted mailbox"
    std::string text() const { return "at " + std::to_string(at) + ": wanted " + wanted; }
};

} // namespace mansio::wire::imap
