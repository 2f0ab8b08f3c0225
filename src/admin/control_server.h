#pragma once
#include "admin/command.h"
#include "net/stream.h"

namespace mansio::admin {

/// One connection of the control socket: a JSON object a line, {"command": "account.list", "arguments":
/// {...}}, each answered by {"result": ...} or {"error": {"fault": "...", "cause": "..."}}. Runs on the
/// stream's loop.
Task<void> serve_control(Context& context, net::Stream stream);

/// The answer's JSON for a result.
boost::json::object to_answer(const Outcome<boost::json::value>& result);

} // namespace mansio::admin
