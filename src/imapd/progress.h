#pragma once
#include "imapd/session.h"

#include <cstdint>

namespace mansio::imapd {

/// Of a command that may take long: lets others run, and tells the client every ten seconds how far it is, so
/// that neither it nor what lies between gives up. rfc9585#4
class Progress {
public:
    Progress(Session& session, std::uint64_t total);

    /// After so many of all. False when the connection broke: the command may end.
    Task<bool> step(std::uint64_t done);

private:
    Session& m_session;
    std::uint64_t m_total;
    base::SteadyTime m_next;
};

} // namespace mansio::imapd
