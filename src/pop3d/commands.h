#pragma once
#include "pop3d/session.h"

#include <string_view>

namespace mansio::pop3d {

/// Runs one command and puts the answer into the channel. A failure is the connection's: the session ends.
/// `arguments` live until the task ends.
using Handler = Task<Outcome<void>> (*)(Session& session, std::string_view arguments);

/// How a command's line is shown in the log.
enum class Shown : std::uint8_t {
    whole,
    verb, ///< the arguments are secret
};

struct Command {
    std::string_view verb;
    std::uint8_t allowed; ///< Stage values joined by |
    Shown shown;
    Handler run;

    bool allowed_in(Stage stage) const { return (allowed & static_cast<std::uint8_t>(stage)) != 0; }
};

/// ASCII case does not matter. nullptr: there is no such command.
const Command* find_command(std::string_view verb);

// The handlers, one file each.
Task<Outcome<void>> apop(Session& session, std::string_view arguments);
Task<Outcome<void>> auth(Session& session, std::string_view arguments);
Task<Outcome<void>> capa(Session& session, std::string_view arguments);
Task<Outcome<void>> dele(Session& session, std::string_view arguments);
Task<Outcome<void>> lang(Session& session, std::string_view arguments);
Task<Outcome<void>> list(Session& session, std::string_view arguments);
Task<Outcome<void>> noop(Session& session, std::string_view arguments);
Task<Outcome<void>> pass(Session& session, std::string_view arguments);
Task<Outcome<void>> quit(Session& session, std::string_view arguments);
Task<Outcome<void>> retr(Session& session, std::string_view arguments);
Task<Outcome<void>> rset(Session& session, std::string_view arguments);
Task<Outcome<void>> stat(Session& session, std::string_view arguments);
Task<Outcome<void>> stls(Session& session, std::string_view arguments);
Task<Outcome<void>> top(Session& session, std::string_view arguments);
Task<Outcome<void>> uidl(Session& session, std::string_view arguments);
Task<Outcome<void>> user(Session& session, std::string_view arguments);
Task<Outcome<void>> utf8(Session& session, std::string_view arguments);

} // namespace mansio::pop3d
