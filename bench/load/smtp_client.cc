#include "load/smtp_client.h"

#include "base/bytes.h"
#include "base/text.h"

#include <charconv>
#include <fmt/format.h>
#include <iterator>

namespace mansio::load {

using base::Deadline;
using base::fail;
using base::Fault;
using base::Outcome;
using net::Task;

namespace {

/// 0: not a reply line.
int code_of(std::string_view line)
{
    int code = 0;
    const auto parsed =
        std::from_chars(line.data(), line.data() + std::min<std::size_t>(line.size(), 3), code);
    return parsed.ec == std::errc() && code >= 200 && code < 600 ? code : 0;
}

bool is_last(std::string_view line)
{
    return line.size() == 3 || line[3] != '-';
}

} // namespace

/// The last line is in m_answer. Lines of EHLO are looked at on the way.
Task<Outcome<int>> SmtpClient::read_reply(Deadline deadline)
{
    for (;;) {
        auto chunk = co_await m_channel.read_chunk(deadline);
        if (!chunk)
            co_return std::unexpected(std::move(chunk.error()));
        std::string_view rest = *chunk;
        while (auto line = m_cutter.next(rest)) {
            const int code = code_of(*line);
            if (code == 0)
                co_return unexpected_answer("not a reply", *line);
            if (code == 250)
                note_extension(*line);
            if (!is_last(*line))
                continue;
            m_answer.assign(*line);
            m_channel.consume(chunk->size() - rest.size());
            co_return code;
        }
        m_channel.consume(chunk->size());
    }
}

void SmtpClient::note_extension(std::string_view line)
{
    line.remove_prefix(std::min<std::size_t>(line.size(), 4));
    const std::string_view keyword = line.substr(0, line.find(' '));
    if (base::equal_icase(keyword, "PIPELINING"))
        m_offers.pipelining = true;
    else if (base::equal_icase(keyword, "SIZE"))
        m_offers.size = true;
    else if (base::equal_icase(keyword, "8BITMIME"))
        m_offers.eight_bit = true;
}

Task<Outcome<void>> SmtpClient::command(std::string_view line, int wanted, Deadline deadline)
{
    m_commands.assign(line).append("\r\n");
    auto written = co_await m_channel.stream().write_all(m_commands, deadline);
    if (!written)
        co_return written;
    auto code = co_await read_reply(deadline);
    if (!code)
        co_return std::unexpected(std::move(code.error()));
    if (*code != wanted)
        co_return unexpected_answer(line.substr(0, line.find(' ')), m_answer);
    co_return Outcome<void>{};
}

Task<Outcome<void>> SmtpClient::hello(Deadline deadline)
{
    m_offers = {};
    auto greeted = co_await command(
        m_dialect == Dialect::lmtp ? "LHLO load.mansio.test" : "EHLO load.mansio.test", 250, deadline);
    co_return greeted;
}

Task<Outcome<void>> SmtpClient::start_tls(const Dialer& dialer, Deadline deadline)
{
    auto ready = co_await command("STARTTLS", 220, deadline);
    if (!ready)
        co_return ready;
    auto secured = co_await dialer.start_tls(m_channel.stream(), deadline);
    if (!secured)
        co_return secured;
    auto greeted = co_await hello(deadline);
    co_return greeted;
}

Task<Outcome<void>> SmtpClient::open(const Dialer& dialer, const SmtpOpening& opening, Deadline deadline)
{
    m_dialect = opening.dialect;
    m_wants_pipelining = opening.pipelining;
    auto greeting = co_await read_reply(deadline);
    if (!greeting)
        co_return fail(std::move(greeting.error()), "greeting");
    if (*greeting != 220)
        co_return unexpected_answer("greeting", m_answer);
    auto greeted = co_await hello(deadline);
    if (greeted && dialer.tls() == Tls::starttls)
        greeted = co_await start_tls(dialer, deadline);
    if (!greeted || opening.user.empty())
        co_return greeted;
    const std::string secret = fmt::format("{0}{1}{0}{2}", '\0', opening.user, opening.password);
    const std::string line = "AUTH PLAIN " + base::base64_encode(secret);
    auto known = co_await command(line, 235, deadline);
    co_return known;
}

Task<Outcome<std::optional<std::string>>> SmtpClient::send(const SmtpTransaction& transaction,
                                                           Deadline deadline)
{
    m_refusal.reset();
    auto sent = co_await send_envelope(transaction, deadline);
    if (sent && m_wants_content)
        sent = co_await send_content(transaction, deadline);
    else if (sent)
        sent = co_await command("RSET", 250, deadline);
    if (!sent)
        co_return std::unexpected(std::move(sent.error()));
    co_return std::move(m_refusal);
}

/// All commands in one piece and then all replies, or one after the other.
Task<Outcome<void>> SmtpClient::send_envelope(const SmtpTransaction& transaction, Deadline deadline)
{
    const bool pipelining = m_offers.pipelining && m_wants_pipelining;
    m_written = m_heard = m_taken = 0;
    m_wants_content = false;
    m_commands.clear();
    for (unsigned i = 0; i < transaction.count + 2; ++i) {
        if (i == 0)
            write_mail(transaction);
        else if (i <= transaction.count)
            m_commands +=
                transaction.rcpt_commands[(transaction.first + i - 1) % transaction.rcpt_commands.size()];
        else
            m_commands += "DATA\r\n";
        ++m_written;
        if (pipelining && i <= transaction.count)
            continue;
        auto exchanged = co_await exchange(transaction.count, deadline);
        if (!exchanged)
            co_return exchanged;
    }
    co_return Outcome<void>{};
}

void SmtpClient::write_mail(const SmtpTransaction& transaction)
{
    auto out = std::back_inserter(m_commands);
    fmt::format_to(out, "MAIL FROM:<{}>", transaction.reverse_path);
    if (m_offers.size)
        fmt::format_to(out, " SIZE={}", transaction.size);
    if (m_offers.eight_bit && transaction.eight_bit)
        m_commands += " BODY=8BITMIME";
    m_commands += "\r\n";
}

/// Writes what is to be written and reads a reply for each of its commands.
Task<Outcome<void>> SmtpClient::exchange(unsigned recipients, Deadline deadline)
{
    auto written = co_await m_channel.stream().write_all(m_commands, deadline);
    if (!written)
        co_return written;
    m_commands.clear();
    while (m_heard < m_written) {
        auto code = co_await read_reply(deadline);
        if (!code)
            co_return std::unexpected(std::move(code.error()));
        heard(m_heard++, recipients, *code);
    }
    co_return Outcome<void>{};
}

void SmtpClient::heard(unsigned index, unsigned recipients, int code)
{
    const bool is_data = index == recipients + 1;
    const bool good = is_data ? code == 354 : code / 100 == 2;
    if (is_data)
        m_wants_content = good;
    else if (index > 0 && good)
        ++m_taken;
    refused_unless(good);
}

void SmtpClient::refused_unless(bool good)
{
    if (!good && !m_refusal)
        m_refusal = m_answer;
}

/// LMTP answers for each recipient it took, rfc2033#4.2.
Task<Outcome<void>> SmtpClient::send_content(const SmtpTransaction& transaction, Deadline deadline)
{
    auto written = co_await m_channel.stream().write_all(transaction.content, deadline);
    if (!written)
        co_return written;
    const unsigned replies = m_dialect == Dialect::lmtp ? std::max(m_taken, 1u) : 1;
    for (unsigned i = 0; i < replies; ++i) {
        auto code = co_await read_reply(deadline);
        if (!code)
            co_return std::unexpected(std::move(code.error()));
        refused_unless(*code == 250);
    }
    co_return Outcome<void>{};
}

Task<void> SmtpClient::quit(Deadline deadline)
{
    auto said = co_await command("QUIT", 221, deadline);
    m_channel.stream().close(); // whatever was said: nothing is left to lose
    (void)said;
}

} // namespace mansio::load
