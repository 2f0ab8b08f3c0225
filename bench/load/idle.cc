// IDLE: how long after the 250 for a message an idle client hears of it.
#include "load/imap_client.h"
#include "load/messages.h"
#include "load/sessions.h"
#include "load/users.h"
#include "load/works.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <vector>

namespace mansio::load {
namespace {

using Clock = std::chrono::steady_clock;

/// A server that batches its news tells them within a second or two.
constexpr auto longest_wait = std::chrono::seconds(10);

class Listening;

struct Shared {
    const IdleOptions& options;
    Run& run;
    Dialer imap;
    Dialer smtp;
    Users users;
    Messages messages;
    std::vector<Listening*> listening; ///< by number of the user, those that are ready
};

/// A connection in IDLE. It works when the sender asks for it.
class Listening final : public Session {
public:
    Listening(Shared& shared, Place place, unsigned user)
        : m_shared(shared)
        , m_place(place)
        , m_user(user)
    {
    }

    Task<Outcome<void>> prepare() override
    {
        const Deadline deadline = m_shared.run.deadline();
        auto stream = co_await m_shared.imap.dial(m_place.loop, m_place.number, deadline);
        if (!stream)
            co_return std::unexpected(std::move(stream.error()));
        m_client.emplace(std::move(*stream));
        auto ready = co_await m_client->open(m_shared.imap, deadline);
        if (ready)
            ready =
                co_await m_client->login(m_shared.users.name(m_user), m_shared.users.password(), deadline);
        if (ready)
            ready = co_await m_client->select("INBOX", deadline);
        if (ready)
            ready = co_await m_client->idle(deadline);
        if (ready)
            m_shared.listening.push_back(this);
        co_return ready;
    }

    Task<void> work() override { co_return; }

    Task<void> leave() override
    {
        auto ended = co_await m_client->done(Deadline::after(std::chrono::seconds(5)));
        if (ended)
            co_await m_client->logout(Deadline::after(std::chrono::seconds(5)));
        m_client.reset();
    }

    unsigned user() const { return m_user; }
    std::uint64_t exists() const { return m_client->exists(); }
    /// Until the mailbox is known to hold more than so many.
    Task<Outcome<void>> wait_for_more_than(std::uint64_t known)
    {
        const Deadline deadline = Deadline::after(longest_wait);
        while (m_client->exists() <= known) {
            auto told = co_await m_client->wait_exists(deadline);
            if (!told)
                co_return fail(std::move(told.error()), "waiting for EXISTS");
        }
        co_return Outcome<void>{};
    }

private:
    Shared& m_shared;
    Place m_place;
    unsigned m_user;
    std::optional<ImapClient> m_client;
};

/// Sends a message to one user after the other, and looks when that user's connection hears of it.
class Sender final : public Session {
public:
    Sender(Shared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override
    {
        auto stream = co_await m_shared.smtp.dial(m_place.loop, 0, m_shared.run.deadline());
        if (!stream)
            co_return std::unexpected(std::move(stream.error()));
        m_client.emplace(std::move(*stream));
        auto opened = co_await m_client->open(m_shared.smtp, SmtpOpening{}, m_shared.run.deadline());
        co_return opened;
    }

    Task<void> work() override
    {
        while (!m_shared.listening.empty()) {
            const auto ticket = m_shared.run.take();
            if (!ticket)
                break;
            Listening& listening = *m_shared.listening[*ticket % m_shared.listening.size()];
            auto done = co_await round(*ticket, listening);
            if (!done)
                m_place.tally.failed(done.error().cause);
        }
    }

    Task<void> leave() override
    {
        if (m_client)
            co_await m_client->quit(Deadline::after(std::chrono::seconds(5)));
        m_client.reset();
    }

private:
    Task<Outcome<void>> round(std::uint64_t ticket, Listening& listening)
    {
        const std::uint64_t known = listening.exists();
        auto sent = co_await send(ticket, listening.user());
        if (!sent)
            co_return sent;
        const auto accepted = Clock::now();
        auto told = co_await listening.wait_for_more_than(known);
        if (told)
            m_place.tally.took(Clock::now() - accepted);
        co_return told;
    }

    Task<Outcome<void>> send(std::uint64_t ticket, unsigned user)
    {
        const Message& message = m_shared.messages.at(ticket);
        const MessageId id = m_shared.messages.id(ticket);
        const std::string_view content[] = {message.before, id.line(), message.after};
        const std::string rcpt = fmt::format("RCPT TO:<{}>\r\n", m_shared.users.name(user));
        const SmtpTransaction transaction{m_shared.options.sender, {&rcpt, 1}, 0, 1, message.size,
                                          message.eight_bit,       content};
        auto refusal = co_await m_client->send(transaction, m_shared.run.deadline());
        if (!refusal)
            co_return std::unexpected(std::move(refusal.error()));
        if (*refusal)
            co_return unexpected_answer("message", **refusal);
        co_return Outcome<void>{};
    }

    Shared& m_shared;
    Place m_place;
    std::optional<SmtpClient> m_client;
};

} // namespace

int run_idle(const IdleOptions& options)
{
    auto dialer = Dialer::make(options.common);
    if (!dialer)
        return cannot_run(dialer.error());
    auto messages = Messages::load(options.messages, Form::dotted);
    if (!messages)
        return cannot_run(messages.error());
    Run run("idle", options.common, options.rounds);
    const Dialer smtp = dialer->plain(options.smtp_port);
    Shared shared{options, run, std::move(*dialer), smtp, Users(options.users), std::move(*messages), {}};
    CommonOptions common = options.common;
    ++common.connections; // the sender
    return drive(run, common, Preparation::before, [&](Place place) -> std::unique_ptr<Session> {
        if (place.number == 0)
            return std::make_unique<Sender>(shared, place);
        return std::make_unique<Listening>(shared, place, place.number - 1);
    });
}

} // namespace mansio::load
