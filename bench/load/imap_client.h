#pragma once
#include "load/dialer.h"
#include "load/imap_answers.h"

#include "net/channel.h"

#include <cstdint>
#include <span>
#include <string>

namespace mansio::load {

/// The client's side of one IMAP connection, used by one coroutine on the stream's loop. Commands are put
/// together and sent at once; then their answers are read, as many as commands.
class ImapClient {
public:
    explicit ImapClient(net::Stream stream)
        : m_channel(std::move(stream))
    {
    }

    /// The greeting, and STARTTLS if the dialer says so.
    net::Task<base::Outcome<void>> open(const Dialer& dialer, base::Deadline deadline);
    net::Task<base::Outcome<void>> login(std::string user, std::string password, base::Deadline deadline);
    net::Task<base::Outcome<void>> select(std::string mailbox, base::Deadline deadline);
    /// LOGOUT, and the end of the connection.
    net::Task<void> logout(base::Deadline deadline);

    /// Puts tag, command and CRLF to what is to be sent.
    void put(std::string_view command);
    /// For a command that is put together in pieces.
    std::string& output() { return m_output; }
    void put_tag();
    /// Sends it, and `pieces` after it.
    net::Task<base::Outcome<void>> send(base::Deadline deadline,
                                        std::span<const std::string_view> pieces = {});
    /// Reads until `commands` of them are done, or until "+" when `commands` is 0. Fault::refused with the
    /// server's words when it said NO or BAD to one; the session may go on. Other failures end it.
    net::Task<base::Outcome<Answers>> answers(unsigned commands, base::Deadline deadline);
    /// One command, answered OK.
    net::Task<base::Outcome<Answers>> command(std::string_view line, base::Deadline deadline);
    /// IDLE (rfc2177) up to "+", and its end.
    net::Task<base::Outcome<void>> idle(base::Deadline deadline);
    net::Task<base::Outcome<void>> done(base::Deadline deadline);
    /// In IDLE: until the server tells of an EXISTS.
    net::Task<base::Outcome<std::uint64_t>> wait_exists(base::Deadline deadline);

    std::uint64_t exists() const { return m_exists; } ///< of the selected mailbox
    bool literal_plus() const { return m_reader.literal_plus(); }
    bool multiappend() const { return m_reader.multiappend(); }

private:
    net::Task<base::Outcome<AnswerReader::Event>> next(base::Deadline deadline);

    net::Channel m_channel;
    AnswerReader m_reader;
    std::string m_output; ///< kept for its memory
    std::uint64_t m_tag = 0;
    std::uint64_t m_exists = 0;
};

/// A quoted string, rfc9051#9: names and passwords without control characters.
std::string quote(std::string_view text);

} // namespace mansio::load
