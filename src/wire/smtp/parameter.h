#pragma once
#include "wire/smtp/cursor.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::wire::smtp {

/// esmtp-param = esmtp-keyword ["=" esmtp-value]   rfc5321#4.1.2
struct Parameter {
    std::string keyword; ///< upper case
    std::optional<std::string_view> value;
    std::size_t offset = 0;
};

/// Everything up to the end of the line: *( SP esmtp-param ). The same keyword twice is an error.
Parsed<std::vector<Parameter>> parse_parameters(Cursor& in, Dialect dialect);

/// The error for this parameter's value.
std::unexpected<SyntaxError> bad_parameter(const Parameter& parameter);
std::unexpected<SyntaxError> unknown_parameter(const Parameter& parameter);

/// xtext of rfc3461#4: "+41" is "A". Nothing when it is not xtext.
std::optional<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view bytes);

} // namespace mansio::wire::smtp
