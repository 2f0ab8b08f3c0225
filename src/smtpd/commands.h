#pragma once
#include "smtpd/session.h"

#include <cstdint>
#include <string_view>

namespace mansio::smtpd {

/// rfc2920#3.1: may more commands follow in the same packet, before the answer?
enum class Group : std::uint8_t { may_continue, ends };
/// How a line is shown in the log.
enum class Shown : std::uint8_t { line, verb };

/// One row of the contents page. A handler answers; when reading or writing fails it closes the session.
struct Command {
    std::string_view verb;
    std::uint8_t stages;    ///< of Stage: elsewhere it is 503
    std::uint8_t listeners; ///< where it exists; elsewhere it is 502
    Group group;
    Shown shown;
    Task<void> (*run)(Session& session, std::string_view args);

    bool allowed_in(Stage stage) const { return (stages & static_cast<std::uint8_t>(stage)) != 0; }
    bool exists_on(ListenerKind kind) const { return (listeners >> static_cast<unsigned>(kind) & 1) != 0; }
};

/// nullptr for a verb nobody knows. `verb` is upper case.
const Command* find_command(std::string_view verb);

// Each in the file of its name; EXPN is with VRFY; HELO and LHLO are with EHLO.
Task<void> auth(Session& session, std::string_view args);
Task<void> bdat(Session& session, std::string_view args);
Task<void> data(Session& session, std::string_view args);
Task<void> ehlo(Session& session, std::string_view args);
Task<void> expn(Session& session, std::string_view args);
Task<void> helo(Session& session, std::string_view args);
Task<void> help(Session& session, std::string_view args);
Task<void> mail(Session& session, std::string_view args);
Task<void> noop(Session& session, std::string_view args);
Task<void> quit(Session& session, std::string_view args);
Task<void> rcpt(Session& session, std::string_view args);
Task<void> rset(Session& session, std::string_view args);
Task<void> starttls(Session& session, std::string_view args);
Task<void> vrfy(Session& session, std::string_view args);

} // namespace mansio::smtpd
