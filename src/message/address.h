#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message {

/// One entry of an address list (rfc5322#3.4), in the four pieces ENVELOPE wants. Nothing is decoded: names
/// may hold encoded words (encoded_word.h). A group is a start entry (mailbox holds its name), its members,
/// an end entry.
struct Address {
    enum class Kind : std::uint8_t { mailbox, group_start, group_end };
    Kind kind = Kind::mailbox;
    std::optional<std::string> name;    ///< display name or, lacking that, the last comment
    std::optional<std::string> route;   ///< "@a,@b" of rfc5322#4.4
    std::optional<std::string> mailbox; ///< local part, quotes and escapes taken off
    std::optional<std::string> host;    ///< domain, as it stands
    bool broken = false;                ///< the text was not an address; the pieces are what could be saved

    /// "local@host", or "" where either is missing.
    std::string address() const;
};

/// Lenient and linear. At most `max` entries are made.
std::vector<Address> parse_address_list(std::string_view value, std::size_t max = 10'000);

/// The mailboxes alone (group members included), only those with local part and host.
std::vector<Address> parse_mailboxes(std::string_view value, std::size_t max = 10'000);
/// The one mailbox of a value that holds exactly one well-formed mailbox; nothing otherwise.
std::optional<Address> parse_mailbox(std::string_view value);

/// "Name <local@host>" with the name quoted or RFC 2047 encoded as needed, local part quoted as needed.
std::string format_mailbox(std::string_view name, std::string_view address);

} // namespace mansio::message
