#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mansio::base {

/// What went wrong, as far as the caller's decision depends on it. What the peer is told is chosen by the
/// session from this alone (fixed words); `Failure::cause` is for the log and never sent.
enum class Fault {
    temporary,    ///< try again later; also everything we don't understand
    refused,      ///< a rule says no, for good
    not_found,    ///< the thing named does not exist
    exists,       ///< the thing to be made exists already
    invalid,      ///< the input is malformed
    too_large,    ///< over a cap that is a setting
    over_quota,   ///< the account or domain has no room left
    full,         ///< the disk or the memory budget has no room left
    conflict,     ///< a precondition did not hold: somebody else was faster
    corrupt,      ///< stored bytes do not say what they should
    closed,       ///< the peer or the server closed the connection
    timed_out,    ///< a deadline passed
    unauthorized, ///< wrong credentials or not allowed for this account
};

std::string_view name(Fault fault);

struct Failure {
    Fault fault = Fault::temporary;
    std::string cause; ///< for the log: what was tried, on what, and what came back
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> fail(Fault fault, std::string cause)
{
    return std::unexpected(Failure{fault, std::move(cause)});
}

/// Passes a failure on, keeping its fault, with what this layer was doing in front of the cause.
inline std::unexpected<Failure> fail(Failure from, std::string_view doing)
{
    return std::unexpected(Failure{from.fault, std::string(doing) + ": " + from.cause});
}

} // namespace mansio::base
