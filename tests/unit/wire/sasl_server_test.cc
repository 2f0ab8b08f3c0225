#include "base/bytes.h"
#include "base/scram.h"
#include "wire/sasl/client.h"
#include "wire/sasl/server.h"

#include <gtest/gtest.h>

namespace mansio::wire::sasl {
namespace {

using base::base64_encode;
using namespace std::string_literals;

ServerSetup setup()
{
    return {.binding = {}, .hostname = "mail.example.test", .fake_salt_key = "k3y"};
}

ServerSetup setup_with_binding()
{
    auto with = setup();
    with.binding = {.tls_exporter = std::string(32, 'e'), .tls_server_end_point = std::string(32, 'c')};
    return with;
}

/// One word per step, for tables.
std::string show(const Step& step)
{
    struct Shown {
        std::string operator()(const Challenge& s) const { return "challenge " + s.base64; }
        std::string operator()(const VerifyPassword& s) const
        {
            return "verify " + s.user + " " + s.password + " [" + s.authzid + "]";
        }
        std::string operator()(const NeedScramCredentials& s) const { return "scram " + s.user; }
        std::string operator()(const NeedPlainSecret& s) const { return "secret " + s.user; }
        std::string operator()(const Failed& s) const { return "failed: " + std::string(name(s.kind)); }
        std::string operator()(const Done& s) const { return "done " + s.user; }
    };
    return std::visit(Shown{}, step);
}

TEST(SaslPlain, TakesOrRefusesTheInitialResponse)
{
    struct Row {
        std::string response, shown;
    };
    const Row rows[] = {
        {"\0tim\0tanstaaf"s, "verify tim tanstaaf []"},
        {"tim\0tim\0pw"s, "verify tim pw [tim]"},
        {"TIM\0tim\0pw"s, "verify tim pw [TIM]"},
        {"kurt\0tim\0pw"s, "failed: not authorized"},
        {"\0tim\0"s, "failed: bad credentials"},
        {"\0\0pw"s, "failed: malformed"},
        {"tim\0pw"s, "failed: malformed"},
        {"tim"s, "failed: malformed"},
        {"\0tim\0pw\0x"s, "failed: malformed"},
        {"\0ti\nm\0pw"s, "failed: malformed"},
        {"\0ti\xffm\0pw"s, "failed: malformed"},
        {"\0r\xc3\xa9mi\0pw"s, "verify r\xc3\xa9mi pw []"},
    };
    for (const Row& row : rows) {
        auto server = make_server(Mechanism::plain, setup());
        EXPECT_EQ(show(server->start(base64_encode(row.response))), row.shown) << row.response;
    }
}

TEST(SaslPlain, AsksForTheResponseWhenThereIsNone)
{
    auto server = make_server(Mechanism::plain, setup());
    EXPECT_EQ(show(server->start(std::nullopt)), "challenge ");
    EXPECT_EQ(show(server->respond(base64_encode("\0a\0b"s))), "verify a b []");
    EXPECT_EQ(show(server->password_checked(PasswordAnswer::right)), "done a");
}

TEST(SaslPlain, PassesTheAnswerOn)
{
    struct Row {
        PasswordAnswer answer;
        std::string_view shown;
    };
    for (const Row& row :
         {Row{PasswordAnswer::right, "done a"}, Row{PasswordAnswer::wrong, "failed: bad credentials"},
          Row{PasswordAnswer::unavailable, "failed: unavailable"}}) {
        auto server = make_server(Mechanism::plain, setup());
        (void)server->start(base64_encode("\0a\0b"s));
        EXPECT_EQ(show(server->password_checked(row.answer)), row.shown);
    }
}

TEST(SaslServer, RefusesAnAnswerToNoQuestion)
{
    auto server = make_server(Mechanism::plain, setup());
    (void)server->start(std::nullopt);
    EXPECT_EQ(show(server->password_checked(PasswordAnswer::right)), "failed: malformed");
    auto scram = make_server(Mechanism::scram_sha_256, setup());
    (void)scram->start(std::nullopt);
    EXPECT_EQ(show(scram->scram_credentials(LookUp::found)), "failed: malformed");
    EXPECT_EQ(show(scram->plain_secret(LookUp::found, "x")), "failed: malformed");
}

TEST(SaslServer, HandlesBadLinesInEveryMechanism)
{
    struct Row {
        std::string line;
        std::string_view shown;
    };
    const Row rows[] = {
        {"*", "failed: aborted"},
        {"a", "failed: malformed"},
        {"!!!!", "failed: malformed"},
        {"AAA=AAA=", "failed: malformed"},
        {std::string(12288, 'A'), "failed: too long"},
    };
    for (const Mechanism mechanism : {Mechanism::plain, Mechanism::login, Mechanism::cram_md5,
                                      Mechanism::scram_sha_256, Mechanism::scram_sha_256_plus})
        for (const Row& row : rows) {
            auto server = make_server(mechanism, setup_with_binding());
            (void)server->start(std::nullopt);
            EXPECT_EQ(show(server->respond(row.line)), row.shown) << name(mechanism) << " " << row.line;
        }
}

TEST(SaslServer, TellsAnEmptyInitialResponseFromNone)
{
    EXPECT_EQ(show(make_server(Mechanism::plain, setup())->start("=")), "failed: malformed");
    EXPECT_EQ(show(make_server(Mechanism::plain, setup())->start("")), "failed: malformed");
    EXPECT_EQ(show(make_server(Mechanism::login, setup())->start("=")),
              "challenge " + base64_encode("Password:"));
}

TEST(SaslLogin, PromptsWithExactlyTheseWords)
{
    auto server = make_server(Mechanism::login, setup());
    EXPECT_EQ(show(server->start(std::nullopt)), "challenge VXNlcm5hbWU6");
    EXPECT_EQ(show(server->respond(base64_encode("tim"))), "challenge UGFzc3dvcmQ6");
    EXPECT_EQ(show(server->respond(base64_encode("pw"))), "verify tim pw []");
}

TEST(SaslLogin, TakesTheNameInline)
{
    auto server = make_server(Mechanism::login, setup());
    EXPECT_EQ(show(server->start(base64_encode("tim"))), "challenge UGFzc3dvcmQ6");
    EXPECT_EQ(show(server->respond(base64_encode("pw"))), "verify tim pw []");
}

TEST(SaslCramMd5, ComputesTheDigestOfTheRfc)
{
    // rfc2195#2
    const auto digest = base::hmac_md5("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>");
    EXPECT_EQ(base::hex(digest), "b913a602c7eda7a495b4e6e7334d3890");
}

std::string answer_cram(Server& server, std::string_view user, std::string_view secret)
{
    const auto step = server.start(std::nullopt);
    const auto challenge = *base::base64_decode(std::get<Challenge>(step).base64);
    const std::string digest = base::hex(base::hmac_md5(secret, challenge));
    return show(server.respond(base64_encode(std::string(user) + " " + digest)));
}

TEST(SaslCramMd5, AcceptsTheRightSecretOnly)
{
    auto server = make_server(Mechanism::cram_md5, setup());
    EXPECT_EQ(answer_cram(*server, "tim", "right"), "secret tim");
    EXPECT_EQ(show(server->plain_secret(LookUp::found, "right")), "done tim");
    server = make_server(Mechanism::cram_md5, setup());
    EXPECT_EQ(answer_cram(*server, "tim", "right"), "secret tim");
    EXPECT_EQ(show(server->plain_secret(LookUp::found, "wrong")), "failed: bad credentials");
    server = make_server(Mechanism::cram_md5, setup());
    EXPECT_EQ(answer_cram(*server, "tim", "right"), "secret tim");
    EXPECT_EQ(show(server->plain_secret(LookUp::unknown_user)), "failed: bad credentials");
}

/// Runs our client against our server; the account's password is `known`.
std::string exchange(Server& server, Client& client, const std::string& known)
{
    Step step = server.start(client.initial());
    for (int rounds = 0; rounds < 6; ++rounds) {
        if (std::holds_alternative<NeedScramCredentials>(step))
            step =
                server.scram_credentials(LookUp::found, base::derive_scram(known, "saltsaltsaltsalt", 4096));
        if (auto* question = std::get_if<VerifyPassword>(&step))
            step = server.password_checked(question->password == known ? PasswordAnswer::right
                                                                       : PasswordAnswer::wrong);
        const auto* challenge = std::get_if<Challenge>(&step);
        if (!challenge)
            break;
        const auto response = client.respond(challenge->base64);
        if (!response)
            return "client: " + response.error().cause;
        step = server.respond(*response);
    }
    if (std::holds_alternative<Done>(step) && !client.finish())
        return "unfinished";
    return show(step);
}

TEST(SaslBothSides, AgreeForEveryMechanismOfTheClient)
{
    for (const Mechanism mechanism : {Mechanism::plain, Mechanism::login, Mechanism::scram_sha_256}) {
        auto server = make_server(mechanism, setup());
        auto client = make_client(mechanism, {"a=b,c", "secret"});
        EXPECT_EQ(exchange(*server, *client, "secret"), "done a=b,c") << name(mechanism);
        server = make_server(mechanism, setup());
        client = make_client(mechanism, {"a=b,c", "guess"});
        EXPECT_EQ(exchange(*server, *client, "secret"), "failed: bad credentials") << name(mechanism);
    }
}

TEST(SaslScram, ClientFollowsTheExampleOfTheRfc)
{
    // rfc7677#3
    auto client = make_scram_client({"user", "pencil"}, "rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(base::base64_decode(*client->initial()), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const auto last = client->respond(base64_encode(
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    ASSERT_TRUE(last);
    EXPECT_EQ(base::base64_decode(*last), "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                          "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_FALSE(client->finish());
    EXPECT_TRUE(client->respond(base64_encode("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")));
    EXPECT_TRUE(client->finish());
}

TEST(SaslScram, ClientRefusesAServerThatCheats)
{
    struct Row {
        std::string_view name, first;
    };
    const Row rows[] = {
        {"its own nonce", "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"},
        {"no nonce added", "r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"},
        {"few rounds", "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1"},
        {"rounds for hours", "r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000"},
        {"no salt", "r=abcdef,s=,i=4096"},
        {"nothing", ""},
    };
    for (const Row& row : rows) {
        auto client = make_scram_client({"user", "pencil"}, "abc");
        (void)client->initial();
        EXPECT_FALSE(client->respond(base64_encode(row.first))) << row.name;
    }
    auto client = make_scram_client({"user", "pencil"}, "abc");
    (void)client->initial();
    ASSERT_TRUE(client->respond(base64_encode("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")));
    EXPECT_FALSE(client->respond(base64_encode("v=" + base64_encode(std::string(32, 'x')))));
}

TEST(SaslScram, ChecksWhatTheClientSaysAboutChannelBinding)
{
    struct Row {
        std::string_view name;
        Mechanism mechanism;
        bool server_can;
        std::string_view first, shown;
    };
    const Row rows[] = {
        {"no support", Mechanism::scram_sha_256, true, "n,,n=u,r=x", "scram u"},
        {"not offered, and so it was", Mechanism::scram_sha_256, false, "y,,n=u,r=x", "scram u"},
        {"downgrade", Mechanism::scram_sha_256, true, "y,,n=u,r=x", "failed: bad credentials"},
        {"binding without PLUS", Mechanism::scram_sha_256, true, "p=tls-exporter,,n=u,r=x",
         "failed: bad credentials"},
        {"plus", Mechanism::scram_sha_256_plus, true, "p=tls-exporter,,n=u,r=x", "scram u"},
        {"plus, certificate", Mechanism::scram_sha_256_plus, true, "p=tls-server-end-point,,n=u,r=x",
         "scram u"},
        {"plus, unknown type", Mechanism::scram_sha_256_plus, true, "p=tls-unique,,n=u,r=x",
         "failed: bad credentials"},
        {"plus, unused", Mechanism::scram_sha_256_plus, true, "n,,n=u,r=x", "failed: bad credentials"},
        {"plus, without TLS", Mechanism::scram_sha_256_plus, false, "p=tls-exporter,,n=u,r=x",
         "failed: bad credentials"},
        {"authzid", Mechanism::scram_sha_256, false, "n,a=u,n=u,r=x", "scram u"},
        {"authzid of another", Mechanism::scram_sha_256, false, "n,a=v,n=u,r=x", "failed: not authorized"},
        {"encoded name", Mechanism::scram_sha_256, false, "n,,n=a=2Cb=3D,r=x", "scram a,b="},
        {"wrongly encoded name", Mechanism::scram_sha_256, false, "n,,n=a=2c,r=x", "failed: malformed"},
        {"mandatory extension", Mechanism::scram_sha_256, false, "n,,m=z,n=u,r=x", "failed: malformed"},
        {"no nonce", Mechanism::scram_sha_256, false, "n,,n=u,r=", "failed: malformed"},
        {"no name", Mechanism::scram_sha_256, false, "n,,n=,r=x", "failed: malformed"},
        {"nothing", Mechanism::scram_sha_256, false, "", "failed: malformed"},
    };
    for (const Row& row : rows) {
        auto server = make_server(row.mechanism, row.server_can ? setup_with_binding() : setup());
        const auto shown =
            row.first.empty() ? show(server->start("=")) : show(server->start(base64_encode(row.first)));
        EXPECT_EQ(shown, row.shown) << row.name;
    }
}

/// The client's half by hand, with a channel binding our Client does not do.
std::string log_in_with_binding(const std::string& binding)
{
    auto server = make_server(Mechanism::scram_sha_256_plus, setup_with_binding());
    const std::string bare = "n=u,r=abc";
    (void)server->start(base64_encode("p=tls-exporter,," + bare));
    const auto credentials = base::derive_scram("pw", "saltsaltsaltsalt", 4096);
    const auto step = server->scram_credentials(LookUp::found, credentials);
    const auto server_first = *base::base64_decode(std::get<Challenge>(step).base64);
    const auto nonce = server_first.substr(2, server_first.find(',') - 2);
    const auto without_proof = "c=" + base64_encode("p=tls-exporter,," + binding) + ",r=" + nonce;
    const auto auth_message = bare + "," + server_first + "," + without_proof;
    const auto client_key =
        base::hmac_sha256(base::salted_password_sha256("pw", credentials.salt, 4096), "Client Key");
    auto proof = base::hmac_sha256(credentials.stored_key, auth_message);
    for (std::size_t i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    auto last = server->respond(base64_encode(without_proof + ",p=" + base64_encode(proof)));
    if (std::holds_alternative<Challenge>(last))
        last = server->respond("");
    return show(last);
}

TEST(SaslScram, BindsTheLoginToTheTlsConnection)
{
    EXPECT_EQ(log_in_with_binding(std::string(32, 'e')), "done u");
    EXPECT_EQ(log_in_with_binding(std::string(32, 'x')), "failed: bad credentials");
    EXPECT_EQ(log_in_with_binding(""), "failed: bad credentials");
}

std::string first_answer(std::string_view user, LookUp result)
{
    auto server = make_server(Mechanism::scram_sha_256, setup());
    (void)server->start(base64_encode("n,,n=" + std::string(user) + ",r=abc"));
    auto step = server->scram_credentials(result, base::derive_scram("pw", std::string(16, 's'), 4096));
    const auto text = *base::base64_decode(std::get<Challenge>(step).base64);
    return text.substr(text.find(",s="));
}

TEST(SaslScram, GivesUnknownUsersABelievableSaltThatStays)
{
    const auto real = first_answer("known", LookUp::found);
    const auto fake = first_answer("nobody", LookUp::unknown_user);
    EXPECT_EQ(fake.size(), real.size());
    EXPECT_EQ(fake, first_answer("nobody", LookUp::unknown_user));
    EXPECT_EQ(fake, first_answer("NOBODY", LookUp::unknown_user));
    EXPECT_NE(fake, first_answer("somebody", LookUp::unknown_user));
}

TEST(SaslScram, FailsAnUnknownUserAtTheEndOnly)
{
    auto server = make_server(Mechanism::scram_sha_256, setup());
    auto client = make_client(Mechanism::scram_sha_256, {"nobody", "pw"});
    (void)server->start(*client->initial());
    const auto step = server->scram_credentials(LookUp::unknown_user);
    const auto response = client->respond(std::get<Challenge>(step).base64);
    ASSERT_TRUE(response);
    EXPECT_EQ(show(server->respond(*response)), "failed: bad credentials");
}

TEST(SaslOffer, KeepsPasswordsOffPlainConnections)
{
    EXPECT_EQ(offered_mechanisms({}), "");
    EXPECT_EQ(offered_mechanisms({.plain_text_allowed = true}), "SCRAM-SHA-256 PLAIN LOGIN");
    EXPECT_EQ(offered_mechanisms({.tls = true, .channel_binding = true}),
              "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN");
    EXPECT_EQ(offered_mechanisms({.tls = true, .cram_md5 = true}), "SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN");
}

TEST(SaslClient, ChoosesTheBestItKnows)
{
    EXPECT_EQ(choose_mechanism("GSSAPI LOGIN PLAIN SCRAM-SHA-256", true), Mechanism::scram_sha_256);
    EXPECT_EQ(choose_mechanism("LOGIN PLAIN", true), Mechanism::plain);
    EXPECT_EQ(choose_mechanism("login", true), Mechanism::login);
    EXPECT_EQ(choose_mechanism("LOGIN PLAIN", false), std::nullopt);
    EXPECT_EQ(choose_mechanism("", true), std::nullopt);
}

TEST(Scram, KeepsItsCredentialsAsText)
{
    const auto made = base::derive_scram("pencil", *base::base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    const auto text = base::print_scram(made);
    EXPECT_TRUE(text.starts_with("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"));
    const auto read = base::parse_scram(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->stored_key, made.stored_key);
    EXPECT_EQ(read->server_key, made.server_key);
    for (const std::string_view bad : {"", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:YQ==$YQ==:YQ==", "x$1:a$b:c"})
        EXPECT_FALSE(base::parse_scram(bad)) << bad;
}

} // namespace
} // namespace mansio::wire::sasl
