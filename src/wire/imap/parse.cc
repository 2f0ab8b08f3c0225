#include "wire/imap/parse.h"

#include "base/text.h"
#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

template <class Value>
bool no_arguments(Cursor&, Body& out)
{
    out = Value{};
    return true;
}

/// SP mailbox
template <class Value>
bool only_mailbox(Cursor& in, Body& out)
{
    auto& value = out.emplace<Value>();
    return in.space() && in.mailbox(value.mailbox);
}

template <class Value, bool (*parse)(Cursor&, Value&)>
bool with(Cursor& in, Body& out)
{
    return parse(in, out.emplace<Value>());
}

template <class Value, bool (*parse)(Cursor&, Value&)>
bool with_uid(Cursor& in, Body& out)
{
    auto& value = out.emplace<Value>();
    value.numbering = Numbering::uid;
    return parse(in, value);
}

/// rfc9051#6.2.2, rfc4959
bool authenticate(Cursor& in, Authenticate& out)
{
    if (!in.space() || !in.keyword(out.mechanism))
        return false;
    if (!in.take(' ') || in.done())
        return true;
    return in.astring(out.initial_response.emplace());
}

bool login(Cursor& in, Login& out)
{
    return in.space() && in.astring(out.user) && in.space() && in.astring(out.password);
}

bool enable(Cursor& in, Enable& out)
{
    do {
        if (out.capabilities.size() == in.options().list_items)
            return in.wanted("fewer capabilities");
        if (!in.space() || !in.keyword(out.capabilities.emplace_back()))
            return false;
    } while (!in.done());
    return true;
}

constexpr std::size_t id_fields = 30; // rfc2971#3.3

/// rfc2971#3.1; some clients double the spaces or leave the last value out: doc/compat.md#id
bool id(Cursor& in, Id& out)
{
    if (!in.space())
        return false;
    if (in.take_word("NIL"))
        return true;
    return parenthesised(in, [&](Cursor& list) {
        std::optional<std::string> key;
        std::optional<std::string> value;
        if (!list.nstring(key))
            return false;
        list.take_spaces();
        if (list.peek() != ')' && !list.nstring(value))
            return false;
        if (key && value && out.fields.size() < id_fields)
            out.fields.emplace_back(std::move(*key), std::move(*value));
        return true;
    });
}

/// CREATE mailbox [SP "(" "USE" SP "(" use-attr… ")" ")"]: rfc6154#3
bool create(Cursor& in, Create& out)
{
    if (!in.space() || !in.mailbox(out.mailbox))
        return false;
    if (!in.take(' ') || in.done())
        return true;
    return parenthesised(in, [&](Cursor& list) {
        if (!list.take_word("USE"))
            return list.wanted("USE");
        return list.space() && list.flag_list(out.special_use);
    });
}

bool rename(Cursor& in, Rename& out)
{
    return in.space() && in.mailbox(out.from) && in.space() && in.mailbox(out.to);
}

template <class Value>
bool set_and_mailbox(Cursor& in, Value& out)
{
    return in.space() && in.sequence_set(out.set) && in.space() && in.mailbox(out.mailbox);
}

bool select(Cursor& in, Body& out)
{
    return parse_select(in, out.emplace<Select>());
}

bool examine(Cursor& in, Body& out)
{
    auto& value = out.emplace<Select>();
    value.access = Select::Access::read_only;
    return parse_select(in, value);
}

/// UID EXPUNGE SP sequence-set: rfc4315#2.1
bool uid_expunge(Cursor& in, Body& out)
{
    auto& value = out.emplace<Expunge>();
    return in.space() && in.sequence_set(value.uids.emplace());
}

struct Row {
    std::string_view verb;
    bool (*parse)(Cursor&, Body&);
};

constexpr Row rows[] = {
    {"CAPABILITY", no_arguments<Capability>},
    {"NOOP", no_arguments<Noop>},
    {"LOGOUT", no_arguments<Logout>},
    {"STARTTLS", no_arguments<StartTls>},
    {"CHECK", no_arguments<Check>},
    {"CLOSE", no_arguments<Close>},
    {"UNSELECT", no_arguments<Unselect>},
    {"IDLE", no_arguments<Idle>},
    {"NAMESPACE", no_arguments<Namespace>},
    {"EXPUNGE", no_arguments<Expunge>},
    {"AUTHENTICATE", with<Authenticate, authenticate>},
    {"LOGIN", with<Login, login>},
    {"ENABLE", with<Enable, enable>},
    {"ID", with<Id, id>},
    {"SELECT", select},
    {"EXAMINE", examine},
    {"CREATE", with<Create, create>},
    {"DELETE", only_mailbox<Delete>},
    {"RENAME", with<Rename, rename>},
    {"SUBSCRIBE", only_mailbox<Subscribe>},
    {"UNSUBSCRIBE", only_mailbox<Unsubscribe>},
    {"STATUS", with<Status, parse_status>},
    {"LIST", with<List, parse_list>},
    {"LSUB", with<Lsub, parse_lsub>},
    {"GETMETADATA", with<GetMetadata, parse_get_metadata>},
    {"SETMETADATA", with<SetMetadata, parse_set_metadata>},
    {"GETQUOTA", with<GetQuota, parse_get_quota>},
    {"GETQUOTAROOT", only_mailbox<GetQuotaRoot>},
    {"SETQUOTA", with<SetQuota, parse_set_quota>},
    {"APPEND", with<Append, parse_append>},
    {"REPLACE", with<Replace, parse_replace>},
    {"NOTIFY", with<Notify, parse_notify>},
    {"SEARCH", with<Search, parse_search>},
    {"SORT", with<Sort, parse_sort>},
    {"THREAD", with<Thread, parse_thread>},
    {"FETCH", with<Fetch, parse_fetch>},
    {"STORE", with<Store, parse_store>},
    {"COPY", with<Copy, set_and_mailbox<Copy>>},
    {"MOVE", with<Move, set_and_mailbox<Move>>},
    {"UID SEARCH", with_uid<Search, parse_search>},
    {"UID SORT", with_uid<Sort, parse_sort>},
    {"UID THREAD", with_uid<Thread, parse_thread>},
    {"UID FETCH", with_uid<Fetch, parse_fetch>},
    {"UID STORE", with_uid<Store, parse_store>},
    {"UID COPY", with_uid<Copy, set_and_mailbox<Copy>>},
    {"UID MOVE", with_uid<Move, set_and_mailbox<Move>>},
    {"UID REPLACE", with_uid<Replace, parse_replace>},
    {"UID EXPUNGE", uid_expunge},
};

/// tag SP verb, and the second word of a UID command.
bool head(Cursor& in, Head& out)
{
    if (!in.tag(out.tag) || !in.space())
        return false;
    std::string verb;
    if (!in.keyword(verb))
        return in.wanted("command");
    if (verb == "UID") {
        std::string second;
        if (!in.space() || !in.keyword(second))
            return in.wanted("command after UID");
        verb += ' ' + second;
    }
    out.verb = std::move(verb);
    return true;
}

} // namespace

Head parse_head(std::string_view bytes)
{
    const ParseOptions options;
    Cursor in(bytes, options);
    Head out;
    head(in, out);
    return out;
}

std::expected<Command, SyntaxError> parse_command(std::string_view bytes, const ParseOptions& options)
{
    Cursor in(bytes, options);
    Head start;
    if (!head(in, start))
        return std::unexpected(in.error());
    Command command;
    command.tag = std::move(start.tag);
    for (const Row& row : rows) {
        if (row.verb != start.verb)
            continue;
        if (!row.parse(in, command.body) || !in.end())
            return std::unexpected(in.error());
        return command;
    }
    in.wanted("known command");
    return std::unexpected(in.error());
}

} // namespace mansio::wire::imap
