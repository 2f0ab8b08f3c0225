#pragma once
#include "load/imap_client.h"
#include "load/imap_works.h"
#include "load/messages.h"
#include "load/sessions.h"
#include "load/users.h"
#include "load/works.h"

#include <optional>
#include <vector>

namespace mansio::load {

/// What all sessions of an IMAP run share.
struct ImapShared {
    const ImapOptions& options;
    Run& run;
    Dialer dialer;
    Users users;
    std::optional<Messages> messages; ///< to append
};

/// A connection that is logged in when the work begins. One that is lost ends its session.
class ImapSession : public Session {
public:
    ImapSession(const ImapShared& shared, Place place)
        : m_shared(shared)
        , m_place(place)
    {
    }

    Task<Outcome<void>> prepare() override;
    Task<void> work() override;
    Task<void> leave() override;

protected:
    /// What the work needs beside the login.
    virtual Task<Outcome<void>> prepare_mailbox();
    /// The tickets in m_tickets, at least one, together. Fault::refused is an error; anything else ends the
    /// session.
    virtual Task<Outcome<void>> round() = 0;

    Task<Outcome<void>> connect(std::uint64_t user);
    bool take_tickets();
    Deadline deadline() const { return m_shared.run.deadline(); }

    const ImapShared& m_shared;
    Place m_place;
    std::optional<ImapClient> m_client;
    std::vector<std::uint64_t> m_tickets;
};

// One class for each kind of work.
std::unique_ptr<Session> make_command_session(const ImapShared& shared, Place place, const ImapWork& work);
std::unique_ptr<Session> make_append_session(const ImapShared& shared, Place place);
std::unique_ptr<Session> make_login_session(const ImapShared& shared, Place place);
std::unique_ptr<Session> make_move_session(const ImapShared& shared, Place place);
std::unique_ptr<Session> make_expunge_session(const ImapShared& shared, Place place);

} // namespace mansio::load
