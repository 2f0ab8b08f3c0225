#include "house.h"
#include "net/channel.h"
#include "wire/sasl/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>
#include <thread>

using namespace mansio;
using namespace mansio::imapd::test;
using imapd::ListenerKind;

namespace {

std::string last_line(std::string answer)
{
    answer.pop_back();
    return answer.substr(answer.rfind('\n') + 1);
}

struct TlsTalk {
    bool handshake = false;
    std::string first;  ///< the greeting, or what came in the clear
    std::string answer; ///< to CAPABILITY under TLS
};

/// Port 993, or STARTTLS with `behind` sent in the same packet.
base::Task<TlsTalk> talk_tls(net::Stream stream, ListenerKind kind, std::string behind)
{
    TlsTalk talk;
    const auto deadline = base::Deadline::after(std::chrono::seconds(10));
    net::Channel channel(std::move(stream));
    if (kind == ListenerKind::plain) {
        auto greeting = co_await channel.read_line({4096}, deadline);
        talk.first = greeting ? greeting->text : "";
        channel.write("a STARTTLS\r\n" + behind);
        auto answer = co_await channel.read_line({4096}, deadline);
        talk.answer = answer ? answer->text : "(closed)";
        if (!talk.answer.starts_with("a OK"))
            co_return talk;
    }
    auto context = net::TlsContext::client();
    auto facts = co_await channel.stream().start_tls_client(
        *context, {.server_name = "here.example", .alpn = {}}, deadline);
    talk.handshake = facts.has_value();
    if (!facts)
        co_return talk;
    if (kind == ListenerKind::tls) {
        auto greeting = co_await channel.read_line({4096}, deadline);
        talk.first = greeting ? greeting->text : "(closed)";
    }
    channel.write("b CAPABILITY\r\n");
    auto answer = co_await channel.read_line({4096}, deadline);
    talk.answer = answer ? answer->text : "(closed)";
    co_return talk;
}

} // namespace

TEST(ImapTls, ComesFirstOn993AndOffersTheBoundMechanism)
{
    House house;
    house.make_certificate();
    auto stream = house.connect_stream(ListenerKind::tls);
    const auto talk = house.wait(talk_tls(std::move(stream), ListenerKind::tls, ""));
    EXPECT_TRUE(talk.handshake);
    EXPECT_TRUE(talk.first.starts_with("* OK [CAPABILITY ")) << talk.first;
    EXPECT_TRUE(talk.answer.contains("AUTH=SCRAM-SHA-256-PLUS ")) << talk.answer;
    EXPECT_FALSE(talk.answer.contains("STARTTLS")) << talk.answer;
}

TEST(ImapTls, AHandshakeThatDoesNotComeIsNotWaitedForAsLongAsALogin)
{
    House house;
    house.make_certificate();
    house.settings().login_timeout = std::chrono::minutes(3);
    house.imapd().handshake_timeout = [] { return std::chrono::milliseconds(50); };
    auto stream = house.connect_stream(ListenerKind::tls);
    auto ended = house.wait(stream.wait_readable(base::Deadline::after(std::chrono::seconds(10))));
    ASSERT_TRUE(ended) << ended.error().cause;
    char byte;
    auto nothing = house.wait(stream.read_some(&byte, 1, base::Deadline::after(std::chrono::seconds(10))));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().fault, base::Fault::closed);
}

TEST(ImapTls, StartTlsOpensTheWayToPasswords)
{
    House house;
    house.make_certificate();
    house.settings().plaintext_login = false;
    auto stream = house.connect_stream(ListenerKind::plain);
    const auto talk = house.wait(talk_tls(std::move(stream), ListenerKind::plain, ""));
    EXPECT_TRUE(talk.first.contains("STARTTLS LOGINDISABLED")) << talk.first;
    EXPECT_FALSE(talk.first.contains("AUTH=PLAIN")) << talk.first;
    EXPECT_TRUE(talk.handshake);
    EXPECT_TRUE(talk.answer.contains("AUTH=PLAIN")) << talk.answer;
    EXPECT_FALSE(talk.answer.contains("LOGINDISABLED")) << talk.answer;
}

TEST(ImapTls, BytesBehindStartTlsEndTheSession)
{
    House house;
    house.make_certificate();
    auto stream = house.connect_stream(ListenerKind::plain);
    const auto talk =
        house.wait(talk_tls(std::move(stream), ListenerKind::plain, "b LOGIN alice@here.example secret\r\n"));
    EXPECT_FALSE(talk.handshake);
    EXPECT_TRUE(talk.answer.starts_with("* BYE")) << talk.answer;
}

TEST(ImapLogin, PasswordsAreRefusedInTheClear)
{
    House house;
    house.settings().plaintext_login = false;
    kit::Wire wire(house.connect());
    EXPECT_TRUE(wire.line().contains(" LOGINDISABLED"));
    EXPECT_EQ(command(wire, "a", "LOGIN alice@here.example secret"),
              "a NO [PRIVACYREQUIRED] not without TLS\n");
    EXPECT_EQ(command(wire, "b", "AUTHENTICATE PLAIN AGEAYg=="), "b NO [PRIVACYREQUIRED] not without TLS\n");
    EXPECT_EQ(command(wire, "c", "LOGIN {5}"), "c NO [PRIVACYREQUIRED] not without TLS\n")
        << "no literal is asked for";
    EXPECT_EQ(command(wire, "d", "LOGIN {5+}\r\nalice {6+}\r\nsecret"),
              "d NO [PRIVACYREQUIRED] not without TLS\n");
    EXPECT_EQ(command(wire, "e", "NOOP"), "e OK nothing done\n");
}

TEST(ImapLogin, TooManyFailuresEndTheSession)
{
    House house;
    kit::Wire wire(house.connect());
    wire.line();
    for (int i = 0; i < 2; ++i)
        EXPECT_TRUE(
            command(wire, "a", "LOGIN alice@here.example no").starts_with("a NO [AUTHENTICATIONFAILED]"));
    EXPECT_TRUE(command(wire, "a", "LOGIN alice@here.example no").starts_with("a NO [AUTHENTICATIONFAILED]"));
    EXPECT_TRUE(wire.line().starts_with("* BYE"));
    EXPECT_EQ(wire.line(), "(closed)");
}

TEST(ImapLogin, AnAccountsSessionsAreLimitedAndTheLimitIsNamed)
{
    House house;
    house.settings().max_connections_per_user = 1;
    auto first = house.logged_in();
    kit::Wire second(house.connect());
    second.line();
    EXPECT_TRUE(command(second, "a", "LOGIN alice@here.example secret").starts_with("a NO [LIMIT]"));
    EXPECT_TRUE(command(second, "b", "LOGIN bob@here.example secret").starts_with("b OK"));
    command(first, "x", "LOGOUT");
    first.hang_up();
    second.hang_up();
    house.wait_for_sessions();
    house.logged_in();
}

TEST(ImapLogin, ADisabledAccountCannotLogIn)
{
    House house;
    ASSERT_TRUE(
        house.wait(house.directory().set_state("alice@here.example", directory::AccountState::disabled)));
    kit::Wire wire(house.connect());
    wire.line();
    EXPECT_TRUE(
        command(wire, "a", "LOGIN alice@here.example secret").starts_with("a NO [AUTHENTICATIONFAILED]"));
}

TEST(ImapDeadlines, ALoginThatDoesNotComeEndsTheSession)
{
    House house;
    house.settings().login_timeout = std::chrono::milliseconds(50);
    kit::Wire wire(house.connect());
    wire.line();
    EXPECT_EQ(wire.line(), "* BYE no login in time");
    EXPECT_EQ(wire.line(), "(closed)");
}

TEST(ImapDeadlines, IdlingForTooLongEndsTheSession)
{
    House house;
    house.settings().idle_timeout = std::chrono::milliseconds(50);
    auto wire = house.logged_in();
    EXPECT_EQ(wire.line(), "* BYE idle for too long");
    auto idle = house.logged_in();
    command(idle, "s", "SELECT INBOX");
    idle.send("i IDLE\r\n");
    EXPECT_EQ(idle.line(), "+ idling");
    EXPECT_EQ(idle.line(), "* BYE idle for too long");
}

TEST(ImapIdle, ACommandInsteadOfDoneIsNotLost)
{
    House house;
    auto wire = house.logged_in();
    wire.send("i IDLE\r\nj NOOP\r\nk IDLE\r\nDONE\r\n");
    EXPECT_EQ(wire.line(), "+ idling");
    EXPECT_EQ(wire.line(), "i BAD DONE was expected");
    EXPECT_TRUE(wire.line().starts_with("j OK"));
    EXPECT_EQ(wire.line(), "+ idling");
    EXPECT_TRUE(wire.line().starts_with("k OK"));
}

TEST(ImapIdle, TheSessionEndsWhenItsMailboxIsDeleted)
{
    House house;
    auto idle = house.logged_in();
    auto other = house.logged_in();
    command(idle, "c", "CREATE gone");
    command(idle, "s", "SELECT gone");
    idle.send("i IDLE\r\n");
    EXPECT_EQ(idle.line(), "+ idling");
    command(other, "d", "DELETE gone");
    EXPECT_EQ(idle.line(), "* BYE [UNAVAILABLE] the mailbox was deleted");
    EXPECT_EQ(idle.line(), "(closed)");
}

TEST(ImapCommands, AnOverlongLineIsAnsweredWithItsTag)
{
    House house;
    auto wire = house.logged_in();
    wire.send("long NOOP " + std::string(house.settings().max_line, '(') + "\r\n");
    EXPECT_EQ(wire.line(), "long BAD line too long");
}

TEST(ImapDeadlines, IdleShowsSignsOfLife)
{
    House house;
    house.settings().idle_notify = std::chrono::milliseconds(20);
    auto wire = house.logged_in();
    wire.send("i IDLE\r\n");
    EXPECT_EQ(wire.line(), "+ idling");
    EXPECT_EQ(wire.line(), "* OK still here");
    EXPECT_EQ(wire.line(), "* OK still here");
}

TEST(ImapShutdown, EverybodyHearsBye)
{
    House house;
    auto waiting = house.logged_in();
    auto idle = house.logged_in();
    idle.send("i IDLE\r\n");
    idle.line();
    house.connections().begin_drain();
    EXPECT_EQ(waiting.line(), "* BYE [UNAVAILABLE] the server is going down");
    EXPECT_EQ(idle.line(), "* BYE [UNAVAILABLE] the server is going down");
    waiting.hang_up();
    idle.hang_up();
    house.wait_for_sessions();
    kit::Wire late(house.connect());
    EXPECT_TRUE(late.line().starts_with("* BYE [UNAVAILABLE]"));
}

TEST(ImapAppend, IsDurableBeforeOk)
{
    House house;
    auto wire = house.logged_in();
    append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n");
    house.engine().hold_syncs(true);
    const std::string message = "Subject: y\r\n\r\nsecond\r\n";
    wire.send(fmt::format("a APPEND INBOX {{{}+}}\r\n{}\r\n", message.size(), message));
    while (house.engine().waiting() == 0)
        std::this_thread::yield();
    pollfd ready{wire.socket(), POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 50), 0) << "nothing is said while the commit is not synced";
    house.engine().hold_syncs(false);
    EXPECT_TRUE(wire.line().starts_with("a OK [APPENDUID "));
}

TEST(ImapAppend, AFullDiskIsNoReasonToLose)
{
    House house;
    auto wire = house.logged_in();
    house.engine().set_capacity(house.engine().used());
    EXPECT_TRUE(append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n").starts_with("app NO [UNAVAILABLE]"));
    house.engine().set_capacity(UINT64_MAX);
    EXPECT_TRUE(append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n").starts_with("app OK"));
    EXPECT_EQ(command(wire, "s", "STATUS INBOX (MESSAGES)"),
              "* STATUS INBOX (MESSAGES 1)\ns OK status told\n");
}

TEST(ImapAppend, KeepsTheQuota)
{
    House house;
    ASSERT_TRUE(house.wait(house.directory().set_quota("alice@here.example", 30, 0)));
    auto wire = house.logged_in();
    EXPECT_TRUE(append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n").starts_with("app OK"));
    EXPECT_TRUE(append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n").starts_with("app NO [OVERQUOTA]"));
}

TEST(ImapFetch, LargeMessagesComeWhole)
{
    House house;
    auto wire = house.logged_in();
    std::string body = "Subject: big\r\n\r\n";
    for (int i = 0; body.size() < 700'000; ++i)
        body += fmt::format("line {}\r\n", i);
    ASSERT_TRUE(append(wire, "INBOX", body).starts_with("app OK"));
    command(wire, "s", "SELECT INBOX");
    wire.send("f FETCH 1 (UID BODY.PEEK[] FLAGS)\r\n");
    EXPECT_EQ(wire.line(), fmt::format("* 1 FETCH (UID 1 BODY[] {{{}}}", body.size()));
    EXPECT_EQ(wire.bytes(body.size()), body);
    EXPECT_EQ(wire.line(), " FLAGS ())");
    EXPECT_EQ(wire.line(), "f OK fetched");
}

TEST(ImapFetch, ManyMessagesComeInOrder)
{
    House house;
    auto wire = house.logged_in();
    constexpr int count = 700;
    const auto account = house.account();
    auto list = house.wait(account->list());
    std::vector<mailbox::NewMessage> messages;
    for (int i = 1; i <= count; ++i) {
        mailbox::NewMessage message;
        message.content = std::make_shared<const std::string>(fmt::format("Subject: {}\r\n\r\nx\r\n", i));
        message.blob = storage::BlobId::of(*message.content);
        messages.push_back(std::move(message));
    }
    ASSERT_TRUE(house.wait(account->append((*list)->find("INBOX")->id, std::move(messages), {})));
    command(wire, "s", "SELECT INBOX");
    wire.send("f FETCH 1:* ENVELOPE\r\n");
    for (int i = 1; i <= count; ++i) {
        const auto line = wire.line();
        ASSERT_TRUE(line.starts_with(fmt::format("* {} FETCH (ENVELOPE (NIL \"{}\" ", i, i))) << line;
    }
    EXPECT_EQ(wire.line(), "f OK fetched");
    EXPECT_EQ(command(wire, "g", "SEARCH SUBJECT 699"), "* SEARCH 699\ng OK searched\n");
}

TEST(ImapFetch, SetsSeenInOneCommit)
{
    House house;
    auto wire = house.logged_in();
    for (int i = 0; i < 5; ++i)
        append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n");
    command(wire, "s", "SELECT INBOX");
    const auto before = house.engine().calls().commits;
    const auto answer = command(wire, "f", "FETCH 1:* BODY[TEXT]");
    EXPECT_EQ(house.engine().calls().commits, before + 1);
    EXPECT_TRUE(answer.contains("* 5 FETCH (FLAGS (\\Seen))\nf OK")) << answer;
}

TEST(ImapFetch, NulNeverLeavesOutsideBinary)
{
    House house;
    auto wire = house.logged_in();
    const std::string encoded = "Content-Transfer-Encoding: base64\r\n\r\nYQBi\r\n";
    ASSERT_TRUE(append(wire, "INBOX", encoded).starts_with("app OK"));
    command(wire, "s", "SELECT INBOX");
    EXPECT_EQ(command(wire, "f", "FETCH 1 BINARY.PEEK[1]"),
              std::string("* 1 FETCH (BINARY[1] ~{3}\na\0b)\nf OK fetched\n", 44));
}

TEST(ImapFetch, AMessageThatCannotBeReadIsSaidSo)
{
    House house;
    auto wire = house.logged_in();
    append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n");
    command(wire, "s", "SELECT INBOX");
    house.engine().fail_get_at(1);
    EXPECT_EQ(last_line(command(wire, "f", "FETCH 1 BODY.PEEK[]")), "f NO [UNAVAILABLE] try again later");
    EXPECT_EQ(last_line(command(wire, "g", "FETCH 1 BODY.PEEK[]")), "g OK fetched");
}

/// Lines that differ, so that a piece in the wrong place shows; not a whole number of pieces.
std::string large_message()
{
    std::string message = "Subject: large\r\nMIME-Version: 1.0\r\n"
                          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
    for (int line = 0; message.size() < 1'000'000; ++line)
        message += "line " + std::to_string(line) + "\r\n";
    return message + "--b--\r\n";
}

/// Answers have LF line ends.
std::string as_answered(std::string text)
{
    std::erase(text, '\r');
    return text;
}

TEST(ImapFetch, ALargeMessageArrivesInPieces)
{
    House house;
    auto wire = house.logged_in();
    const std::string message = large_message();
    ASSERT_TRUE(append(wire, "INBOX", message).starts_with("app OK"));
    command(wire, "s", "SELECT INBOX");
    const auto before = house.engine().calls().blob_reads;
    EXPECT_EQ(command(wire, "f", "FETCH 1 (UID BODY.PEEK[] FLAGS)"),
              "* 1 FETCH (UID 1 BODY[] {" + std::to_string(message.size()) + "}\n" + as_answered(message) +
                  " FLAGS ())\nf OK fetched\n");
    EXPECT_EQ(house.engine().calls().blob_reads, before + 4);
    EXPECT_TRUE(command(wire, "g", "FETCH 1 RFC822").starts_with("* 1 FETCH (RFC822 {"));
    EXPECT_EQ(command(wire, "h", "FETCH 1 FLAGS"), "* 1 FETCH (FLAGS (\\Seen))\nh OK fetched\n");
}

TEST(ImapFetch, ALargeMessageCanBeTakenApart)
{
    House house;
    auto wire = house.logged_in();
    const std::string message = large_message();
    ASSERT_TRUE(append(wire, "INBOX", message).starts_with("app OK"));
    command(wire, "s", "SELECT INBOX");
    const std::string part = message.substr(message.find("line 0"));
    const auto size = part.size() - std::string_view("\r\n--b--\r\n").size();
    EXPECT_TRUE(command(wire, "f", "FETCH 1 BODY.PEEK[1]")
                    .starts_with("* 1 FETCH (BODY[1] {" + std::to_string(size) + "}\nline 0\nline 1\n"));
    EXPECT_TRUE(command(wire, "t", "FETCH 1 BODY.PEEK[TEXT]<900000.7>").contains("BODY[TEXT]<900000> {7}\n"));
}

TEST(ImapFetch, ALargeMessageThatBreaksOffEndsTheConnection)
{
    House house;
    auto wire = house.logged_in();
    append(wire, "INBOX", large_message());
    command(wire, "s", "SELECT INBOX");
    house.engine().fail_get_at(1);
    EXPECT_EQ(last_line(command(wire, "f", "FETCH 1 BODY.PEEK[]")), "f NO [UNAVAILABLE] try again later");
    house.engine().fail_get_at(2);
    const std::string answer = command(wire, "g", "FETCH 1 BODY.PEEK[]");
    EXPECT_TRUE(answer.starts_with("* 1 FETCH (BODY[] {")) << answer.substr(0, 80);
    EXPECT_FALSE(answer.contains("\ng ")) << "nothing may follow half a literal";
}

TEST(ImapStore, AFailedCommitChangesNothing)
{
    House house;
    auto wire = house.logged_in();
    append(wire, "INBOX", "Subject: x\r\n\r\nfirst\r\n");
    command(wire, "s", "SELECT INBOX");
    house.engine().fail_commit_at(1);
    EXPECT_EQ(command(wire, "a", "STORE 1 +FLAGS (\\Seen)"), "a NO [UNAVAILABLE] try again later\n");
    EXPECT_EQ(command(wire, "b", "FETCH 1 FLAGS"), "* 1 FETCH (FLAGS ())\nb OK fetched\n");
}

TEST(ImapSessions, HiddenCapabilitiesAreNotNamed)
{
    House house;
    house.settings().hidden_capabilities = {"condstore", "QRESYNC"};
    auto wire = house.logged_in();
    const auto answer = command(wire, "c", "CAPABILITY");
    EXPECT_FALSE(answer.contains("CONDSTORE")) << answer;
    EXPECT_FALSE(answer.contains("QRESYNC")) << answer;
    EXPECT_TRUE(answer.contains(" UIDONLY")) << answer;
}

TEST(ImapSessions, UidOnlyIsNotNamedUnlessAskedFor)
{
    House house; // doc/compat.md#uidonly
    auto wire = house.logged_in();
    const auto answer = command(wire, "c", "CAPABILITY");
    EXPECT_FALSE(answer.contains("UIDONLY")) << answer;
    EXPECT_TRUE(answer.contains(" NOTIFY")) << answer;
}

TEST(ImapSessions, AnyBytesAreSurvived)
{
    House house;
    std::mt19937 random(5);
    constexpr std::string_view pieces[] = {
        "a ",  "FETCH ", "UID ",    "1:* ", "(",       ")",    "BODY[",   "]",      "\"",
        "{3}", "{3+}",   "\r\n",    "*",    "SEARCH ", "OR ",  "NOT ",    "\\Seen", "STORE ",
        "$",   "INBOX ", "APPEND ", "IDLE", "DONE",    "\x80", "SELECT ", "LIST ",  "\"\" "};
    for (int round = 0; round < 60; ++round) {
        auto wire = house.logged_in();
        std::string bytes = "s SELECT INBOX\r\n";
        for (int i = 0; i < 120; ++i)
            bytes += pieces[random() % std::size(pieces)];
        wire.send(bytes + "\r\n");
    }
    house.wait_for_sessions();
    EXPECT_EQ(house.probe(), "");
}

namespace {

/// The number behind "[NAME " in an answer.
std::string number_of(const std::string& answer, const std::string& name)
{
    const auto from = answer.find("[" + name + " ") + name.size() + 2;
    return answer.substr(from, answer.find(']', from) - from);
}

} // namespace

TEST(ImapQresync, SelectTellsWhatHappenedMeanwhile)
{
    House house;
    auto wire = house.logged_in();
    for (int i = 0; i < 5; ++i)
        append(wire, "INBOX", "Subject: x\r\n\r\ny\r\n");
    command(wire, "e", "ENABLE QRESYNC");
    const auto first = command(wire, "s", "SELECT INBOX");
    const auto known =
        fmt::format("{} {}", number_of(first, "UIDVALIDITY"), number_of(first, "HIGHESTMODSEQ"));
    command(wire, "u", "UNSELECT");
    auto other = house.logged_in();
    command(other, "s", "SELECT INBOX");
    command(other, "a", "STORE 2,4:5 +FLAGS (\\Deleted)");
    command(other, "b", "UID EXPUNGE 4:5");
    const auto again = command(wire, "s", fmt::format("SELECT INBOX (QRESYNC ({}))", known));
    EXPECT_TRUE(again.contains("\n* VANISHED (EARLIER) 4:5\n* 2 FETCH (UID 2 FLAGS (\\Deleted) MODSEQ ("))
        << again;
    EXPECT_FALSE(again.contains("* 1 FETCH")) << again;
    const auto some = command(wire, "s", fmt::format("SELECT INBOX (QRESYNC ({} 1,5 (1 1)))", known));
    EXPECT_TRUE(some.contains("\n* VANISHED (EARLIER) 5\ns OK")) << some;
    const auto stranger = command(wire, "s", "SELECT INBOX (QRESYNC (1 1))");
    EXPECT_FALSE(stranger.contains("VANISHED")) << stranger;
    EXPECT_FALSE(stranger.contains("FETCH")) << stranger;
}

TEST(ImapLogin, ScramProvesBothSides)
{
    House house;
    kit::Wire wire(house.connect());
    wire.line();
    const auto client =
        wire::sasl::make_client(wire::sasl::Mechanism::scram_sha_256, {"alice@here.example", "secret"});
    wire.send("a AUTHENTICATE SCRAM-SHA-256 " + client->initial().value_or("=") + "\r\n");
    for (auto line = wire.line(); !line.starts_with("a "); line = wire.line()) {
        ASSERT_TRUE(line.starts_with("+ ")) << line;
        const auto response = client->respond(std::string_view(line).substr(2));
        ASSERT_TRUE(response);
        wire.send(*response + "\r\n");
    }
    EXPECT_TRUE(client->finish());
    EXPECT_TRUE(command(wire, "s", "SELECT INBOX").contains("s OK"));
}

TEST(ImapDeadlines, TalkingOnDoesNotPutOffTheLogin)
{
    House house;
    house.settings().login_timeout = std::chrono::milliseconds(100);
    kit::Wire wire(house.connect());
    for (auto line = wire.line(); !line.starts_with("* BYE") && line != "(closed)"; line = wire.line())
        wire.send("a NOOP\r\n");
    EXPECT_EQ(wire.line(), "(closed)");
}

TEST(ImapSearch, TooManyTextKeysAreRefused)
{
    House house;
    auto wire = house.logged_in();
    command(wire, "s", "SELECT INBOX");
    std::string keys;
    for (int i = 0; i < 51; ++i)
        keys += " TEXT a";
    EXPECT_TRUE(command(wire, "a", "SEARCH" + keys).starts_with("a NO [LIMIT]"));
    EXPECT_EQ(command(wire, "b", "SEARCH" + keys.substr(7)), "* SEARCH\nb OK searched\n");
}

TEST(ImapFetch, ManyLargeItemsOfOneMessage)
{
    House house;
    auto wire = house.logged_in();
    const std::string message = "Subject: x\r\n\r\n" + std::string(10'000, 'y') + "\r\n";
    append(wire, "INBOX", message);
    command(wire, "s", "SELECT INBOX");
    std::string items;
    for (int i = 0; i < 100; ++i)
        items += i == 0 ? "BODY.PEEK[TEXT]" : " BODY.PEEK[TEXT]";
    const auto answer = command(wire, "f", "FETCH 1 (" + items + ")");
    EXPECT_TRUE(answer.ends_with("\nf OK fetched\n"));
    EXPECT_GT(answer.size(), 100 * 10'000U);
}

TEST(ImapSessions, ADisabledAccountLosesItsOpenSessions)
{
    House house;
    house.imapd().account_check_every = std::chrono::milliseconds(20);
    auto idle = house.logged_in();
    auto talking = house.logged_in();
    idle.send("i IDLE\r\n");
    EXPECT_EQ(idle.line(), "+ idling");
    ASSERT_TRUE(
        house.wait(house.directory().set_state("alice@here.example", directory::AccountState::disabled)));
    EXPECT_EQ(idle.line(), "* BYE [UNAVAILABLE] the account is closed");
    EXPECT_EQ(idle.line(), "(closed)");
    // The other session asks again at most 20 ms after it asked last: until then its commands are answered.
    std::string answer = command(talking, "a", "NOOP");
    for (int tries = 0; tries < 10'000 && answer.starts_with("a OK"); ++tries)
        answer = command(talking, "a", "NOOP");
    EXPECT_TRUE(answer.starts_with("* BYE [UNAVAILABLE] the account is closed")) << answer;
}
