#include "load/imap_client.h"

#include <fmt/format.h>
#include <iterator>
#include <vector>

namespace mansio::load {

using base::Deadline;
using base::fail;
using base::Fault;
using base::Outcome;
using net::Task;
using Event = AnswerReader::Event;

std::string quote(std::string_view text)
{
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

void ImapClient::put_tag()
{
    fmt::format_to(std::back_inserter(m_output), "L{} ", ++m_tag);
}

void ImapClient::put(std::string_view command)
{
    put_tag();
    m_output.append(command).append("\r\n");
}

Task<Outcome<void>> ImapClient::send(Deadline deadline, std::span<const std::string_view> pieces)
{
    if (pieces.empty()) {
        auto sent = co_await m_channel.stream().write_all(m_output, deadline);
        m_output.clear();
        co_return sent;
    }
    std::vector<std::string_view> all = {m_output};
    all.insert(all.end(), pieces.begin(), pieces.end());
    auto sent = co_await m_channel.stream().write_all(std::span<const std::string_view>(all), deadline);
    m_output.clear();
    co_return sent;
}

Task<Outcome<Event>> ImapClient::next(Deadline deadline)
{
    for (;;) {
        auto chunk = co_await m_channel.read_chunk(deadline);
        if (!chunk)
            co_return std::unexpected(std::move(chunk.error()));
        std::string_view rest = *chunk;
        Event event = m_reader.feed(rest);
        // Untagged responses are counted; who waits for one asks for it.
        while (event == Event::untagged && !m_reader.answers().exists_told)
            event = m_reader.feed(rest);
        m_channel.consume(chunk->size() - rest.size());
        if (event == Event::untagged)
            m_exists = m_reader.answers().exists;
        if (event != Event::need_more)
            co_return event;
    }
}

Task<Outcome<Answers>> ImapClient::answers(unsigned commands, Deadline deadline)
{
    m_reader.answers() = {};
    std::string refusal;
    for (unsigned done = 0; done < commands || commands == 0;) {
        auto event = co_await next(deadline);
        if (!event)
            co_return std::unexpected(std::move(event.error()));
        m_reader.answers().exists_told = false;
        if (*event == Event::continuation && commands == 0)
            co_return m_reader.answers();
        if (*event != Event::tagged)
            continue;
        ++done;
        if (!m_reader.ok() && refusal.empty())
            refusal = m_reader.text();
        if (commands == 0)
            break;
    }
    if (!refusal.empty() || commands == 0)
        co_return fail(Fault::refused, refusal.empty() ? m_reader.text() : refusal);
    co_return m_reader.answers();
}

Task<Outcome<Answers>> ImapClient::command(std::string_view line, Deadline deadline)
{
    put(line);
    auto sent = co_await send(deadline);
    if (!sent)
        co_return std::unexpected(std::move(sent.error()));
    auto answered = co_await answers(1, deadline);
    co_return answered;
}

Task<Outcome<std::uint64_t>> ImapClient::wait_exists(Deadline deadline)
{
    m_reader.answers() = {};
    for (;;) {
        auto event = co_await next(deadline);
        if (!event)
            co_return std::unexpected(std::move(event.error()));
        if (*event == Event::untagged)
            co_return m_exists;
        if (*event == Event::tagged)
            co_return fail(Fault::refused, "IDLE ended: " + m_reader.text());
    }
}

Task<Outcome<void>> ImapClient::open(const Dialer& dialer, Deadline deadline)
{
    for (;;) { // the greeting is one untagged response: nothing is done by it, so it is looked for here
        auto chunk = co_await m_channel.read_chunk(deadline);
        if (!chunk)
            co_return fail(std::move(chunk.error()), "greeting");
        std::string_view rest = *chunk;
        const Event event = m_reader.feed(rest);
        m_channel.consume(chunk->size() - rest.size());
        if (event != Event::need_more)
            break;
    }
    if (!m_reader.ok())
        co_return unexpected_answer("greeting", m_reader.text());
    if (dialer.tls() != Tls::starttls)
        co_return Outcome<void>{};
    auto ready = co_await command("STARTTLS", deadline);
    if (!ready)
        co_return fail(std::move(ready.error()), "STARTTLS");
    auto secured = co_await dialer.start_tls(m_channel.stream(), deadline);
    co_return secured;
}

Task<Outcome<void>> ImapClient::login(std::string user, std::string password, Deadline deadline)
{
    const std::string line = fmt::format("LOGIN {} {}", quote(user), quote(password));
    auto known = co_await command(line, deadline);
    if (!known)
        co_return fail(std::move(known.error()), "LOGIN");
    co_return Outcome<void>{};
}

Task<Outcome<void>> ImapClient::select(std::string mailbox, Deadline deadline)
{
    const std::string line = "SELECT " + quote(mailbox);
    auto selected = co_await command(line, deadline);
    if (!selected)
        co_return fail(std::move(selected.error()), "SELECT");
    co_return Outcome<void>{};
}

Task<Outcome<void>> ImapClient::idle(Deadline deadline)
{
    put("IDLE");
    auto sent = co_await send(deadline);
    if (!sent)
        co_return sent;
    auto invited = co_await answers(0, deadline);
    if (!invited)
        co_return fail(std::move(invited.error()), "IDLE");
    co_return Outcome<void>{};
}

Task<Outcome<void>> ImapClient::done(Deadline deadline)
{
    m_output += "DONE\r\n";
    auto sent = co_await send(deadline);
    if (!sent)
        co_return sent;
    auto ended = co_await answers(1, deadline);
    if (!ended)
        co_return fail(std::move(ended.error()), "DONE");
    co_return Outcome<void>{};
}

Task<void> ImapClient::logout(Deadline deadline)
{
    auto said = co_await command("LOGOUT", deadline);
    m_channel.stream().close(); // whatever was said: nothing is left to lose
    (void)said;
}

} // namespace mansio::load
