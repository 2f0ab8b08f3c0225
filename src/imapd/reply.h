#pragma once
#include "base/outcome.h"
#include "wire/imap/write.h"

#include <string>
#include <string_view>
#include <utility>

namespace mansio::imapd {

/// The tagged end of a command: rfc9051#7.1. `code` without brackets; `text` fixed words.
struct Reply {
    wire::imap::Condition condition = wire::imap::Condition::ok;
    std::string code;
    std::string text;
};

namespace reply {

inline Reply ok(std::string_view text)
{
    return {wire::imap::Condition::ok, {}, std::string(text)};
}
inline Reply ok(std::string code, std::string_view text)
{
    return {wire::imap::Condition::ok, std::move(code), std::string(text)};
}
inline Reply no(std::string code, std::string_view text)
{
    return {wire::imap::Condition::no, std::move(code), std::string(text)};
}
inline Reply bad(std::string_view text)
{
    return {wire::imap::Condition::bad, {}, std::string(text)};
}

/// What the peer hears about a failure: chosen from the fault alone.
Reply from(base::Fault fault);

} // namespace reply
} // namespace mansio::imapd
