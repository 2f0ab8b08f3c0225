// Whole sessions: bytes thrown at a server in one of its states. The first byte of the input is the state.
#include "fuzz/house.h"
#include "fuzz/output.h"
#include "fuzz/target.h"

#include "admin/control_server.h"
#include "imapd/imapd.h"
#include "pop3d/server.h"
#include "smtpd/server.h"

#include <boost/json/parse.hpp>
#include <span>

namespace mansio::fuzz {
namespace {

// FF is "wait for the server" (house.h). The password is "secret"; AUTH PLAIN says so for alice.
#define WAIT "\xff"
#define PLAIN "AGFsaWNlQGhlcmUuZXhhbXBsZQBzZWNyZXQ="

constexpr std::string_view mx_states[] = {
    "",
    "EHLO c.example\r\n" WAIT,
    "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\n" WAIT,
    "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<sales@here.example>\r\n" WAIT,
    "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<alice@here.example>\r\nDATA\r\n" WAIT,
    "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<alice@here.example>\r\nBDAT 20\r\nFrom: <a@b.example>\r" WAIT,
    "EHLO c.example\r\nSTARTTLS\r\n" WAIT,
    "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<alice@here.example>\r\nDATA\r\nFrom: "
    "<a@b.example>\r\n",
};
constexpr std::string_view submission_states[] = {
    "",
    "EHLO c.example\r\n" WAIT,
    "EHLO c.example\r\nAUTH PLAIN " PLAIN "\r\n" WAIT,
    "EHLO c.example\r\nAUTH PLAIN " PLAIN "\r\nMAIL FROM:<alice@here.example>\r\n" WAIT,
    "EHLO c.example\r\nAUTH PLAIN " PLAIN
    "\r\nMAIL FROM:<alice@here.example>\r\nRCPT TO:<x@far.example>\r\n" WAIT,
    "EHLO c.example\r\nAUTH PLAIN " PLAIN "\r\nMAIL FROM:<alice@here.example>\r\nRCPT "
    "TO:<bob@here.example>\r\nRCPT TO:<x@far.example>\r\nDATA\r\n" WAIT "From: alice@here.example\r\n",
    "EHLO c.example\r\nAUTH LOGIN\r\n" WAIT,
    "EHLO c.example\r\nAUTH SCRAM-SHA-256 biwsbj1hbGljZUBoZXJlLmV4YW1wbGUscj1ub25jZQ==\r\n" WAIT,
    "EHLO c.example\r\nAUTH CRAM-MD5\r\n" WAIT,
};
constexpr std::string_view lmtp_states[] = {
    "",
    "LHLO c.example\r\n" WAIT,
    "LHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<alice@here.example>\r\nRCPT "
    "TO:<bob@here.example>\r\n" WAIT,
    "LHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<alice@here.example>\r\nRCPT "
    "TO:<bob@here.example>\r\n"
    "DATA\r\n" WAIT,
};
constexpr std::string_view imap_states[] = {
    "",
    "p1 LOGIN alice@here.example secret\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 SELECT INBOX\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 EXAMINE INBOX\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 ENABLE QRESYNC\r\np3 SELECT INBOX (QRESYNC (1 1))\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 ENABLE IMAP4rev2\r\np3 SELECT INBOX\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 SELECT INBOX\r\np3 IDLE\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 APPEND Archive (\\Seen) {40}\r\n" WAIT,
    "p1 AUTHENTICATE PLAIN\r\n" WAIT,
    "p1 STARTTLS\r\n" WAIT,
    "p1 LOGIN alice@here.example secret\r\np2 SELECT INBOX\r\np3 STORE 1:2 +FLAGS (\\Deleted)\r\n" WAIT,
};
constexpr std::string_view pop3_states[] = {
    "",
    "USER alice@here.example\r\n" WAIT,
    "USER alice@here.example\r\nPASS secret\r\n" WAIT,
    "USER alice@here.example\r\nPASS secret\r\nDELE 1\r\n" WAIT,
    "UTF8\r\nUSER alice@here.example\r\nPASS secret\r\n" WAIT,
    "AUTH PLAIN\r\n" WAIT,
    "STLS\r\n" WAIT,
};

std::shared_ptr<config::Settings> settings()
{
    using namespace std::chrono_literals;
    auto made = std::make_shared<config::Settings>();
    made->server.hostname = "here.example";
    made->smtp.plaintext_login = made->imap.plaintext_login = made->pop3.plaintext_login = true;
    made->smtp.error_delay = 0ms;
    made->smtp.login_failure_delay = made->imap.login_failure_delay = made->pop3.login_failure_delay = 0ms;
    const std::vector<std::string> all = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "CRAM-MD5", "PLAIN",
                                          "LOGIN"};
    made->smtp.mechanisms = made->imap.mechanisms = made->pop3.mechanisms = all;
    made->smtp.vrfy = true;
    made->smtp.max_message_size = 4096;
    made->smtp.max_recipients = 8;
    made->smtp.max_command_line = 300;
    made->imap.max_append_size = 4096;
    made->imap.max_line = 512;
    made->imap.max_command_size = 1024;
    made->imap.max_literals = 8;
    made->pop3.apop = true;
    made->pop3.max_line = 300;
    return made;
}

const std::shared_ptr<config::Settings>& all_settings()
{
    static const auto made = settings();
    return made;
}

/// The state and what is said in it.
struct Opening {
    std::string_view prologue;
    std::string_view input;
    bool hung_up = false;
    bool faulty = false; ///< a commit or read is made to fail

    Opening(std::string_view all, std::span<const std::string_view> states)
    {
        Taste taste(all);
        prologue = states[taste.byte() % states.size()];
        input = taste.rest();
        hung_up = input.find('\xfe') != input.npos;
        faulty = input.find_first_of("\xfc\xfb") != input.npos;
    }
};

void smtp_session(std::string_view all, std::span<const std::string_view> states, smtpd::ListenerKind kind)
{
    const Opening opening(all, states);
    House house;
    smtpd::Dependencies server{.intake = house.intake(),
                               .directory = house.directory(),
                               .memory = house.budget(),
                               .clock = house.clock(),
                               .settings = all_settings,
                               .certificates = &certificates(),
                               .connections = &house.connections(),
                               .recorder = &house.recorder()};
    const House::Heard heard =
        house.converse([&](net::Stream stream) { return smtpd::serve(server, std::move(stream), kind); },
                       opening.prologue, opening.input);
    const SmtpOutput output = check_smtp_output(heard.words, opening.hung_up);
    require(output.accepted <= heard.accepted, "what was promised is kept");
    require(opening.hung_up || opening.faulty || output.accepted == heard.accepted,
            "what is kept was promised");
}

void mx(std::string_view input)
{
    smtp_session(input, mx_states, smtpd::ListenerKind::mx);
}
void submission(std::string_view input)
{
    smtp_session(input, submission_states, smtpd::ListenerKind::submission);
}
void lmtp(std::string_view input)
{
    smtp_session(input, lmtp_states, smtpd::ListenerKind::lmtp);
}

std::shared_ptr<const config::ImapSettings> imap_settings()
{
    return {all_settings(), &all_settings()->imap};
}

void imap(std::string_view all)
{
    const Opening opening(all, imap_states);
    House house;
    imapd::Imapd server{.directory = house.directory(),
                        .accounts = house.accounts(),
                        .recorder = &house.recorder(),
                        .clock = house.clock(),
                        .budget = house.budget(),
                        .connections = house.connections(),
                        .certificates = &certificates(),
                        .settings = imap_settings,
                        .hostname = "here.example"};
    const House::Heard heard = house.converse(
        [&](net::Stream stream) {
            return imapd::serve(server, std::move(stream), imapd::ListenerKind::plain);
        },
        opening.prologue, opening.input);
    check_imap_output(heard.words, std::string(opening.prologue) + std::string(opening.input),
                      opening.hung_up);
}

void pop3(std::string_view all)
{
    const Opening opening(all, pop3_states);
    House house;
    pop3d::Dependencies server{.directory = house.directory(),
                               .accounts = house.accounts(),
                               .clock = house.clock(),
                               .settings = all_settings,
                               .certificates = &certificates(),
                               .connections = &house.connections(),
                               .recorder = &house.recorder()};
    const House::Heard heard = house.converse(
        [&](net::Stream stream) {
            return pop3d::serve(server, std::move(stream), pop3d::ListenerKind::plain);
        },
        opening.prologue, opening.input);
    check_pop3_output(heard.words, opening.hung_up);
}

void control(std::string_view input)
{
    House house;
    const House::Heard heard = house.converse(
        [&](net::Stream stream) { return admin::serve_control(house.admin(), std::move(stream)); }, "",
        input);
    for (Taste lines(heard.words); !lines.done();) {
        const std::string_view line = lines.line();
        boost::system::error_code error;
        const boost::json::value answer = boost::json::parse(line, error);
        const bool cut = lines.done() && input.find('\xfe') != input.npos;
        require(cut || (!error && answer.is_object()), "an answer is an object");
        require(cut || answer.get_object().contains("result") != answer.get_object().contains("error"),
                "an answer is a result or an error");
    }
}

const Register targets[] = {
    Register({"session-mx", mx, "smtp", 1024}),
    Register({"session-submission", submission, "smtp", 1024}),
    Register({"session-lmtp", lmtp, "smtp", 1024}),
    Register({"session-imap", imap, "imap", 1024}),
    Register({"session-pop3", pop3, "pop3", 512}),
    Register({"session-control", control, "control", 512}),
};

} // namespace
} // namespace mansio::fuzz
