#pragma once
#include <cstdint>
#include <string_view>

namespace mansio::trace {

/// What a session speaks; also the log's topic (name()); "" for a number that is none. The numbers are
/// stored: never reorder.
enum class Protocol : std::uint8_t { smtp = 1, submission, lmtp, imap, pop3, relay, admin };

constexpr std::string_view name(Protocol protocol)
{
    switch (protocol) {
    case Protocol::smtp: return "smtp";
    case Protocol::submission: return "submission";
    case Protocol::lmtp: return "lmtp";
    case Protocol::imap: return "imap";
    case Protocol::pop3: return "pop3";
    case Protocol::relay: return "relay";
    case Protocol::admin: return "admin";
    }
    return {};
}

} // namespace mansio::trace
