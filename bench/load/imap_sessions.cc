// The kinds of IMAP work: what one round of each does.
#include "load/imap_session.h"

#include <fmt/format.h>
#include <iterator>

namespace mansio::load {
namespace {

using Clock = std::chrono::steady_clock;

/// One command of the table, again and again.
class CommandSession final : public ImapSession {
public:
    CommandSession(const ImapShared& shared, Place place, const ImapWork& work)
        : ImapSession(shared, place)
        , m_work(work)
        , m_context{quote(shared.options.mailbox), quote(shared.options.target), quote(shared.options.word)}
    {
    }

private:
    Task<Outcome<void>> prepare_mailbox() override
    {
        if (m_shared.options.work == "copy") {
            auto made = co_await m_client->command("CREATE " + m_context.target, deadline());
            (void)made; // it may be there already; otherwise COPY will say so
        }
        if (!m_work.selects)
            co_return Outcome<void>{};
        auto selected = co_await m_client->select(m_shared.options.mailbox, deadline());
        m_context.exists = m_client->exists();
        co_return selected;
    }

    Task<Outcome<void>> round() override
    {
        for (const std::uint64_t ticket : m_tickets) {
            m_client->put_tag();
            m_work.put(m_client->output(), m_context, ticket);
            m_client->output() += "\r\n";
        }
        const auto since = Clock::now();
        auto sent = co_await m_client->send(deadline());
        if (!sent)
            co_return sent;
        auto answers = co_await m_client->answers(static_cast<unsigned>(m_tickets.size()), deadline());
        if (!answers)
            co_return std::unexpected(std::move(answers.error()));
        m_place.tally.done(since, operations(*answers), answers->literal_bytes);
        co_return Outcome<void>{};
    }

    std::uint64_t operations(const Answers& answers) const
    {
        switch (m_work.counted) {
        case Counted::commands: break;
        case Counted::fetched: return answers.fetched;
        case Counted::messages: return m_context.exists * m_tickets.size();
        }
        return m_tickets.size();
    }

    const ImapWork& m_work;
    ImapContext m_context;
};

/// APPEND of one message, or of several with MULTIAPPEND (rfc3502); with LITERAL+ (rfc7888) without waiting.
class AppendSession final : public ImapSession {
public:
    AppendSession(const ImapShared& shared, Place place)
        : ImapSession(shared, place)
        , m_mailbox(quote(shared.options.mailbox))
        , m_multiple(shared.options.work == "multiappend")
    {
    }

private:
    Task<Outcome<void>> prepare_mailbox() override
    {
        auto made = co_await m_client->command("CREATE " + m_mailbox, deadline());
        (void)made; // it may be there already; otherwise APPEND will say so
        auto told = co_await m_client->command("CAPABILITY", deadline());
        if (!told)
            co_return std::unexpected(std::move(told.error()));
        if (m_multiple && !m_client->multiappend())
            co_return base::fail(base::Fault::invalid, "the server has no MULTIAPPEND");
        co_return Outcome<void>{};
    }

    Task<Outcome<void>> round() override
    {
        std::uint64_t bytes = 0;
        const auto since = Clock::now();
        for (const std::uint64_t ticket : m_tickets) {
            bytes += m_shared.messages->at(ticket).size;
            auto sent = co_await send(ticket);
            if (!sent)
                co_return sent;
        }
        auto sent = co_await m_client->send(deadline());
        if (!sent)
            co_return sent;
        const auto commands = m_multiple ? 1 : static_cast<unsigned>(m_tickets.size());
        auto answers = co_await m_client->answers(commands, deadline());
        if (!answers)
            co_return std::unexpected(std::move(answers.error()));
        m_place.tally.done(since, m_tickets.size(), bytes);
        co_return Outcome<void>{};
    }

    /// All but the CRLF of the last command, which goes with what comes next.
    Task<Outcome<void>> send(std::uint64_t ticket)
    {
        const Message& message = m_shared.messages->at(ticket);
        const bool waits = !m_client->literal_plus();
        std::string& out = m_client->output();
        if (!m_multiple || ticket == m_tickets.front()) {
            m_client->put_tag();
            out.append("APPEND ").append(m_mailbox);
        }
        fmt::format_to(std::back_inserter(out), " {{{}{}}}\r\n", message.size, waits ? "" : "+");
        if (waits) {
            auto asked = co_await m_client->send(deadline());
            if (!asked)
                co_return asked;
            auto invited = co_await m_client->answers(0, deadline());
            if (!invited)
                co_return std::unexpected(std::move(invited.error()));
        }
        const MessageId id = m_shared.messages->id(ticket);
        const std::string_view pieces[] = {message.before, id.line(), message.after};
        auto sent = co_await m_client->send(deadline(), pieces);
        if (!m_multiple || ticket == m_tickets.back())
            out += "\r\n";
        co_return sent;
    }

    std::string m_mailbox;
    bool m_multiple;
};

/// A connection for every login: the users by turns.
class LoginSession final : public ImapSession {
public:
    using ImapSession::ImapSession;
    Task<Outcome<void>> prepare() override { co_return Outcome<void>{}; }

private:
    Task<Outcome<void>> round() override
    {
        for (const std::uint64_t ticket : m_tickets) {
            const auto since = Clock::now();
            auto connected = co_await connect(ticket);
            if (!connected)
                co_return connected;
            co_await leave();
            m_place.tally.done(since);
        }
        co_return Outcome<void>{};
    }
};

/// MOVE of all messages (rfc6851), there and back again. The SELECT between is on the clock, but in no
/// latency.
class MoveSession final : public ImapSession {
public:
    MoveSession(const ImapShared& shared, Place place)
        : ImapSession(shared, place)
        , m_from(shared.options.mailbox)
        , m_to(shared.options.target)
    {
    }

private:
    Task<Outcome<void>> prepare_mailbox() override
    {
        auto made = co_await m_client->command("CREATE " + quote(m_to), deadline());
        (void)made; // it may be there already; otherwise MOVE will say so
        auto selected = co_await m_client->select(m_from, deadline());
        m_selected = true;
        co_return selected;
    }

    Task<Outcome<void>> round() override
    {
        for (std::size_t i = 0; i < m_tickets.size(); ++i) {
            if (!m_selected) {
                auto selected = co_await m_client->select(m_from, deadline());
                if (!selected)
                    co_return selected;
            }
            const std::uint64_t messages = m_client->exists();
            const auto since = Clock::now();
            auto moved = co_await m_client->command("MOVE 1:* " + quote(m_to), deadline());
            if (!moved)
                co_return std::unexpected(std::move(moved.error()));
            m_place.tally.done(since, messages);
            std::swap(m_from, m_to);
            m_selected = false;
        }
        co_return Outcome<void>{};
    }

    std::string m_from;
    std::string m_to;
    bool m_selected = false;
};

/// EXPUNGE of all messages, which are marked off the clock. Once for each connection.
class ExpungeSession final : public ImapSession {
public:
    using ImapSession::ImapSession;

private:
    Task<Outcome<void>> prepare_mailbox() override
    {
        auto selected = co_await m_client->select(m_shared.options.mailbox, deadline());
        if (!selected || m_client->exists() == 0)
            co_return selected;
        auto marked = co_await m_client->command("STORE 1:* +FLAGS.SILENT (\\Deleted)", deadline());
        if (!marked)
            co_return std::unexpected(std::move(marked.error()));
        co_return Outcome<void>{};
    }

    Task<Outcome<void>> round() override
    {
        const auto since = Clock::now();
        auto expunged = co_await m_client->command("EXPUNGE", deadline());
        if (!expunged)
            co_return std::unexpected(std::move(expunged.error()));
        m_place.tally.done(since, expunged->expunged);
        co_return Outcome<void>{};
    }
};

} // namespace

std::unique_ptr<Session> make_command_session(const ImapShared& shared, Place place, const ImapWork& work)
{
    return std::make_unique<CommandSession>(shared, place, work);
}

std::unique_ptr<Session> make_append_session(const ImapShared& shared, Place place)
{
    return std::make_unique<AppendSession>(shared, place);
}

std::unique_ptr<Session> make_login_session(const ImapShared& shared, Place place)
{
    return std::make_unique<LoginSession>(shared, place);
}

std::unique_ptr<Session> make_move_session(const ImapShared& shared, Place place)
{
    return std::make_unique<MoveSession>(shared, place);
}

std::unique_ptr<Session> make_expunge_session(const ImapShared& shared, Place place)
{
    return std::make_unique<ExpungeSession>(shared, place);
}

} // namespace mansio::load
