#pragma once
#include "wire/smtp/cursor.h"

#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// rfc5321#4.5.3.1 says what everyone must be able to take (64, 255 and 256 bytes). Local parts of bounce
/// addresses (VERP) are longer in practice, so more is accepted; these keep them from growing without end.
constexpr std::size_t max_local_part = 256;
constexpr std::size_t max_domain = 255;
constexpr std::size_t max_label = 63;

/// A reverse-path or forward-path, rfc5321#4.1.2. Source routes are parsed and dropped (appendix C).
struct Path {
    std::string local_part; ///< without quotes and backslashes, case as given
    std::string domain;     ///< as given; "[192.0.2.1]" for a literal; "" for <> and <postmaster>

    bool is_null() const { return local_part.empty() && domain.empty(); }
    bool is_postmaster() const { return domain.empty() && base::equal_icase(local_part, "postmaster"); }
    bool is_literal() const { return domain.starts_with('['); }
    bool is_ascii() const { return base::is_ascii(local_part) && base::is_ascii(domain); }
    /// "local@domain" without angle brackets, the local part quoted only where it must be; "" for the null
    /// path.
    std::string address() const;
    bool operator==(const Path&) const = default;
};

/// "<>" or a path.
Parsed<Path> parse_reverse_path(Cursor& in, Dialect dialect);
/// "<postmaster>" in any case (rfc5321#4.5.1) or a path.
Parsed<Path> parse_forward_path(Cursor& in, Dialect dialect);
/// An address without angle brackets: VRFY, and addresses from elsewhere.
Parsed<Path> parse_address(std::string_view text);

/// Domain of rfc5321#4.1.2 (underscores are let through, real hosts have them), U-labels, or an address
/// literal.
bool is_domain(std::string_view text);
bool is_address_literal(std::string_view text);
/// The local part in its wire form: a Dot-string, or a Quoted-string where it must be.
std::string quote_local_part(std::string_view local_part);

} // namespace mansio::wire::smtp
