#include "smtpd/commands.h"

#include <initializer_list>

namespace mansio::smtpd {
namespace {

constexpr std::uint8_t set(std::initializer_list<Stage> stages)
{
    std::uint8_t bits = 0;
    for (const Stage stage : stages)
        bits |= static_cast<std::uint8_t>(stage);
    return bits;
}

constexpr std::uint8_t any =
    set({Stage::connected, Stage::greeted, Stage::has_sender, Stage::has_recipient, Stage::has_chunk});
constexpr std::uint8_t open =
    set({Stage::greeted, Stage::has_sender, Stage::has_recipient, Stage::has_chunk});

constexpr std::uint8_t on(std::initializer_list<ListenerKind> kinds)
{
    std::uint8_t bits = 0;
    for (const ListenerKind kind : kinds)
        bits |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
    return bits;
}

constexpr std::uint8_t submit = on({ListenerKind::submission, ListenerKind::submissions});
constexpr std::uint8_t smtp = submit | on({ListenerKind::mx});
constexpr std::uint8_t lmtp = on({ListenerKind::lmtp});
constexpr std::uint8_t all = smtp | lmtp;

constexpr Command commands[] = {
    // verb, allowed in (rfc5321#4.1.4), exists on, pipelining (rfc2920#3.1), in the log, handler
    {"EHLO", any, smtp, Group::ends, Shown::line, ehlo},
    {"HELO", any, smtp, Group::ends, Shown::line, helo},
    {"LHLO", any, lmtp, Group::ends, Shown::line, ehlo},
    {"STARTTLS", any, smtp, Group::ends, Shown::line, starttls},
    {"AUTH", open, submit, Group::ends, Shown::verb, auth},
    {"MAIL", open, all, Group::may_continue, Shown::line, mail},
    {"RCPT", open, all, Group::may_continue, Shown::line, rcpt},
    {"DATA", open, all, Group::ends, Shown::line, data},
    {"BDAT", any, all, Group::may_continue, Shown::line, bdat},
    {"RSET", any, all, Group::may_continue, Shown::line, rset},
    {"NOOP", any, all, Group::may_continue, Shown::line, noop},
    {"VRFY", open, all, Group::may_continue, Shown::line, vrfy},
    {"EXPN", open, all, Group::may_continue, Shown::line, expn},
    {"HELP", any, all, Group::may_continue, Shown::line, help},
    {"QUIT", any, all, Group::ends, Shown::line, quit},
};

} // namespace

const Command* find_command(std::string_view verb)
{
    for (const Command& command : commands)
        if (command.verb == verb)
            return &command;
    return nullptr;
}

} // namespace mansio::smtpd
