#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::message {

/// Fields that clients list mail by and people search in: From, Subject, References and the like. ASCII case
/// ignored.
bool is_common_field(std::string_view name);

/// The common fields of a message, each as it stands, and an empty line: select_header_fields(),
/// header_contains() and HeaderScanner find in it what they find in the whole header, as far as common names
/// go. Nothing where that would be over 16 KiB, or where the header ends without a line end.
std::optional<std::string> common_fields(std::string_view message);

} // namespace mansio::message
