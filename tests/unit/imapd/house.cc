#include "house.h"

#include "kit/setting_up.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>

namespace mansio::imapd::test {
namespace {

base::Task<bool> wait_for(base::Promise<bool> promise)
{
    co_return co_await promise.wait();
}

} // namespace

House::House()
    : m_directory(m_engine, m_clock, directory::inline_hasher(), kit::quick_hashes())
    , m_accounts(m_engine, {&m_owner}, m_clock, {.check_on_close = true})
    , m_imapd{.directory = m_directory,
              .accounts = m_accounts,
              .recorder = nullptr,
              .clock = m_clock,
              .budget = m_budget,
              .connections = m_connections,
              .certificates = nullptr,
              .settings = [this] { return m_settings; },
              .hostname = "here.example",
              .workers = &m_workers}
{
    m_settings->plaintext_login = true;
    m_settings->login_failure_delay = std::chrono::milliseconds(0);
    m_owner.start();
    m_loop.start();
    kit::expect(wait(m_directory.add_domain("here.example")));
    kit::add_accounts(
        m_directory, [this](auto task) { return wait(std::move(task)); },
        {"alice@here.example", "bob@here.example"}, "secret");
}

House::~House()
{
    m_connections.close_all();
    wait_for_sessions();
    kit::expect(wait(m_accounts.flush()));
    m_loop.stop();
    m_loop.join();
    m_owner.stop();
    m_owner.join();
    if (!m_folder.empty())
        std::filesystem::remove_all(m_folder);
}

void House::wait_for_sessions()
{
    std::unique_lock lock(m_mutex);
    if (!m_ended.wait_for(lock, std::chrono::seconds(20), [this] { return m_sessions == 0; }))
        ADD_FAILURE() << m_sessions << " sessions did not end";
}

void House::serve(net::Stream stream, ListenerKind kind)
{
    {
        std::lock_guard lock(m_mutex);
        ++m_sessions;
    }
    base::spawn(m_loop, imapd::serve(m_imapd, std::move(stream), kind), "imap session", [this] {
        std::lock_guard lock(m_mutex);
        --m_sessions;
        m_ended.notify_all();
    });
}

int House::connect(ListenerKind kind)
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
    wait(wait_for(started));
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

void House::make_certificate()
{
    m_folder = std::filesystem::temp_directory_path() / fmt::format("imapd-test-{}", getpid());
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
    m_imapd.certificates = m_certificates.get();
}

std::shared_ptr<mailbox::Account> House::account(std::string_view address)
{
    auto found = wait(m_directory.find_account(std::string(address)));
    kit::expect(found);
    auto opened = wait(m_accounts.open((*found)->id));
    kit::expect(opened);
    return *opened;
}

kit::Wire House::logged_in()
{
    kit::Wire wire(connect());
    EXPECT_TRUE(wire.line().starts_with("* OK [CAPABILITY "));
    EXPECT_TRUE(command(wire, "l", "LOGIN alice@here.example secret").starts_with("l OK "));
    return wire;
}

std::string House::probe()
{
    kit::Wire wire(connect());
    if (const auto greeting = wire.line(); !greeting.starts_with("* OK "))
        return "greeting: " + greeting;
    for (const char* text : {"LOGIN bob@here.example secret", "SELECT INBOX", "LOGOUT"})
        if (const auto answer = command(wire, "p", text); !answer.contains("p OK "))
            return answer;
    return {};
}

std::string command(kit::Wire& wire, std::string_view tag, std::string_view text)
{
    wire.send(fmt::format("{} {}\r\n", tag, text));
    std::string all;
    for (;;) {
        const auto line = wire.line();
        all += line + '\n';
        if (line.starts_with(fmt::format("{} ", tag)) || line.ends_with("(closed)") ||
            line.ends_with("(nothing)"))
            return all;
    }
}

std::string append(kit::Wire& wire, std::string_view mailbox, std::string_view message)
{
    return command(wire, "app", fmt::format("APPEND {} {{{}+}}\r\n{}", mailbox, message.size(), message));
}

} // namespace mansio::imapd::test
