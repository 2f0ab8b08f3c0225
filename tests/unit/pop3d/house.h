#pragma once
#include "base/task.h"
#include "directory/directory.h"
#include "mailbox/accounts.h"
#include "net/loop.h"
#include "pop3d/server.h"
#include "storage/memory_engine.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::pop3d::test {

inline constexpr std::string_view password = "correct horse 7";

/// The three messages of alice's INBOX: 44, 60 and 49 octets. The second has dots at line starts, the third
/// UTF-8 in its header.
extern const std::vector<std::string> messages;

/// A POP3 server without a listener: memory store, alice@here.example with `messages`, bob@here.example with
/// none. bob keeps a recoverable secret. Connections are socket pairs; sessions run on one loop.
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
        /// Sends a line and gives back the first line of the answer.
        std::string ask(std::string_view command);
        /// Lines up to the one with a dot, that left out, dots undone, joined with CRLF after each.
        std::string lines();
        void login(std::string_view name = "alice@here.example");
        void hang_up();

    private:
        int m_socket;
        std::string m_read;
    };
    Client connect(ListenerKind kind = ListenerKind::plain);
    /// A connection whose client end is a Stream of the same loop: for TLS.
    net::Stream connect_stream(ListenerKind kind);
    /// Waits until every session has ended.
    void wait_for_sessions();

    config::Settings& settings() { return *m_settings; } ///< before connect()
    void make_certificate();
    net::Loop& loop() { return m_loop; }
    storage::MemoryEngine& engine() { return m_engine; }
    directory::Directory& directory() { return m_directory; }
    net::Connections& connections() { return m_connections; }

    template <class T>
    T wait(base::Task<T> task)
    {
        return base::sync_wait(m_loop, std::move(task));
    }
    void append(std::string_view address, std::string content);
    /// Subjects of what is in the INBOX now.
    std::vector<std::string> inbox(std::string_view address);
    std::shared_ptr<mailbox::Account> account(std::string_view address);

private:
    void serve(net::Stream stream, ListenerKind kind);
    mailbox::MailboxId inbox_id(mailbox::Account& account);

    base::SystemClock m_clock;
    storage::MemoryEngine m_engine;
    net::Loop m_loop{"pop3-test"};
    directory::Directory m_directory;
    mailbox::Accounts m_accounts;
    net::Connections m_connections;
    std::unique_ptr<net::TlsCertificates> m_certificates;
    std::shared_ptr<config::Settings> m_settings = std::make_shared<config::Settings>();
    Dependencies m_dependencies;
    std::string m_folder;

    std::mutex m_mutex;
    std::condition_variable m_ended;
    int m_sessions = 0;
};

} // namespace mansio::pop3d::test
