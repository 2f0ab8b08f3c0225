#include "imapd/command_table.h"

#include "imapd/commands.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

/// Unpacks the command for its handler.
template <class Value, Task<Reply> (*handler)(Session&, Value)>
Task<Reply> run(Session& session, imap::Command command)
{
    return handler(session, std::get<Value>(std::move(command.body)));
}

constexpr std::uint8_t n = static_cast<std::uint8_t>(State::not_authenticated);
constexpr std::uint8_t a = static_cast<std::uint8_t>(State::authenticated);
constexpr std::uint8_t s = static_cast<std::uint8_t>(State::selected);

// clang-format off
constexpr Row rows[] = {
//   verb            states     flags                       handler
    {"CAPABILITY",   n | a | s, plain,                      run<imap::Capability, capability>},
    {"NOOP",         n | a | s, plain,                      run<imap::Noop, noop>},
    {"LOGOUT",       n | a | s, no_sync,                    run<imap::Logout, logout>},
    {"ID",           n | a | s, plain,                      run<imap::Id, id>},

    {"STARTTLS",     n,         answers_itself | no_sync,   run<imap::StartTls, starttls>},
    {"AUTHENTICATE", n,         masked,                     run<imap::Authenticate, authenticate>},
    {"LOGIN",        n,         masked,                     run<imap::Login, login>},

    {"ENABLE",       a | s,     plain,                      run<imap::Enable, enable>},
    {"SELECT",       a | s,     no_sync,                    run<imap::Select, select>},
    {"EXAMINE",      a | s,     no_sync,                    run<imap::Select, select>},
    {"CREATE",       a | s,     plain,                      run<imap::Create, create>},
    {"DELETE",       a | s,     plain,                      run<imap::Delete, remove>},
    {"RENAME",       a | s,     plain,                      run<imap::Rename, rename>},
    {"SUBSCRIBE",    a | s,     plain,                      run<imap::Subscribe, subscribe>},
    {"UNSUBSCRIBE",  a | s,     plain,                      run<imap::Unsubscribe, unsubscribe>},
    {"LIST",         a | s,     plain,                      run<imap::List, list>},
    {"LSUB",         a | s,     plain,                      run<imap::Lsub, lsub>},
    {"NAMESPACE",    a | s,     plain,                      run<imap::Namespace, name_space>},
    {"GETMETADATA",  a | s,     plain,                      run<imap::GetMetadata, get_metadata>},
    {"SETMETADATA",  a | s,     plain,                      run<imap::SetMetadata, set_metadata>},
    {"GETQUOTA",     a | s,     plain,                      run<imap::GetQuota, get_quota>},
    {"GETQUOTAROOT", a | s,     plain,                      run<imap::GetQuotaRoot, get_quota_root>},
    {"SETQUOTA",     a | s,     plain,                      run<imap::SetQuota, set_quota>},
    {"STATUS",       a | s,     plain,                      run<imap::Status, status>},
    {"APPEND",       a | s,     plain,                      run<imap::Append, append>},
    {"REPLACE",      s,         plain,                      run<imap::Replace, replace>},
    {"IDLE",         a | s,     plain,                      run<imap::Idle, idle>},
    {"NOTIFY",       a | s,     plain,                      run<imap::Notify, notify>},

    {"CHECK",        s,         plain,                      run<imap::Check, check>},
    {"CLOSE",        s,         no_sync,                    run<imap::Close, close>},
    {"UNSELECT",     s,         no_sync,                    run<imap::Unselect, unselect>},
    {"EXPUNGE",      s,         plain,                      run<imap::Expunge, expunge>},
    {"SEARCH",       s,         holds_expunges,             run<imap::Search, search>},
    {"SORT",         s,         holds_expunges,             run<imap::Sort, sort>},
    {"THREAD",       s,         holds_expunges,             run<imap::Thread, thread>},
    {"FETCH",        s,         holds_expunges,             run<imap::Fetch, fetch>},
    {"STORE",        s,         holds_expunges,             run<imap::Store, store>},
    {"COPY",         s,         plain,                      run<imap::Copy, copy>},
    {"MOVE",         s,         plain,                      run<imap::Move, move>},
    {"UID EXPUNGE",  s,         refreshes,                  run<imap::Expunge, expunge>},
    {"UID SEARCH",   s,         refreshes,                  run<imap::Search, search>},
    {"UID SORT",     s,         refreshes,                  run<imap::Sort, sort>},
    {"UID THREAD",   s,         refreshes,                  run<imap::Thread, thread>},
    {"UID FETCH",    s,         refreshes,                  run<imap::Fetch, fetch>},
    {"UID STORE",    s,         refreshes,                  run<imap::Store, store>},
    {"UID COPY",     s,         refreshes,                  run<imap::Copy, copy>},
    {"UID MOVE",     s,         refreshes,                  run<imap::Move, move>},
    {"UID REPLACE",  s,         refreshes,                  run<imap::Replace, replace>},
};
// clang-format on

} // namespace

const Row* find_command(std::string_view verb)
{
    const auto* const found = std::ranges::find(rows, verb, &Row::verb);
    return found == std::end(rows) ? nullptr : found;
}

} // namespace mansio::imapd
