#pragma once
#include "base/outcome.h"
#include "base/task.h"
#include "base/time.h"
#include "directory/directory.h"
#include "mailbox/accounts.h"
#include "queue/spool.h"
#include "storage/engine.h"
#include "trace/recorder.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace mansio::admin {

using base::Outcome;
using base::Task;

/// What handlers work on; outlives every call.
struct Context {
    storage::Engine& engine;
    directory::Directory& directory;
    mailbox::Accounts& accounts;
    queue::Spool& spool;
    trace::Recorder& recorder;
    const base::Clock& clock;
    std::size_t min_password_length = 8;
    std::uint64_t default_quota = 0;                    ///< octets of a new account; 0: no limit
    std::function<boost::json::object()> server_status; ///< facts of the running process; empty offline
};

using Handler = Task<Outcome<boost::json::value>> (*)(Context& context, boost::json::object arguments);

struct Command {
    std::string_view name; ///< "account.add"
    Handler run;
};

/// All of them, by name.
std::span<const Command> commands();

/// Runs the command; Fault::not_found for an unknown name. A handler that throws (our bug) is
/// Fault::temporary.
Task<Outcome<boost::json::value>> run_command(Context& context, std::string name,
                                              boost::json::object arguments);

/// A text argument; Fault::invalid when it is missing (unless `fallback` is given) or no text.
Outcome<std::string> text_argument(const boost::json::object& arguments, std::string_view key);
std::string text_argument_or(const boost::json::object& arguments, std::string_view key,
                             std::string fallback);
std::uint64_t number_argument_or(const boost::json::object& arguments, std::string_view key,
                                 std::uint64_t fallback);
bool flag_argument(const boost::json::object& arguments, std::string_view key);

// The handlers, by file.
namespace handlers {
Task<Outcome<boost::json::value>> account_add(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_list(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_show(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_remove(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_password(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_quota(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_enable(Context&, boost::json::object);
Task<Outcome<boost::json::value>> account_disable(Context&, boost::json::object);
Task<Outcome<boost::json::value>> domain_add(Context&, boost::json::object);
Task<Outcome<boost::json::value>> domain_list(Context&, boost::json::object);
Task<Outcome<boost::json::value>> domain_remove(Context&, boost::json::object);
Task<Outcome<boost::json::value>> domain_catch_all(Context&, boost::json::object);
Task<Outcome<boost::json::value>> alias_add(Context&, boost::json::object);
Task<Outcome<boost::json::value>> alias_list(Context&, boost::json::object);
Task<Outcome<boost::json::value>> alias_remove(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_list(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_show(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_retry(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_hold(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_release(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_reroute(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_bounce(Context&, boost::json::object);
Task<Outcome<boost::json::value>> queue_delete(Context&, boost::json::object);
Task<Outcome<boost::json::value>> trace_session(Context&, boost::json::object);
Task<Outcome<boost::json::value>> trace_sessions(Context&, boost::json::object);
Task<Outcome<boost::json::value>> trace_message(Context&, boost::json::object);
Task<Outcome<boost::json::value>> trace_find(Context&, boost::json::object);
Task<Outcome<boost::json::value>> check(Context&, boost::json::object);
Task<Outcome<boost::json::value>> status(Context&, boost::json::object);
} // namespace handlers

} // namespace mansio::admin
