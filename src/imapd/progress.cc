#include "imapd/progress.h"

#include <fmt/format.h>

namespace mansio::imapd {

Progress::Progress(Session& session, std::uint64_t total)
    : m_session(session)
    , m_total(total)
    , m_next(std::chrono::steady_clock::now() + session.imapd.progress_every)
{
}

Task<bool> Progress::step(std::uint64_t done)
{
    co_await base::yield();
    const auto now = std::chrono::steady_clock::now();
    if (now < m_next)
        co_return m_session.state != State::logout;
    m_next = now + m_session.imapd.progress_every;
    m_session.untagged({imap::Condition::ok,
                        fmt::format("INPROGRESS (\"{}\" {} {})", m_session.tag, done, m_total),
                        "still at it"});
    co_return co_await flush(m_session);
}

} // namespace mansio::imapd
