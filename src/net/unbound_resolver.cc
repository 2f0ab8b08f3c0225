// libunbound validates and caches in a thread of its own; its pipe is one more descriptor on our loop.
#include "net/dns_wire.h"
#include "net/resolver.h"
#include "net/watch.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <unbound.h>
#include <unordered_map>

namespace mansio::net {

using base::fail;
using base::Failure;
using base::Fault;
using base::Outcome;

namespace {

/// A forged or broken resolver must not make us hold ever more look-ups.
constexpr std::size_t most_under_way = 4096;

using RawAnswer = Answer<std::string>; ///< record data as on the wire
using RawPromise = base::Promise<Outcome<RawAnswer>>;

struct State;

/// One look-up: what libunbound's callback gets. Lives until that callback, however long it takes; the
/// waiting coroutine goes on at the deadline.
struct Query final : Timed {
    Query(State& owner, std::uint64_t number, std::string asked, RawPromise answer)
        : state(owner)
        , id(number)
        , name(std::move(asked))
        , promise(std::move(answer))
    {
    }
    ~Query() override { promise.set(fail(Fault::temporary, "DNS " + name + ": resolver closed")); }
    void expired() override { promise.set(fail(Fault::temporary, "DNS " + name + ": timeout")); }

    State& state;
    std::uint64_t id;
    std::string name;
    RawPromise promise;
};

/// Shared by the resolver and the coroutine that reads the pipe; the last of them ends libunbound.
struct State : std::enable_shared_from_this<State> {
    explicit State(Loop& its_loop)
        : loop(its_loop)
        , context(ub_ctx_create())
    {
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State()
    {
        if (context)
            ub_ctx_delete(context);
    }
    void start(std::string name, dns::Type type, RawPromise promise);

    Loop& loop;
    std::chrono::milliseconds timeout{};
    std::shared_ptr<Watch> pipe;
    std::uint64_t next_id = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<Query>> under_way; ///< loop's thread only
    ub_ctx* context;
};

Outcome<RawAnswer> read_result(const std::string& name, int error, const ub_result* result)
{
    if (error != 0 || !result)
        return fail(Fault::temporary, fmt::format("DNS {}: {}", name, ub_strerror(error)));
    if (result->bogus)
        return fail(Fault::temporary, fmt::format("DNS {}: bogus: {}", name,
                                                  result->why_bogus ? result->why_bogus : "no reason given"));
    constexpr int no_error = 0, no_such_name = 3; // rfc1035#4.1.1
    if (result->rcode != no_error && result->rcode != no_such_name)
        return fail(Fault::temporary, fmt::format("DNS {}: rcode {}", name, result->rcode));
    RawAnswer answer;
    answer.secure = result->secure != 0;
    answer.ttl = result->ttl > 0 ? static_cast<std::uint32_t>(result->ttl) : 0;
    if (result->nxdomain || result->rcode == no_such_name)
        answer.status = DnsStatus::no_domain;
    else if (result->havedata)
        answer.status = DnsStatus::found;
    for (int i = 0; result->havedata && result->data[i]; ++i)
        answer.records.emplace_back(result->data[i], static_cast<std::size_t>(result->len[i]));
    return answer;
}

void answered(void* data, int error, ub_result* result)
{
    auto& query = *static_cast<Query*>(data);
    query.disarm();
    query.promise.set(read_result(query.name, error, result));
    ub_resolve_free(result);
    query.state.under_way.erase(query.id);
}

void State::start(std::string name, dns::Type type, RawPromise promise)
{
    if (!pipe->is_open() || under_way.size() >= most_under_way)
        return promise.set(fail(Fault::temporary, "DNS " + name + ": too many look-ups, or closed"));
    const std::uint64_t id = next_id++;
    auto& query = *under_way.emplace(id, std::make_unique<Query>(*this, id, name, promise)).first->second;
    query.arm(loop, Deadline::after(timeout).at);
    constexpr int internet = 1;
    const int error =
        ub_resolve_async(context, name.c_str(), static_cast<int>(type), internet, &query, answered, nullptr);
    if (error == 0)
        return;
    promise.set(fail(Fault::temporary, fmt::format("DNS {}: {}", name, ub_strerror(error))));
    under_way.erase(id);
}

Task<void> read_pipe(std::shared_ptr<State> state)
{
    for (;;) {
        const WaitEnd end = co_await Wait(*state->pipe, Direction::read, never);
        if (end != WaitEnd::ready)
            co_return;
        ub_process(state->context);
    }
}

class UnboundResolver final : public Resolver {
public:
    explicit UnboundResolver(std::shared_ptr<State> state)
        : m_state(std::move(state))
    {
    }
    ~UnboundResolver() override { m_state->pipe->close_from_anywhere(); }

    Task<Outcome<MxAnswer>> mx(std::string domain) override;
    Task<Outcome<AddressAnswer>> a(std::string host) override
    {
        return ask(host, dns::Type::a, dns::parse_a);
    }
    Task<Outcome<AddressAnswer>> aaaa(std::string host) override
    {
        return ask(host, dns::Type::aaaa, dns::parse_aaaa);
    }
    Task<Outcome<TextAnswer>> txt(std::string name) override
    {
        return ask(name, dns::Type::txt, dns::parse_txt);
    }
    Task<Outcome<NameAnswer>> ptr(Address address) override
    {
        return ask(address.is_ip() ? address.reverse_name() : "", dns::Type::ptr, dns::parse_name);
    }
    Task<Outcome<TlsaAnswer>> tlsa(std::string name) override
    {
        return ask(name, dns::Type::tlsa, dns::parse_tlsa);
    }

private:
    template <class Record>
    Task<Outcome<Answer<Record>>> ask(std::string name, dns::Type type,
                                      std::optional<Record> (*parse)(std::string_view));

    std::shared_ptr<State> m_state;
};

/// Malformed records are left out; if nothing else is there, that is not "no data" but an answer we don't
/// understand.
template <class Record>
Outcome<Answer<Record>> parse_records(const std::string& name, const RawAnswer& raw,
                                      std::optional<Record> (*parse)(std::string_view))
{
    Answer<Record> answer;
    answer.status = raw.status;
    answer.secure = raw.secure;
    answer.ttl = raw.ttl;
    for (const std::string& data : raw.records)
        if (auto record = parse(data))
            answer.records.push_back(std::move(*record));
    if (answer.status == DnsStatus::found && answer.records.empty())
        return fail(Fault::temporary, "DNS " + name + ": malformed records");
    return answer;
}

template <class Record>
Task<Outcome<Answer<Record>>> UnboundResolver::ask(std::string name, dns::Type type,
                                                   std::optional<Record> (*parse)(std::string_view))
{
    if (!dns::is_query_name(name))
        co_return fail(Fault::invalid, "not a name to look up: " + name);
    RawPromise promise;
    m_state->loop.post([state = m_state, name, type, promise] { state->start(name, type, promise); });
    auto raw = co_await promise.wait();
    if (!raw)
        co_return std::unexpected(std::move(raw.error()));
    co_return parse_records(name, *raw, parse);
}

Task<Outcome<MxAnswer>> UnboundResolver::mx(std::string domain)
{
    auto answer = co_await ask(std::move(domain), dns::Type::mx, dns::parse_mx);
    if (answer)
        std::sort(answer->records.begin(), answer->records.end());
    co_return answer;
}

/// After the first failure nothing more is done: a half-configured context asks the public roots.
class Setup {
public:
    explicit Setup(ub_ctx* context)
        : m_context(context)
    {
    }
    void check(int error, std::string_view what)
    {
        if (error != 0 && m_failure.empty())
            m_failure = fmt::format("resolver {}: {}", what, ub_strerror(error));
    }
    void option(const char* name, const char* value)
    {
        if (m_failure.empty())
            check(ub_ctx_set_option(m_context, name, value), fmt::format("{} {}", name, value));
    }
    template <class... Args>
    void call(std::string_view what, int (*function)(ub_ctx*, Args...), std::type_identity_t<Args>... args)
    {
        if (m_failure.empty())
            check(function(m_context, args...), what);
    }
    const std::string& failure() const { return m_failure; }

private:
    ub_ctx* m_context;
    std::string m_failure;
};

/// Somebody else's server may serve names that libunbound would deny by itself, and listen on this machine.
void trust_servers(Setup& setup)
{
    setup.option("do-not-query-localhost:", "no");
    setup.option("unblock-lan-zones:", "yes");
    setup.option("insecure-lan-zones:", "yes");
}

/// The order matters: options, servers, anchors, then zones, which make the context final.
std::string configure(ub_ctx* context, const ResolverSettings& settings)
{
    Setup setup(context);
    const bool ask_servers = !settings.servers.empty() || settings.upstream == DnsUpstream::resolv_conf;
    if (ask_servers)
        trust_servers(setup);
    const auto half = std::to_string(settings.cache_bytes / 2); // answers and their records, half each
    setup.option("msg-cache-size:", half.c_str());
    setup.option("rrset-cache-size:", half.c_str());
    setup.option("cache-max-ttl:", std::to_string(settings.max_ttl.count()).c_str());
    if (!settings.outgoing_address.empty())
        setup.option("outgoing-interface:", settings.outgoing_address.c_str());
    setup.call("quiet", ub_ctx_debugout, nullptr);
    setup.call("thread", ub_ctx_async, 1);
    for (const std::string& server : settings.servers)
        setup.call("server " + server, ub_ctx_set_fwd, server.c_str());
    if (settings.servers.empty() && settings.upstream == DnsUpstream::resolv_conf)
        setup.call("/etc/resolv.conf", ub_ctx_resolvconf, nullptr);
    if (!settings.trust_anchor_file.empty())
        setup.call("trust anchors " + settings.trust_anchor_file, ub_ctx_add_ta_file,
                   settings.trust_anchor_file.c_str());
    if (ask_servers)
        setup.call("zone test.", ub_ctx_zone_add, "test.", "nodefault");
    return setup.failure();
}

} // namespace

Outcome<std::unique_ptr<Resolver>> make_unbound_resolver(Loop& loop, const ResolverSettings& settings)
{
    auto state = std::make_shared<State>(loop);
    if (!state->context)
        return fail(Fault::temporary, "resolver: no memory or no random numbers");
    const std::string failure = configure(state->context, settings);
    if (!failure.empty())
        return fail(Fault::invalid, failure);
    const int pipe = ::fcntl(ub_fd(state->context), F_DUPFD_CLOEXEC, 0); // the Watch closes its own
    if (pipe < 0)
        return fail(Fault::temporary, "resolver: no descriptor for its pipe");
    state->timeout = settings.timeout;
    state->pipe = std::make_shared<Watch>(loop, pipe);
    loop.post([state] { base::spawn(state->loop, read_pipe(state), "resolver"); });
    return std::make_unique<UnboundResolver>(std::move(state));
}

} // namespace mansio::net
