#pragma once
#include "admin/command.h"
#include "intake/budget.h"
#include "intake/intake.h"
#include "mailbox/accounts.h"
#include "net/connections.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/tls.h"
#include "storage/memory_engine.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mansio::fuzz {

/// One loop for the whole run: threads would cost more than the sessions.
net::Loop& loop();

template <class T>
T wait(base::Task<T> task)
{
    return base::sync_wait(loop(), std::move(task));
}

/// The same certificate for the whole run.
net::TlsCertificates& certificates();

/// All rooms over a memory engine that holds the same at the start of every input: here.example with alice
/// (three messages and an expunged one in her INBOX, one in Archive), bob (who keeps a recoverable secret),
/// postmaster and sales. One input, one House; commits and reads can be made to fail from within a
/// conversation.
class House {
public:
    House();
    House(const House&) = delete;

    /// Starts a session on a stream; runs on the loop.
    using Serve = std::function<base::Task<void>(net::Stream)>;

    struct Heard {
        std::string words;        ///< all the server said
        std::size_t accepted = 0; ///< messages intake took
    };
    /// A client that says `prologue` and then `input`, until the session has ended. Then judges the store:
    /// consistent, every blob counted, no memory budget kept. Some bytes are not sent but done:
    ///   FF  wait until the server is silent     FE  hang up, hear nothing more
    ///   FD  somebody else changes the mailbox   FC  the next commit fails    FB  the next read fails
    Heard converse(const Serve& serve, std::string_view prologue, std::string_view input);

    storage::MemoryEngine& engine() { return *m_engine; }
    directory::Directory& directory() { return m_directory; }
    mailbox::Accounts& accounts() { return m_accounts; }
    queue::Spool& spool() { return m_spool; }
    intake::Intake& intake() { return m_intake; }
    intake::MemoryBudget& budget() { return m_budget; }
    net::Connections& connections() { return m_connections; }
    trace::Recorder& recorder() { return m_recorder; }
    admin::Context& admin() { return m_admin; }
    const base::Clock& clock() const { return m_clock; }

private:
    base::Task<Heard> run(Serve serve, std::string prologue, std::string input);
    base::Task<std::string> talk(Serve serve, std::string prologue, std::string input);
    base::Task<void> say(net::Stream& client, std::string_view bytes, std::string& heard);
    base::Task<void> do_aside(char what, net::Stream& client);
    base::Task<void> change_mailbox();
    base::Task<void> check();
    base::Task<std::size_t> accepted();

    base::FakeClock m_clock;
    std::unique_ptr<storage::MemoryEngine> m_engine;
    directory::Directory m_directory;
    mailbox::Accounts m_accounts;
    queue::Spool m_spool;
    config::LogSettings m_log_settings;
    trace::Recorder m_recorder;
    intake::Intake m_intake;
    intake::MemoryBudget m_budget{32 * 1024};
    net::Connections m_connections;
    admin::Context m_admin;
    unsigned m_changes = 0;
};

} // namespace mansio::fuzz
