#pragma once
#include "base/bytes.h"
#include "base/text.h"
#include "net/channel.h"
#include "net/connections.h"
#include "net/listener.h"
#include "net/tls.h"

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mansio::kit {

/// A remote SMTP server that does as it is told, on a port of 127.0.0.1 and a loop of its own. It keeps what
/// it was sent. Thread-safe for its test.
class SmtpSink {
public:
    /// How to behave on one connection. Stages: GREETING, or a verb, or BODY (in the middle of the message),
    /// or DOT (after it).
    struct Script {
        std::string greeting = "220 sink.example ESMTP";
        std::vector<std::string> extensions = {"PIPELINING", "SIZE 10000000", "8BITMIME",
                                               "DSN",        "SMTPUTF8",      "ENHANCEDSTATUSCODES"};
        /// Replies other than the usual ones, by stage, or "RCPT bob@b.example" for one recipient. "\n"
        /// divides lines; they are sent as they are.
        std::map<std::string, std::string> replies{};
        std::string hang_up_at{};    ///< closes instead of answering
        std::string hang_up_after{}; ///< answers, then closes
        std::string stall_at{};      ///< waits for release() before it answers
        std::string inject{};        ///< sent in the clear right behind the reply to STARTTLS
        bool break_tls = false;      ///< answers STARTTLS with 220 and then with no handshake
        std::string password{};      ///< what AUTH PLAIN must carry, as "user:password"; offers AUTH PLAIN
    };
    struct Mail {
        std::string from; ///< the whole argument of MAIL
        std::vector<std::string> to;
        std::string data; ///< as sent, dots still doubled, without the final dot
        bool tls = false;
    };

    /// The n-th connection follows the n-th script, later ones the last.
    explicit SmtpSink(std::vector<Script> scripts, const std::string& address = "127.0.0.1:0")
        : m_scripts(std::move(scripts))
    {
        m_listener = std::move(*net::Listener::open(m_loop, *net::Address::parse(address)));
        m_listener->serve([this](net::Stream stream) { begin(std::move(stream)); });
        m_loop.start();
    }
    explicit SmtpSink(Script script)
        : SmtpSink(std::vector<Script>{std::move(script)})
    {
    }
    SmtpSink()
        : SmtpSink(Script{})
    {
    }
    ~SmtpSink()
    {
        release();
        m_listener->stop();
        {
            // Sessions end before the loop does: nobody wakes them afterwards.
            std::unique_lock lock(m_mutex);
            while (m_active > 0) {
                m_open.close_all();
                m_changed.wait_for(lock, std::chrono::milliseconds(20));
            }
        }
        m_loop.stop();
        m_loop.join();
    }

    std::uint16_t port() const { return m_listener->local().port(); }
    std::vector<Mail> mails() const
    {
        std::lock_guard lock(m_mutex);
        return m_mails;
    }
    std::vector<std::string> commands() const
    {
        std::lock_guard lock(m_mutex);
        return m_commands;
    }
    std::size_t count(std::string_view verb) const
    {
        std::lock_guard lock(m_mutex);
        std::size_t found = 0;
        for (const std::string& command : m_commands)
            found += base::starts_with_icase(command, verb) ? 1 : 0;
        return found;
    }
    std::size_t connections() const
    {
        std::lock_guard lock(m_mutex);
        return m_connections;
    }
    /// False when fewer came within ten seconds.
    bool wait_for_mails(std::size_t wanted)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(10), [&] { return m_mails.size() >= wanted; });
    }
    bool wait_for_command(std::string_view verb)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(10), [&] {
            for (const std::string& command : m_commands)
                if (base::starts_with_icase(command, verb))
                    return true;
            return false;
        });
    }
    /// Lets everything that stalls go on, now and later.
    void release() { m_released = true; }
    /// Between commands only: what connections from now on do.
    void set_scripts(std::vector<Script> scripts)
    {
        std::lock_guard lock(m_mutex);
        m_scripts = std::move(scripts);
        m_used = 0;
    }

private:
    struct Session {
        net::Channel& channel;
        Script script;
        Mail mail{};
        bool mail_taken = false;
        bool over = false;
    };

    static net::Deadline soon() { return net::Deadline::after(std::chrono::seconds(20)); }

    void begin(net::Stream stream)
    {
        auto ticket = m_open.admit(stream.peer());
        ticket->attach(stream);
        {
            std::lock_guard lock(m_mutex);
            ++m_active;
        }
        auto session = serve(std::make_unique<net::Channel>(std::move(stream)), next_script());
        base::spawn(m_loop, std::move(session), "sink", [this, held = std::move(ticket)] {
            std::lock_guard lock(m_mutex);
            --m_active;
            m_changed.notify_all();
        });
    }

    Script next_script()
    {
        std::lock_guard lock(m_mutex);
        ++m_connections;
        const std::size_t i = std::min(m_used++, m_scripts.size() - 1);
        return m_scripts[i];
    }

    void note(std::string command)
    {
        std::lock_guard lock(m_mutex);
        m_commands.push_back(std::move(command));
        m_changed.notify_all();
    }

    /// Answers for a stage, or does what the script says instead.
    base::Task<void> answer(Session& session, std::string stage, std::string usual)
    {
        const net::Deadline patience = soon();
        while (session.script.stall_at == stage && !m_released && !patience.passed())
            co_await net::sleep_until(net::Deadline::after(std::chrono::milliseconds(5)));
        if (session.script.hang_up_at == stage) {
            session.over = true;
            session.channel.stream().close();
            co_return;
        }
        const auto other = session.script.replies.find(stage);
        if (other != session.script.replies.end())
            usual = other->second;
        for (const auto line : base::split(usual, '\n')) {
            session.channel.write(line);
            session.channel.write("\r\n");
        }
        auto flushed = co_await session.channel.flush(soon());
        if (session.script.hang_up_after == stage || !flushed || usual.starts_with("421")) {
            session.over = true;
            co_await session.channel.stream().finish(net::Deadline::after(std::chrono::milliseconds(200)));
        }
    }

    base::Task<void> serve(std::unique_ptr<net::Channel> channel, Script script)
    {
        Session session{.channel = *channel, .script = std::move(script)};
        co_await answer(session, "GREETING", session.script.greeting);
        while (!session.over) {
            auto line = co_await channel->read_line({8192}, soon());
            if (!line)
                break;
            note(line->text);
            co_await command(session, line->text);
        }
    }

    static std::string hello(const Script& script, bool extended)
    {
        std::vector<std::string> lines{"sink.example"};
        if (extended)
            lines.insert(lines.end(), script.extensions.begin(), script.extensions.end());
        if (extended && !script.password.empty())
            lines.emplace_back("AUTH PLAIN");
        std::string out;
        for (std::size_t i = 0; i < lines.size(); ++i)
            out += (i > 0 ? "\n" : "") + std::string(i + 1 < lines.size() ? "250-" : "250 ") + lines[i];
        return out;
    }

    base::Task<void> command(Session& session, std::string line)
    {
        const std::string verb = base::to_upper(line.substr(0, line.find(' ')));
        const std::string arguments = line.size() > verb.size() ? line.substr(verb.size() + 1) : "";
        std::string stage = verb;
        std::string usual = "250 2.0.0 ok";
        if (verb == "EHLO" || verb == "HELO")
            usual = hello(session.script, verb == "EHLO");
        else if (verb == "STARTTLS")
            usual =
                "220 2.0.0 go ahead" + (session.script.inject.empty() ? "" : "\n" + session.script.inject);
        else if (verb == "DATA")
            usual = session.mail.to.empty() ? "503 5.5.1 no recipient" : "354 go ahead";
        else if (verb == "QUIT")
            usual = "221 2.0.0 bye";
        else if (verb == "AUTH")
            usual = arguments == "PLAIN " + plain(session.script.password) ? "235 2.7.0 in" : "535 5.7.8 no";
        else if (verb == "MAIL")
            session.mail = {
                .from = arguments, .to = {}, .data = {}, .tls = session.channel.stream().is_tls()};
        else if (verb == "RCPT" && !session.mail_taken)
            usual = "503 5.5.1 MAIL first";
        else if (verb == "RCPT" && session.script.replies.contains("RCPT " + path(arguments)))
            stage = "RCPT " + path(arguments);
        const bool accepts = !session.script.replies.contains(stage) ||
                             session.script.replies.at(stage).starts_with('2') ||
                             session.script.replies.at(stage).starts_with('3');
        co_await answer(session, stage, usual);
        if (session.over)
            co_return;
        if (verb == "MAIL")
            session.mail_taken = accepts;
        if (verb == "RCPT" && accepts && session.mail_taken)
            session.mail.to.push_back(arguments);
        if (verb == "QUIT")
            session.over = true;
        if (verb == "STARTTLS" && accepts)
            co_await secure(session);
        const bool data_taken =
            accepts && !session.mail.to.empty() && !session.script.replies.contains("DATA");
        if (verb == "DATA" && (data_taken || forced(session.script)))
            co_await body(session);
    }

    static bool forced(const Script& script)
    {
        const auto reply = script.replies.find("DATA");
        return reply != script.replies.end() && reply->second.starts_with("354");
    }

    base::Task<void> body(Session& session)
    {
        for (;;) {
            auto line = co_await session.channel.read_line({100'000}, soon());
            if (!line) {
                session.over = true;
                co_return;
            }
            if (session.script.hang_up_at == "BODY") {
                session.over = true;
                session.channel.stream().close();
                co_return;
            }
            if (session.script.replies.contains("BODY")) { // says why and hangs up
                session.script.hang_up_after = "BODY";
                co_await answer(session, "BODY", "");
                co_return;
            }
            if (line->text == ".")
                break;
            session.mail.data += line->text + (line->ending == net::LineEnding::crlf ? "\r\n" : "\n");
        }
        note("DOT");
        const auto reply = session.script.replies.find("DOT");
        const bool takes = (reply == session.script.replies.end() || reply->second.starts_with('2')) &&
                           !session.mail.to.empty() && session.script.hang_up_at != "DOT";
        if (takes) {
            std::lock_guard lock(m_mutex);
            m_mails.push_back(session.mail);
        }
        co_await answer(session, "DOT", "250 2.0.0 taken");
        m_changed.notify_all();
    }

    base::Task<void> secure(Session& session)
    {
        if (session.script.break_tls) {
            auto hello =
                co_await session.channel.read_chunk(soon()); // the client's; earlier words would be injected
            co_await session.channel.stream().write_all(std::string_view("no TLS after all\r\n"), soon());
            session.channel.stream().close();
            session.over = true;
            co_return;
        }
        auto facts = co_await session.channel.stream().start_tls_server(server_tls(), soon());
        session.channel.drop_input();
        session.over = !facts;
    }

    static const net::TlsContext& server_tls()
    {
        static const net::TlsContext context = [] {
            const auto pair = net::make_self_signed("sink.example", {"localhost"});
            std::string folder = (std::filesystem::temp_directory_path() / "mansio-sink-XXXXXX").string();
            if (::mkdtemp(folder.data()) == nullptr)
                std::abort();
            std::ofstream(folder + "/cert.pem") << pair->certificate;
            std::ofstream(folder + "/key.pem") << pair->key;
            auto made = net::TlsContext::server(
                {.certificates = {{folder + "/cert.pem", folder + "/key.pem"}}, .alpn = {}});
            std::filesystem::remove_all(folder);
            return *made;
        }();
        return context;
    }

    static std::string path(std::string_view arguments)
    {
        const std::size_t begin = arguments.find('<') + 1;
        return std::string(arguments.substr(begin, arguments.find('>') - begin));
    }

    static std::string plain(const std::string& password)
    {
        const std::size_t colon = password.find(':');
        return base::base64_encode(std::string(1, '\0') + password.substr(0, colon) + std::string(1, '\0') +
                                   password.substr(colon + 1));
    }

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<Script> m_scripts;
    std::size_t m_used = 0;
    std::size_t m_connections = 0;
    std::size_t m_active = 0;
    net::Connections m_open{{.total = 0, .per_network = 0}};
    std::vector<std::string> m_commands;
    std::vector<Mail> m_mails;
    std::atomic<bool> m_released = false;
    net::Loop m_loop{"sink"};
    std::unique_ptr<net::Listener> m_listener;
};

} // namespace mansio::kit
