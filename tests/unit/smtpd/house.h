#pragma once
#include "base/task.h"
#include "directory/directory.h"
#include "intake/intake.h"
#include "mailbox/accounts.h"
#include "net/loop.h"
#include "queue/spool.h"
#include "smtpd/server.h"
#include "storage/memory_engine.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::smtpd::test {

inline constexpr std::string_view password = "correct horse 7";

/// An SMTP server without a listener: memory store; alice@here.example, bob@here.example (who keeps a
/// recoverable secret), postmaster@here.example leads to alice, sales@here.example to alice and bob.
/// Connections are socket pairs; sessions run on one loop.
class House {
public:
    House();
    ~House();
    House(const House&) = delete;

    /// A session's other end: a blocking socket with a time limit.
    class Client {
    public:
        explicit Client(int socket)
            : m_socket(socket)
        {
        }
        Client(Client&& other) noexcept
            : m_socket(std::exchange(other.m_socket, -1))
            , m_read(std::move(other.m_read))
        {
        }
        ~Client() { hang_up(); }
        void send(std::string_view bytes);
        /// The next line without CRLF; "(closed)" at the end of the stream, "(nothing)" after ten seconds.
        std::string line();
        /// A whole reply, its lines divided by '|'.
        std::string reply();
        /// Sends a line and gives back the reply to it.
        std::string ask(std::string_view command);
        /// Greeting and EHLO or LHLO.
        void begin(std::string_view hello = "EHLO client.example");
        /// AUTH PLAIN.
        std::string login(std::string_view name = "alice@here.example", std::string_view secret = password);
        /// MAIL, RCPT and DATA for one recipient; the reply after the message, or the first that was no
        /// success.
        std::string deliver(std::string_view from, std::string_view to, std::string_view message);
        bool readable_now() const;
        void shut_down_writing();
        void hang_up();

    private:
        int m_socket;
        std::string m_read;
    };
    Client connect(ListenerKind kind = ListenerKind::mx) { return Client(connect_socket(kind)); }
    /// The client's end, the caller's to close.
    int connect_socket(ListenerKind kind);
    /// A connection whose client end is a Stream of the same loop: for TLS.
    net::Stream connect_stream(ListenerKind kind);
    /// Waits until every session has ended.
    void wait_for_sessions();

    config::Settings& settings() { return *m_settings; } ///< before connect()
    void make_certificate();
    void set_memory(std::uint64_t ceiling) { m_memory = std::make_unique<intake::MemoryBudget>(ceiling); }
    void set_resolver(net::Resolver* resolver) { m_resolver = resolver; }
    const intake::MemoryBudget& memory() const { return *m_memory; }
    net::Loop& loop() { return m_loop; }
    storage::MemoryEngine& engine() { return m_engine; }
    directory::Directory& directory() { return m_directory; }
    net::Connections& connections() { return m_connections; }

    template <class T>
    T wait(base::Task<T> task)
    {
        return base::sync_wait(m_loop, std::move(task));
    }
    /// What is in the INBOX, oldest first.
    std::vector<std::string> inbox(std::string_view address);
    /// Addresses in the queue.
    std::vector<std::string> queued();

private:
    void serve(net::Stream stream, ListenerKind kind);

    base::SystemClock m_clock;
    storage::MemoryEngine m_engine;
    net::Loop m_loop{"smtp-test"};
    directory::Directory m_directory;
    mailbox::Accounts m_accounts;
    queue::Spool m_spool;
    intake::Intake m_intake;
    std::unique_ptr<intake::MemoryBudget> m_memory = std::make_unique<intake::MemoryBudget>(1ULL << 30);
    net::Connections m_connections;
    std::unique_ptr<net::TlsCertificates> m_certificates;
    net::Resolver* m_resolver = nullptr;
    std::shared_ptr<config::Settings> m_settings = std::make_shared<config::Settings>();
    std::vector<std::unique_ptr<Dependencies>>
        m_dependencies; ///< one per connection, so that knobs may change
    std::string m_folder;

    std::mutex m_mutex;
    std::condition_variable m_ended;
    int m_sessions = 0;
};

} // namespace mansio::smtpd::test
