#pragma once
#include "load/dialer.h"
#include "load/line_cutter.h"

#include "net/channel.h"

#include <cstdint>
#include <string>

namespace mansio::load {

enum class Pop3Reply { line, listing }; ///< a status line alone, or what follows it up to "." as well

/// The client's side of one POP3 connection, used by one coroutine on the stream's loop.
class Pop3Client {
public:
    explicit Pop3Client(net::Stream stream)
        : m_channel(std::move(stream))
    {
    }

    /// The greeting, STLS if the dialer says so, USER and PASS.
    net::Task<base::Outcome<void>> open(const Dialer& dialer, std::string user, std::string password,
                                        base::Deadline deadline);
    net::Task<void> quit(base::Deadline deadline);

    /// What is to be sent; commands with their CRLF.
    std::string& output() { return m_output; }
    net::Task<base::Outcome<void>> send(base::Deadline deadline);
    /// Reads so many replies; returns the bytes of their listings, dots taken out. Fault::refused with the
    /// server's words when one was "-ERR"; the session may go on.
    net::Task<base::Outcome<std::uint64_t>> replies(unsigned count, Pop3Reply kind, base::Deadline deadline);
    /// The last status line: "+OK 2 320".
    const std::string& status() const { return m_status; }

private:
    enum class Step { more, reply };
    Step take(std::string_view line, Pop3Reply kind);
    net::Task<base::Outcome<void>> command(std::string line, base::Deadline deadline);

    net::Channel m_channel;
    LineCutter m_cutter;
    std::string m_output;
    std::string m_status;
    bool m_listing = false;
    std::uint64_t m_bytes = 0;
};

} // namespace mansio::load
