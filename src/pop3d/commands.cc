#include "pop3d/commands.h"

#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace mansio::pop3d {

namespace {

constexpr std::uint8_t authorization = static_cast<std::uint8_t>(Stage::authorization);
constexpr std::uint8_t transaction = static_cast<std::uint8_t>(Stage::transaction);
constexpr std::uint8_t both = authorization | transaction;

// The contents page. Those most often sent stand first.
constexpr Command commands[] = {
    // verb   allowed in      log           handler
    {"RETR", transaction, Shown::whole, retr},   // rfc1939#5
    {"DELE", transaction, Shown::whole, dele},   // rfc1939#5
    {"UIDL", transaction, Shown::whole, uidl},   // rfc1939#7
    {"TOP", transaction, Shown::whole, top},     // rfc1939#7
    {"LIST", transaction, Shown::whole, list},   // rfc1939#5
    {"STAT", transaction, Shown::whole, stat},   // rfc1939#5
    {"CAPA", both, Shown::whole, capa},          // rfc2449#5
    {"USER", authorization, Shown::whole, user}, // rfc1939#7
    {"PASS", authorization, Shown::verb, pass},  // rfc1939#7
    {"AUTH", authorization, Shown::verb, auth},  // rfc5034#4
    {"QUIT", both, Shown::whole, quit},          // rfc1939#4, rfc1939#6
    {"NOOP", transaction, Shown::whole, noop},   // rfc1939#5
    {"RSET", transaction, Shown::whole, rset},   // rfc1939#5
    {"STLS", authorization, Shown::whole, stls}, // rfc2595#4
    {"APOP", authorization, Shown::verb, apop},  // rfc1939#7
    {"UTF8", authorization, Shown::whole, utf8}, // rfc6856#2.1
    {"LANG", both, Shown::whole, lang},          // rfc6856#3
};

} // namespace

const Command* find_command(std::string_view verb)
{
    const auto* found = std::ranges::find_if(
        commands, [&](const Command& command) { return base::equal_icase(command.verb, verb); });
    return found == std::end(commands) ? nullptr : found;
}

} // namespace mansio::pop3d
