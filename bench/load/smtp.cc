// SMTP and LMTP: messages in. One operation is a message answered 250 after its final dot.
#include "load/messages.h"
#include "load/sessions.h"
#include "load/users.h"
#include "load/works.h"

#include <array>
#include <fmt/format.h>

namespace mansio::load {
namespace {

/// A server that takes no connections is not asked for ever.
constexpr unsigned losses_in_a_row_most = 5;

/// What all sessions of the run share.
struct Shared {
    const SmtpOptions& options;
    Run& run;
    Dialer dialer;
    Messages messages;
    SmtpOpening opening;
    std::vector<std::string> rcpt_commands; ///< for every user
};

class SmtpSession final : public Session {
public:
    SmtpSession(const Shared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override
    {
        auto opened = co_await open();
        co_return opened;
    }

    Task<void> work() override
    {
        while (m_losses < losses_in_a_row_most) {
            const auto ticket = m_shared.run.take();
            if (!ticket)
                break;
            auto sent = co_await send(*ticket);
            m_losses = sent ? 0 : m_losses + 1;
            if (!sent) {
                m_place.tally.failed(sent.error().cause);
                m_client.reset();
            } else if (m_shared.options.reuse == Reuse::reconnect) {
                co_await leave();
            }
        }
    }

    Task<void> leave() override
    {
        if (!m_client)
            co_return;
        co_await m_client->quit(Deadline::after(std::chrono::seconds(5)));
        m_client.reset();
    }

private:
    Task<Outcome<void>> open()
    {
        auto stream = co_await m_shared.dialer.dial(m_place.loop, m_place.number, m_shared.run.deadline());
        if (!stream)
            co_return std::unexpected(std::move(stream.error()));
        m_client.emplace(std::move(*stream));
        auto opened = co_await m_client->open(m_shared.dialer, m_shared.opening, m_shared.run.deadline());
        co_return opened;
    }

    Task<Outcome<void>> send(std::uint64_t ticket)
    {
        if (!m_client) {
            auto opened = co_await open();
            if (!opened)
                co_return opened;
        }
        const Message& message = m_shared.messages.at(ticket);
        const MessageId id = m_shared.messages.id(ticket);
        const std::array<std::string_view, 3> content = {message.before, id.line(), message.after};
        const SmtpTransaction transaction{m_shared.options.sender,
                                          m_shared.rcpt_commands,
                                          ticket * m_shared.options.recipients,
                                          m_shared.options.recipients,
                                          message.size,
                                          message.eight_bit,
                                          content};
        const auto since = std::chrono::steady_clock::now();
        auto refusal = co_await m_client->send(transaction, m_shared.run.deadline());
        if (!refusal)
            co_return std::unexpected(std::move(refusal.error()));
        if (*refusal)
            m_place.tally.failed(**refusal);
        else
            m_place.tally.done(since, 1, message.size);
        co_return Outcome<void>{};
    }

    const Shared& m_shared;
    Place m_place;
    std::optional<SmtpClient> m_client;
    unsigned m_losses = 0;
};

std::vector<std::string> make_rcpt_commands(const Users& users)
{
    std::vector<std::string> commands;
    for (unsigned i = 0; i < users.count(); ++i)
        commands.push_back(fmt::format("RCPT TO:<{}>\r\n", users.name(i)));
    return commands;
}

} // namespace

int run_smtp(const SmtpOptions& options)
{
    auto dialer = Dialer::make(options.common);
    if (!dialer)
        return cannot_run(dialer.error());
    MessageOptions contents = options.messages;
    contents.author = options.auth.empty() ? std::string() : options.sender;
    auto messages = Messages::load(contents, Form::dotted);
    if (!messages)
        return cannot_run(messages.error());
    const SmtpOpening opening{options.lmtp ? Dialect::lmtp : Dialect::smtp, options.auth,
                              options.users.password, options.pipelining};
    Run run(options.lmtp ? "lmtp" : "smtp", options.common, options.count);
    const Shared shared{options,
                        run,
                        std::move(*dialer),
                        std::move(*messages),
                        opening,
                        make_rcpt_commands(Users(options.users))};
    return drive(run, options.common, Preparation::on_the_clock,
                 [&](Place place) { return std::make_unique<SmtpSession>(shared, place); });
}

} // namespace mansio::load
