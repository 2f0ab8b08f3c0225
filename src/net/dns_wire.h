#pragma once
// Private to this room: record data (rfc1035#3.3) as libunbound hands it over, uncompressed. Pure.
#include "net/resolver.h"

#include <optional>
#include <string>
#include <string_view>

namespace mansio::net::dns {

enum class Type : int { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };

/// The data of one record, or nothing when it is malformed. Names come out lower case, without the last dot,
/// "" for the root; a name whose labels hold anything but letters, digits, "-" and "_" is malformed.
std::optional<std::string> parse_name(std::string_view data);
std::optional<MxRecord> parse_mx(std::string_view data);
std::optional<Address> parse_a(std::string_view data);
std::optional<Address> parse_aaaa(std::string_view data);
std::optional<std::string> parse_txt(std::string_view data);
std::optional<TlsaRecord> parse_tlsa(std::string_view data);

/// A name to look up: at most 253 bytes of printable ASCII, labels of 1 to 63 bytes; "." is the root.
bool is_query_name(std::string_view name);
/// Lower case, without the last dot.
std::string canonical(std::string_view name);

} // namespace mansio::net::dns
