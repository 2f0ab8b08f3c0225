#include "house.h"

#include "kit/setting_up.h"

#include "storage/engine.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mansio::pop3d::test {

const std::vector<std::string> messages = {
    "From: <a@b.example>\r\nSubject: one\r\n\r\nHello\r\n",
    "From: <a@b.example>\r\nSubject: two\r\n\r\nfirst\r\n.\r\n..two\r\nlast\r\n",
    "From: <a@b.example>\r\nSubject: f\xc3\xbcr drei\r\n\r\nbody\r\n",
};

House::House()
    : m_directory(m_engine, m_clock, directory::inline_hasher(), kit::quick_hashes())
    , m_accounts(m_engine, {&m_loop}, m_clock)
    , m_connections(net::ConnectionLimits{})
    , m_dependencies{.directory = m_directory,
                     .accounts = m_accounts,
                     .clock = m_clock,
                     .settings = [this] { return m_settings; },
                     .connections = &m_connections}
{
    m_settings->server.hostname = "here.example";
    m_settings->pop3.plaintext_login = true;
    m_settings->pop3.login_failure_delay = std::chrono::milliseconds(0);
    m_loop.start();
    kit::expect(wait(m_directory.add_domain("here.example")));
    kit::add_accounts(
        m_directory, [this](auto task) { return wait(std::move(task)); },
        {"alice@here.example", "bob@here.example"}, password);
    for (const auto& message : messages)
        append("alice@here.example", message);
}

House::~House()
{
    m_connections.close_all();
    wait_for_sessions();
    m_loop.stop();
    m_loop.join();
    if (!m_folder.empty())
        std::filesystem::remove_all(m_folder);
}

std::shared_ptr<mailbox::Account> House::account(std::string_view address)
{
    auto found = wait(m_directory.find_account(std::string(address)));
    kit::expect(found);
    auto opened = wait(m_accounts.open((*found)->id));
    kit::expect(opened);
    return *opened;
}

mailbox::MailboxId House::inbox_id(mailbox::Account& account)
{
    auto list = wait(account.list());
    kit::expect(list);
    return (*list)->find("INBOX")->id;
}

void House::append(std::string_view address, std::string content)
{
    const auto owner = account(address);
    mailbox::NewMessage message;
    message.blob = storage::BlobId::of(content);
    message.content = std::make_shared<const std::string>(std::move(content));
    std::vector<mailbox::NewMessage> list;
    list.push_back(std::move(message));
    const auto inbox = inbox_id(*owner);
    kit::expect(wait(owner->append(inbox, std::move(list), {})));
}

std::vector<std::string> House::inbox(std::string_view address)
{
    const auto owner = account(address);
    const auto inbox = inbox_id(*owner);
    auto view = wait(owner->view(inbox));
    kit::expect(view);
    std::vector<std::string> subjects;
    for (std::size_t index = 0; index < (*view)->size(); ++index) {
        const auto blob = (*view)->at(index).blob;
        auto content = wait(owner->read(blob));
        kit::expect(content);
        const auto from = content->find("Subject: ") + 9;
        subjects.push_back(content->substr(from, content->find("\r\n", from) - from));
    }
    return subjects;
}

void House::make_certificate()
{
    m_folder = std::filesystem::temp_directory_path() / ("pop3d-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(m_folder);
    auto pair = net::make_self_signed("here.example");
    kit::expect(pair);
    std::ofstream(m_folder + "/certificate.pem") << pair->certificate;
    std::ofstream(m_folder + "/key.pem") << pair->key;
    net::TlsServerSettings files{.certificates = {{m_folder + "/certificate.pem", m_folder + "/key.pem"}},
                                 .alpn = {}};
    auto certificates = net::TlsCertificates::open(std::move(files));
    kit::expect(certificates);
    m_certificates = std::move(*certificates);
    m_dependencies.certificates = m_certificates.get();
}

void House::serve(net::Stream stream, ListenerKind kind)
{
    {
        std::lock_guard lock(m_mutex);
        ++m_sessions;
    }
    auto ticket = m_connections.admit(stream.peer());
    ticket->attach(stream);
    base::spawn(m_loop, pop3d::serve(m_dependencies, std::move(stream), kind), "pop3 session",
                [this, held = std::make_shared<net::Connections::Ticket>(std::move(*ticket))] {
                    std::lock_guard lock(m_mutex);
                    --m_sessions;
                    m_ended.notify_all();
                });
}

House::Client House::connect(ListenerKind kind)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        throw std::runtime_error("socketpair");
    base::Promise<bool> started;
    m_loop.post([this, kind, started, socket = sockets[0]] {
        auto stream = net::Stream::adopt(m_loop, socket);
        kit::expect(stream);
        serve(std::move(*stream), kind);
        started.set(true);
    });
    wait([](base::Promise<bool> promise) -> base::Task<bool> { co_return co_await promise.wait(); }(started));
    return Client(sockets[1]);
}

net::Stream House::connect_stream(ListenerKind kind)
{
    auto ends = net::stream_pair(m_loop, m_loop);
    m_loop.post([this, kind, stream = std::make_shared<net::Stream>(std::move(ends.first))] {
        serve(std::move(*stream), kind);
    });
    return std::move(ends.second);
}

void House::wait_for_sessions()
{
    std::unique_lock lock(m_mutex);
    if (!m_ended.wait_for(lock, std::chrono::seconds(20), [this] { return m_sessions == 0; }))
        ADD_FAILURE() << m_sessions << " sessions did not end";
}

void House::Client::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string House::Client::line()
{
    for (;;) {
        if (const auto end = m_read.find("\r\n"); end != std::string::npos) {
            std::string line = m_read.substr(0, end);
            m_read.erase(0, end + 2);
            return line;
        }
        pollfd ready{m_socket, POLLIN, 0};
        if (poll(&ready, 1, 10'000) <= 0)
            return "(nothing)";
        char bytes[65536];
        const auto got = recv(m_socket, bytes, sizeof bytes, 0);
        if (got <= 0)
            return m_read.empty() ? "(closed)" : std::exchange(m_read, {}) + " (closed)";
        m_read.append(bytes, static_cast<std::size_t>(got));
    }
}

std::string House::Client::ask(std::string_view command)
{
    send(std::string(command) + "\r\n");
    return line();
}

std::string House::Client::lines()
{
    std::string all;
    for (;;) {
        auto next = line();
        if (next == "." || next.ends_with("(closed)") || next == "(nothing)")
            return next == "." ? all : all + next;
        if (next.starts_with('.'))
            next.erase(0, 1);
        all += next + "\r\n";
    }
}

void House::Client::login(std::string_view name)
{
    EXPECT_TRUE(line().starts_with("+OK"));
    EXPECT_TRUE(ask("USER " + std::string(name)).starts_with("+OK"));
    EXPECT_TRUE(ask("PASS " + std::string(password)).starts_with("+OK"));
}

void House::Client::hang_up()
{
    if (m_socket >= 0)
        ::close(std::exchange(m_socket, -1));
}

} // namespace mansio::pop3d::test
