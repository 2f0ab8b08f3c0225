#pragma once
#include "load/dialer.h"
#include "load/line_cutter.h"

#include "net/channel.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace mansio::load {

enum class Dialect { smtp, lmtp };

/// How a session is opened.
struct SmtpOpening {
    Dialect dialect = Dialect::smtp;
    std::string user; ///< AUTH PLAIN, unless empty
    std::string password;
    bool pipelining = true; ///< if the server can
};

struct SmtpTransaction {
    std::string_view reverse_path;
    std::span<const std::string> rcpt_commands; ///< "RCPT TO:<...>" CRLF, of which the places below are sent
    std::uint64_t first = 0;                    ///< place of the first recipient; wraps at the end
    unsigned count = 1;
    std::uint64_t size = 0;
    bool eight_bit = false;
    std::span<const std::string_view> content; ///< as it follows 354, with the final dot
};

/// The client's side of one SMTP or LMTP connection, used by one coroutine on the stream's loop.
class SmtpClient {
public:
    explicit SmtpClient(net::Stream stream)
        : m_channel(std::move(stream))
    {
    }

    /// From the greeting to the last step before MAIL: EHLO, STARTTLS if the dialer says so, AUTH.
    net::Task<base::Outcome<void>> open(const Dialer& dialer, const SmtpOpening& opening,
                                        base::Deadline deadline);
    /// Nothing when every recipient's message was taken, else the first reply that said no: then the session
    /// is ready for the next message all the same. A failure means it is lost.
    net::Task<base::Outcome<std::optional<std::string>>> send(const SmtpTransaction& transaction,
                                                              base::Deadline deadline);
    net::Task<void> quit(base::Deadline deadline);

private:
    net::Task<base::Outcome<int>> read_reply(base::Deadline deadline);
    net::Task<base::Outcome<void>> command(std::string_view line, int wanted, base::Deadline deadline);
    net::Task<base::Outcome<void>> hello(base::Deadline deadline);
    net::Task<base::Outcome<void>> start_tls(const Dialer& dialer, base::Deadline deadline);
    net::Task<base::Outcome<void>> send_envelope(const SmtpTransaction& transaction, base::Deadline deadline);
    net::Task<base::Outcome<void>> send_content(const SmtpTransaction& transaction, base::Deadline deadline);
    net::Task<base::Outcome<void>> exchange(unsigned recipients, base::Deadline deadline);
    void note_extension(std::string_view line);
    void write_mail(const SmtpTransaction& transaction);
    void heard(unsigned index, unsigned recipients, int code);
    void refused_unless(bool good);

    net::Channel m_channel;
    LineCutter m_cutter;
    Dialect m_dialect = Dialect::smtp;
    bool m_wants_pipelining = true;
    struct {
        bool pipelining = false;
        bool size = false;
        bool eight_bit = false;
    } m_offers;

    std::string m_commands; ///< to be sent; kept for its memory, as the next
    std::string m_answer;   ///< the last line of the last reply
    std::optional<std::string> m_refusal;
    unsigned m_written = 0; ///< commands of this envelope: MAIL, RCPT for each recipient, DATA
    unsigned m_heard = 0;   ///< replies to them
    unsigned m_taken = 0;   ///< recipients
    bool m_wants_content = false;
};

} // namespace mansio::load
