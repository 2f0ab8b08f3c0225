// Connections that are held open and do nothing: for the memory that each costs a server. One operation is a
// connection that was still alive at the end.
#include "load/imap_client.h"
#include "load/sessions.h"
#include "load/users.h"
#include "load/works.h"

#include <optional>

namespace mansio::load {
namespace {

struct Shared {
    const HoldOptions& options;
    Run& run;
    Dialer dialer;
    Users users;
};

class HoldSession final : public Session {
public:
    HoldSession(const Shared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override
    {
        const Deadline deadline = m_shared.run.deadline();
        auto stream = co_await m_shared.dialer.dial(m_place.loop, m_place.number, deadline);
        if (!stream)
            co_return std::unexpected(std::move(stream.error()));
        m_client.emplace(std::move(*stream));
        const std::string user = m_shared.users.name(m_place.number);
        auto ready = co_await m_client->open(m_shared.dialer, deadline);
        if (ready)
            ready = co_await m_client->login(user, m_shared.users.password(), deadline);
        if (ready)
            ready = co_await m_client->select(m_shared.options.mailbox, deadline);
        if (ready && m_shared.options.idle)
            ready = co_await m_client->idle(deadline);
        co_return ready;
    }

    /// Is it alive?
    Task<void> work() override
    {
        const auto since = std::chrono::steady_clock::now();
        const Deadline deadline = Deadline::after(std::chrono::seconds(30));
        auto question = m_shared.options.idle ? m_client->done(deadline) : noop(deadline);
        auto answered = co_await question;
        if (answered)
            m_place.tally.done(since);
        else
            m_place.tally.failed(answered.error().cause);
    }

    Task<void> leave() override
    {
        co_await m_client->logout(Deadline::after(std::chrono::seconds(5)));
        m_client.reset();
    }

private:
    Task<Outcome<void>> noop(Deadline deadline)
    {
        auto answered = co_await m_client->command("NOOP", deadline);
        if (!answered)
            co_return std::unexpected(std::move(answered.error()));
        co_return Outcome<void>{};
    }

    const Shared& m_shared;
    Place m_place;
    std::optional<ImapClient> m_client;
};

} // namespace

int run_hold(const HoldOptions& options)
{
    auto dialer = Dialer::make(options.common);
    if (!dialer)
        return cannot_run(dialer.error());
    CommonOptions common = options.common;
    common.gate = true;
    Run run("hold", common, common.connections, Tickets::at_most);
    const Shared shared{options, run, std::move(*dialer), Users(options.users)};
    return drive(run, common, Preparation::before,
                 [&](Place place) { return std::make_unique<HoldSession>(shared, place); });
}

} // namespace mansio::load
