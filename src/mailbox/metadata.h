#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mansio::mailbox {

/// Annotations of one mailbox or of the account: names of entries, in lower case, with their values.
/// rfc5464#3
using Metadata = std::map<std::string, std::string>;

struct MetadataChange {
    std::string entry;
    std::optional<std::string> value; ///< nothing: the entry goes
};

// rfc5464#4.1 wants room for values of 1024 octets, and for 10 entries.
inline constexpr std::size_t max_metadata_entry = 1000;      ///< octets of a name: a stored key has 1024
inline constexpr std::size_t max_metadata_value = 64 * 1024; ///< octets: a note or a filter, not a file
inline constexpr std::size_t max_metadata_entries = 100;     ///< of a mailbox: they are read in one go
/// Of an account, as quotas don't count them: a colour and a note for each of thousands of mailboxes.
inline constexpr std::uint64_t max_metadata_octets = 16 * 1024 * 1024;

/// Octets of names and values, as max_metadata_octets counts them.
std::uint64_t octets_of(const Metadata& metadata);

} // namespace mansio::mailbox
