#pragma once
#include "directory/directory.h"
#include "imapd/imapd.h"
#include "kit/transcript.h"
#include "mailbox/accounts.h"
#include "net/loop.h"
#include "net/workers.h"
#include "storage/memory_engine.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mansio::imapd::test {

/// An IMAP server without a listener: memory store, accounts alice@here.example and bob@here.example with the
/// password "secret". Connections are socket pairs; sessions run on one loop of their own.
class House final : public kit::ServerUnderTest {
public:
    House();
    ~House() override;

    int connect() override { return connect(ListenerKind::plain); }
    int connect(ListenerKind kind);
    std::string probe() override;
    /// A connection whose client end is a Stream of the same loop: for TLS.
    net::Stream connect_stream(ListenerKind kind);
    /// A connection past its greeting, logged in as alice.
    kit::Wire logged_in();

    void make_certificate();
    config::ImapSettings& settings() { return *m_settings; } ///< before connect()
    storage::MemoryEngine& engine() { return m_engine; }
    net::Connections& connections() { return m_connections; }
    directory::Directory& directory() { return m_directory; }
    Imapd& imapd() { return m_imapd; }
    net::Loop& loop() { return m_loop; }
    void wait_for_sessions();

    template <class T>
    T wait(base::Task<T> task)
    {
        return base::sync_wait(m_loop, std::move(task));
    }
    std::shared_ptr<mailbox::Account> account(std::string_view address = "alice@here.example");

private:
    void serve(net::Stream stream, ListenerKind kind);

    base::SystemClock m_clock;
    storage::MemoryEngine m_engine;
    net::Loop m_loop{"imap-test"};
    net::Loop m_owner{"owner-test"}; ///< of the accounts: not the sessions' own
    net::Workers m_workers{1};
    directory::Directory m_directory;
    mailbox::Accounts m_accounts;
    net::Connections m_connections;
    intake::MemoryBudget m_budget{64 * 1024 * 1024};
    std::unique_ptr<net::TlsCertificates> m_certificates;
    std::shared_ptr<config::ImapSettings> m_settings = std::make_shared<config::ImapSettings>();
    Imapd m_imapd;
    std::string m_folder;

    std::mutex m_mutex;
    std::condition_variable m_ended;
    int m_sessions = 0;
};

/// Lines up to the tagged one, each with its line feed, literals as they come.
std::string command(kit::Wire& wire, std::string_view tag, std::string_view text);
/// Appends a message to a mailbox; gives the tagged line.
std::string append(kit::Wire& wire, std::string_view mailbox, std::string_view message);

} // namespace mansio::imapd::test
