// The relay's client session against a server that says anything. The input is a choice of mail, then what
// the server says.
#include "fuzz/house.h"
#include "fuzz/output.h"
#include "fuzz/target.h"

#include "base/text.h"
#include "relay/transaction.h"
#include "wire/smtp/data_encoder.h"

#include <set>

namespace mansio::fuzz {
namespace {

#define WAIT "\xff"

constexpr std::string_view states[] = {
    "",
    "220 r.example\r\n" WAIT,
    "220 r.example\r\n" WAIT "250-r.example\r\n250-PIPELINING\r\n250-SIZE 9000\r\n250 DSN\r\n" WAIT,
    "220 r.example\r\n" WAIT "250-r.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n" WAIT "250 ok\r\n" WAIT
    "250 ok\r\n" WAIT,
    "220 r.example\r\n" WAIT "250-r.example\r\n250 PIPELINING\r\n" WAIT
    "250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n" WAIT,
    "220 r.example\r\n" WAIT "250-r.example\r\n250 STARTTLS\r\n" WAIT "220 go\r\n" WAIT,
    "220 r.example\r\n" WAIT "250-r.example\r\n250 AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n" WAIT,
};

const std::string content =
    "From: alice@here.example\r\nSubject: gr\xc3\xbc\xc3\x9f\x65\r\n\r\n.dot\r\n\xff\r\nend";

struct Mail {
    queue::QueuedMessage message;
    relay::ConnectionSettings settings;
    storage::MemoryEngine& engine;
    std::vector<relay::Settled> settled{};
};

queue::QueuedMessage chosen_message(std::uint8_t choice)
{
    queue::QueuedMessage message{.id = {5}, .envelope = {}, .recipients = {}};
    message.envelope.blob = storage::BlobId::of(content);
    message.envelope.size = content.size();
    message.envelope.reverse_path = (choice & 1) != 0 ? "alice@here.example" : "";
    message.envelope.smtputf8 = (choice & 2) != 0;
    message.envelope.body = (choice & 4) != 0 ? queue::BodyType::eight_bit_mime : queue::BodyType::seven_bit;
    message.envelope.envelope_id = "id+20x";
    message.envelope.ret = queue::Ret::headers;
    std::uint32_t index = 0;
    for (const char* path : {"bob@r.example", "j\xc3\xb6rg@r.example", "a\r\nRSET\r\nb@r.example"}) {
        message.recipients.push_back({.index = index++, .forward_path = path, .notify = {.success = true}});
        if ((choice & 8) == 0)
            break;
    }
    return message;
}

const net::TlsContext& client_tls()
{
    static const auto context = *net::TlsContext::client();
    return context;
}

relay::ConnectionSettings chosen_settings(std::uint8_t choice)
{
    using relay::TlsPolicy;
    constexpr TlsPolicy policies[] = {TlsPolicy::opportunistic, TlsPolicy::encrypted, TlsPolicy::verified,
                                      TlsPolicy::implicit, TlsPolicy::off};
    relay::ConnectionSettings settings{.relay = {}, .own_name = "here.example", .host = "r.example"};
    settings.policy = policies[choice % 8 < 5 ? choice % 8 : 0];
    if ((choice & 8) != 0)
        settings.login = wire::sasl::ClientAccount{"user", "pencil"};
    settings.tls = (choice & 16) != 0 ? &client_tls() : nullptr;
    return settings;
}

base::Task<void> send_over(Mail& mail, net::Stream stream)
{
    auto opened = co_await relay::Connection::begin(std::move(stream), mail.settings);
    if (!opened)
        co_return;
    relay::Transaction transaction(**opened, mail.engine, mail.message);
    mail.settled = co_await transaction.run();
    if ((*opened)->usable())
        co_await (*opened)->quit();
}

/// The message lies in the store for as long as the session lasts.
base::Task<void> send(Mail& mail, net::Stream stream)
{
    storage::Batch put;
    put.put_blob(mail.message.envelope.blob, std::make_shared<const std::string>(content));
    co_await mail.engine.commit(std::move(put));
    co_await send_over(mail, std::move(stream));
    storage::Batch drop;
    drop.ref_blob(mail.message.envelope.blob, -1);
    mail.engine.fail_commit_at(0);
    co_await mail.engine.commit(std::move(drop));
}

void check_settled(const Mail& mail, std::string_view heard)
{
    std::set<std::uint32_t> settled;
    for (const relay::Settled& one : mail.settled) {
        settled.insert(one.recipient);
        require(one.result.text.size() <= 2000, "a remote's words are cut");
        const bool taken = one.result.kind == queue::Result::Kind::delivered ||
                           one.result.kind == queue::Result::Kind::relayed;
        if (!taken)
            continue;
        require(one.result.code / 100 == 2, "delivered is what the server said yes to");
        require(heard.find(wire::smtp::dot_stuff(content)) != heard.npos, "and what was sent whole");
    }
    require(mail.settled.empty() || settled.size() == mail.message.recipients.size(), "nobody is forgotten");
}

/// What we said: lines only, the first a greeting of ours, no command from an address.
void check_said(std::string_view said)
{
    require(!has_bare_line_end(said), "nothing bare leaves");
    require(said.empty() || said.starts_with("EHLO here.example\r\n") || said.starts_with("QUIT\r\n"),
            "a client begins with EHLO");
    for (const std::string_view line : base::split(said, '\n'))
        require(line.size() <= 1000, "lines of 1000 bytes at most");
    require(said.find("\r\nb@r.example") == said.npos, "no address makes a line");
}

void relay_session(std::string_view input)
{
    Taste taste(input);
    const std::string_view prologue = states[taste.byte() % std::size(states)];
    const std::uint8_t message = taste.byte();
    const std::uint8_t settings = taste.byte();
    House house;
    Mail mail{chosen_message(message), chosen_settings(settings), house.engine()};
    const House::Heard heard = house.converse(
        [&](net::Stream stream) { return send(mail, std::move(stream)); }, prologue, taste.rest());
    check_settled(mail, heard.words);
    if (mail.settings.policy != relay::TlsPolicy::implicit && mail.settings.tls == nullptr)
        check_said(heard.words);
}

const Register targets[] = {
    Register({"session-relay", relay_session, "smtp-server", 1024}),
};

} // namespace
} // namespace mansio::fuzz
