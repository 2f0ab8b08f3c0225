#include "load/pop3_client.h"

namespace mansio::load {

using base::Deadline;
using base::fail;
using base::Fault;
using base::Outcome;
using net::Task;

/// rfc1939#3: a listing ends with "."; its lines that begin with a dot have one more.
Pop3Client::Step Pop3Client::take(std::string_view line, Pop3Reply kind)
{
    if (!m_listing) {
        m_status.assign(line);
        m_listing = kind == Pop3Reply::listing && line.starts_with("+OK");
        return m_listing ? Step::more : Step::reply;
    }
    if (line == ".") {
        m_listing = false;
        return Step::reply;
    }
    m_bytes += line.size() + 2 - (line.starts_with('.') ? 1 : 0);
    return Step::more;
}

Task<Outcome<std::uint64_t>> Pop3Client::replies(unsigned count, Pop3Reply kind, Deadline deadline)
{
    m_bytes = 0;
    std::string refusal;
    while (count > 0) {
        auto chunk = co_await m_channel.read_chunk(deadline);
        if (!chunk)
            co_return std::unexpected(std::move(chunk.error()));
        std::string_view rest = *chunk;
        while (count > 0) {
            const auto line = m_cutter.next(rest);
            if (!line)
                break;
            if (take(*line, kind) == Step::more)
                continue;
            --count;
            if (!m_status.starts_with("+OK") && refusal.empty())
                refusal = m_status;
        }
        m_channel.consume(chunk->size() - rest.size());
    }
    if (!refusal.empty())
        co_return fail(Fault::refused, refusal);
    co_return m_bytes;
}

Task<Outcome<void>> Pop3Client::send(Deadline deadline)
{
    auto sent = co_await m_channel.stream().write_all(m_output, deadline);
    m_output.clear();
    co_return sent;
}

Task<Outcome<void>> Pop3Client::command(std::string line, Deadline deadline)
{
    m_output.append(line).append("\r\n");
    auto sent = co_await send(deadline);
    if (!sent)
        co_return sent;
    auto reply = co_await replies(1, Pop3Reply::line, deadline);
    if (!reply)
        co_return fail(std::move(reply.error()), line.substr(0, line.find(' ')));
    co_return Outcome<void>{};
}

Task<Outcome<void>> Pop3Client::open(const Dialer& dialer, std::string user, std::string password,
                                     Deadline deadline)
{
    auto greeting = co_await replies(1, Pop3Reply::line, deadline);
    if (!greeting)
        co_return fail(std::move(greeting.error()), "greeting");
    if (dialer.tls() == Tls::starttls) {
        auto ready = co_await command("STLS", deadline);
        if (!ready)
            co_return ready;
        auto secured = co_await dialer.start_tls(m_channel.stream(), deadline);
        if (!secured)
            co_return secured;
    }
    auto named = co_await command("USER " + user, deadline);
    if (!named)
        co_return named;
    auto known = co_await command("PASS " + password, deadline);
    co_return known;
}

Task<void> Pop3Client::quit(Deadline deadline)
{
    auto said = co_await command("QUIT", deadline);
    m_channel.stream().close(); // whatever was said: nothing is left to lose
    (void)said;
}

} // namespace mansio::load
