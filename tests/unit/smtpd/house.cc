#include "house.h"

#include "kit/setting_up.h"

#include "base/bytes.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mansio::smtpd::test {

House::House()
    : m_directory(m_engine, m_clock, directory::inline_hasher(), kit::quick_hashes())
    , m_accounts(m_engine, {&m_loop}, m_clock)
    , m_spool(m_engine, m_clock)
    , m_intake({m_engine, m_directory, m_accounts, m_spool, nullptr, m_clock}, {.hostname = "here.example"})
    , m_connections(net::ConnectionLimits{})
{
    m_settings->server.hostname = "here.example";
    m_settings->smtp.plaintext_login = true;
    m_settings->smtp.error_delay = std::chrono::milliseconds(0);
    m_settings->smtp.login_failure_delay = std::chrono::milliseconds(0);
    m_settings->smtp.mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"};
    m_loop.start();
    kit::expect(wait(m_spool.load()));
    kit::expect(wait(m_directory.add_domain("here.example")));
    kit::add_accounts(
        m_directory, [this](auto task) { return wait(std::move(task)); },
        {"alice@here.example", "bob@here.example"}, password);
    kit::expect(wait(m_directory.set_alias({"postmaster@here.example", {"alice@here.example"}})));
    kit::expect(
        wait(m_directory.set_alias({"sales@here.example", {"alice@here.example", "bob@here.example"}})));
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

std::vector<std::string> House::inbox(std::string_view address)
{
    auto found = wait(m_directory.find_account(std::string(address)));
    kit::expect(found);
    auto account = wait(m_accounts.open((*found)->id));
    kit::expect(account);
    auto list = wait((*account)->list());
    kit::expect(list);
    auto view = wait((*account)->view((*list)->find("INBOX")->id));
    kit::expect(view);
    std::vector<std::string> messages;
    for (std::size_t index = 0; index < (*view)->size(); ++index) {
        auto content = wait((*account)->read((*view)->at(index).blob));
        kit::expect(content);
        messages.push_back(*content);
    }
    return messages;
}

std::vector<std::string> House::queued()
{
    auto list = wait(m_spool.list());
    kit::expect(list);
    std::vector<std::string> addresses;
    for (const queue::QueuedMessage& message : *list)
        for (const queue::Recipient& recipient : message.recipients)
            addresses.push_back(recipient.forward_path);
    return addresses;
}

void House::make_certificate()
{
    m_folder = std::filesystem::temp_directory_path() / ("smtpd-test-" + base::random_token(8));
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
}

void House::serve(net::Stream stream, ListenerKind kind)
{
    {
        std::lock_guard lock(m_mutex);
        ++m_sessions;
    }
    auto ticket = m_connections.admit(stream.peer());
    ticket->attach(stream);
    m_dependencies.push_back(
        std::make_unique<Dependencies>(Dependencies{.intake = m_intake,
                                                    .directory = m_directory,
                                                    .memory = *m_memory,
                                                    .clock = m_clock,
                                                    .settings = [settings = m_settings] { return settings; },
                                                    .certificates = m_certificates.get(),
                                                    .connections = &m_connections,
                                                    .resolver = m_resolver}));
    base::spawn(m_loop, smtpd::serve(*m_dependencies.back(), std::move(stream), kind), "smtp session",
                [this, held = std::make_shared<net::Connections::Ticket>(std::move(*ticket))] {
                    std::lock_guard lock(m_mutex);
                    --m_sessions;
                    m_ended.notify_all();
                });
}

int House::connect_socket(ListenerKind kind)
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
    return sockets[1];
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

std::string House::Client::reply()
{
    std::string all;
    for (;;) {
        const std::string next = line();
        all += next;
        if (next.size() < 4 || next[3] != '-')
            return all;
        all += '|';
    }
}

std::string House::Client::ask(std::string_view command)
{
    send(std::string(command) + "\r\n");
    return reply();
}

void House::Client::begin(std::string_view hello)
{
    EXPECT_TRUE(reply().starts_with("220 "));
    EXPECT_TRUE(ask(hello).starts_with("250"));
}

std::string House::Client::login(std::string_view name, std::string_view secret)
{
    const std::string response = std::string(1, '\0') + std::string(name) + '\0' + std::string(secret);
    return ask("AUTH PLAIN " + base::base64_encode(response));
}

std::string House::Client::deliver(std::string_view from, std::string_view to, std::string_view message)
{
    for (const std::string& command : {"MAIL FROM:<" + std::string(from) + ">",
                                       "RCPT TO:<" + std::string(to) + ">", std::string("DATA")}) {
        const std::string answer = ask(command);
        if (answer[0] > '3' || answer[0] == '(')
            return answer;
    }
    send(message);
    return ask(".");
}

bool House::Client::readable_now() const
{
    pollfd ready{m_socket, POLLIN, 0};
    return !m_read.empty() || poll(&ready, 1, 0) > 0;
}

void House::Client::shut_down_writing()
{
    shutdown(m_socket, SHUT_WR);
}

void House::Client::hang_up()
{
    if (m_socket >= 0)
        ::close(std::exchange(m_socket, -1));
}

} // namespace mansio::smtpd::test
