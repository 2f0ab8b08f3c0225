// POP3: one command again and again in sessions that are logged in before the clock starts.
#include "load/pop3_client.h"
#include "load/sessions.h"
#include "load/users.h"
#include "load/works.h"

#include "base/text.h"

#include <fmt/format.h>
#include <iterator>
#include <optional>

namespace mansio::load {
namespace {

struct Shared {
    const Pop3Options& options;
    Run& run;
    Dialer dialer;
    Users users;
};

class Pop3Session final : public Session {
public:
    Pop3Session(const Shared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override
    {
        auto stream = co_await m_shared.dialer.dial(m_place.loop, m_place.number, deadline());
        if (!stream)
            co_return std::unexpected(std::move(stream.error()));
        m_client.emplace(std::move(*stream));
        auto opened = co_await m_client->open(m_shared.dialer, m_shared.users.name(m_place.number),
                                              m_shared.users.password(), deadline());
        if (!opened || m_shared.options.work != Pop3Work::retr)
            co_return opened;
        auto counted = co_await count_messages();
        co_return counted;
    }

    Task<void> work() override
    {
        while (const unsigned commands = put_commands()) {
            const auto since = std::chrono::steady_clock::now();
            auto bytes = co_await exchange(commands);
            if (bytes) {
                m_place.tally.done(since, commands, *bytes);
                continue;
            }
            m_place.tally.failed(bytes.error().cause, commands);
            if (bytes.error().fault != base::Fault::refused)
                break;
        }
    }

    Task<void> leave() override
    {
        if (m_client)
            co_await m_client->quit(Deadline::after(std::chrono::seconds(5)));
        m_client.reset();
    }

private:
    Deadline deadline() const { return m_shared.run.deadline(); }

    /// "+OK" SP number of messages SP bytes. rfc1939#5
    Task<Outcome<void>> count_messages()
    {
        m_client->output() += "STAT\r\n";
        auto sent = co_await exchange_as(1, Pop3Reply::line);
        if (!sent)
            co_return std::unexpected(std::move(sent.error()));
        const auto words = base::split(m_client->status(), ' ');
        const auto number = words.size() > 1 ? base::parse_number(words[1]) : std::nullopt;
        if (!number)
            co_return unexpected_answer("STAT", m_client->status());
        m_messages = std::min(*number, m_shared.options.count);
        co_return Outcome<void>{};
    }

    /// As many as go together; 0: all is done.
    unsigned put_commands()
    {
        unsigned put = 0;
        while (put < m_shared.options.pipeline && put_command())
            ++put;
        return put;
    }

    bool put_command()
    {
        const bool retr = m_shared.options.work == Pop3Work::retr;
        if ((retr && m_next > m_messages) || !m_shared.run.take())
            return false;
        std::string& out = m_client->output();
        switch (m_shared.options.work) {
        case Pop3Work::stat: out += "STAT\r\n"; break;
        case Pop3Work::uidl: out += "UIDL\r\n"; break;
        case Pop3Work::list: out += "LIST\r\n"; break;
        case Pop3Work::retr: fmt::format_to(std::back_inserter(out), "RETR {}\r\n", m_next++); break;
        }
        return true;
    }

    Task<Outcome<std::uint64_t>> exchange(unsigned commands)
    {
        const bool line = m_shared.options.work == Pop3Work::stat;
        auto bytes = co_await exchange_as(commands, line ? Pop3Reply::line : Pop3Reply::listing);
        co_return bytes;
    }

    Task<Outcome<std::uint64_t>> exchange_as(unsigned commands, Pop3Reply kind)
    {
        auto sent = co_await m_client->send(deadline());
        if (!sent)
            co_return std::unexpected(std::move(sent.error()));
        auto bytes = co_await m_client->replies(commands, kind, deadline());
        co_return bytes;
    }

    const Shared& m_shared;
    Place m_place;
    std::optional<Pop3Client> m_client;
    std::uint64_t m_messages = 0;
    std::uint64_t m_next = 1;
};

std::string name_of(Pop3Work work)
{
    constexpr const char* names[] = {"pop3-stat", "pop3-uidl", "pop3-list", "pop3-retr"};
    return names[static_cast<int>(work)];
}

} // namespace

int run_pop3(const Pop3Options& options)
{
    auto dialer = Dialer::make(options.common);
    if (!dialer)
        return cannot_run(dialer.error());
    const bool retr = options.work == Pop3Work::retr;
    Run run(name_of(options.work), options.common, options.count * (retr ? options.common.connections : 1),
            retr ? Tickets::at_most : Tickets::all_wanted);
    const Shared shared{options, run, std::move(*dialer), Users(options.users)};
    return drive(run, options.common, Preparation::before,
                 [&](Place place) { return std::make_unique<Pop3Session>(shared, place); });
}

} // namespace mansio::load
