// wire/sasl: the mechanisms as machines, fed by the other side's lines; whole SCRAM exchanges of our own two
// ends.
#include "fuzz/target.h"

#include "base/bytes.h"
#include "base/text.h"
#include "wire/sasl/client.h"
#include "wire/sasl/scram_text.h"
#include "wire/sasl/server.h"

namespace mansio::fuzz {
namespace {

using namespace wire::sasl;

constexpr Mechanism mechanisms[] = {Mechanism::plain, Mechanism::login, Mechanism::cram_md5,
                                    Mechanism::scram_sha_256, Mechanism::scram_sha_256_plus};

ServerSetup setup()
{
    return {.binding = {std::string(32, 'e'), std::string(32, 'c')},
            .hostname = "here.example",
            .fake_salt_key = "key"};
}

/// The nonce in a server-first-message, for clients that can't compute it: "%" stands for it in the input.
std::string with_nonce(std::string_view text, std::string_view nonce)
{
    std::string out;
    for (const char c : text) {
        if (c == '%')
            out += nonce;
        else
            out += c;
    }
    return out;
}

/// One exchange with the directory's answers and the client's lines taken from the input.
class Exchange {
public:
    explicit Exchange(std::string_view input)
        : m_taste(input)
        , m_mechanism(mechanisms[m_taste.byte() % std::size(mechanisms)])
        , m_raw(m_taste.flag())
        , m_answer(m_taste.choice<PasswordAnswer>(3))
        , m_look_up(m_taste.choice<LookUp>(3))
        , m_initial(m_taste.flag())
        , m_server(make_server(m_mechanism, setup()))
    {
    }

    void run()
    {
        std::optional<std::string> initial;
        if (m_initial)
            initial = next_line();
        Step step = m_server->start(initial ? std::optional<std::string_view>(*initial) : std::nullopt);
        for (unsigned steps = 0; go_on(step); ++steps)
            require(steps < 40, "an exchange ends");
    }

private:
    std::string next_line()
    {
        const std::string_view line = m_taste.line();
        return m_raw ? std::string(line) : base::base64_encode(with_nonce(line, m_nonce));
    }

    bool go_on(Step& step)
    {
        if (const auto* challenge = std::get_if<Challenge>(&step)) {
            const auto text = base::base64_decode(challenge->base64);
            require(text.has_value(), "a challenge is base64");
            if (const auto first = parse_server_first(*text))
                m_nonce = first->nonce;
            if (m_taste.done())
                return false;
            step = m_server->respond(next_line());
        } else if (const auto* verify = std::get_if<VerifyPassword>(&step)) {
            require(base::is_utf8(verify->user) && !verify->user.empty(), "a name to look up");
            require(!verify->password.empty(), "an empty password is never tried");
            m_right = m_answer == PasswordAnswer::right;
            step = m_server->password_checked(m_answer);
        } else if (std::holds_alternative<NeedScramCredentials>(step)) {
            step = m_server->scram_credentials(
                m_look_up, {"salt", base::scram_iterations, std::string(32, 's'), std::string(32, 'k')});
        } else if (std::holds_alternative<NeedPlainSecret>(step)) {
            step = m_server->plain_secret(m_look_up, "nobody knows this");
        } else if (std::holds_alternative<Done>(step)) {
            require(m_right, "nobody gets in without the right password");
            return false;
        } else {
            return false;
        }
        return true;
    }

    Taste m_taste;
    Mechanism m_mechanism;
    bool m_raw;
    PasswordAnswer m_answer;
    LookUp m_look_up;
    bool m_initial;
    std::unique_ptr<Server> m_server;
    std::string m_nonce;
    bool m_right = false;
};

void server(std::string_view input)
{
    Exchange(input).run();
}

/// A quarter of a second of rounds a server asks for is by design, but no use here.
bool asks_for_much_work(std::string_view text)
{
    const auto first = parse_server_first(text);
    return first && first->iterations > base::scram_iterations;
}

void client(std::string_view input)
{
    Taste taste(input);
    const Mechanism mechanism = mechanisms[taste.byte() % 4];
    const bool raw = taste.flag();
    const auto made = mechanism == Mechanism::scram_sha_256 ? make_scram_client({"user", "pencil"}, "nonce")
                                                            : make_client(mechanism, {"user", "pencil"});
    if (!made)
        return;
    if (taste.flag())
        made->initial();
    while (!taste.done()) {
        const std::string_view line = taste.line();
        const auto decoded = base::base64_decode(line);
        if (asks_for_much_work(raw && decoded ? *decoded : line))
            return;
        const auto answer = made->respond(raw ? std::string(line) : base::base64_encode(line));
        if (!answer)
            return;
        require(base::base64_decode(*answer).has_value(), "an answer is base64");
    }
    if (mechanism == Mechanism::scram_sha_256)
        require(!made->finish(), "no server proves that it knows the password");
}

void scram_text(std::string_view input)
{
    if (const auto first = parse_client_first(input)) {
        require_equal(first->gs2_header + first->bare, input, "header and rest are the whole");
        const auto again =
            parse_client_first(first->gs2_header + "n=" + encode_name(first->user) + ",r=" + first->nonce);
        require(again && again->user == first->user && again->nonce == first->nonce, "printed and read");
    }
    if (const auto final = parse_client_final(input))
        require(input.starts_with(final->without_proof), "what is signed is the beginning");
    if (const auto first = parse_server_first(input))
        require(first->iterations > 0 && !first->salt.empty(), "work and salt");
    require(decode_name(encode_name(input)) == std::string(input), "a name encoded and decoded");
    if (const auto credentials = base::parse_scram(input)) {
        const std::string printed = base::print_scram(*credentials);
        const auto again = base::parse_scram(printed);
        require(again.has_value(), "kept keys are read");
        require_equal(base::print_scram(*again), printed, "kept keys printed and read");
    }
    choose_mechanism(input, true);
    find_mechanism(input);
}

/// Our client against our server: in with the right password, and never with another.
void exchange(std::string_view input)
{
    Taste taste(input);
    const bool right = taste.flag();
    const std::string user(taste.line());
    const std::string password(taste.rest());
    const auto client = make_scram_client({user, password}, "clientnonce");
    const auto server = make_server(Mechanism::scram_sha_256, setup());
    const auto keys = base::derive_scram(right ? password : password + "x", "salt", base::scram_iterations);
    Step step = server->start(client->initial());
    while (!std::holds_alternative<Failed>(step) && !std::holds_alternative<Done>(step)) {
        if (std::holds_alternative<NeedScramCredentials>(step)) {
            step = server->scram_credentials(LookUp::found, keys);
            continue;
        }
        const auto answer = client->respond(std::get<Challenge>(step).base64);
        require(answer.has_value(), "our client answers our server");
        step = server->respond(*answer);
    }
    if (const auto* failed = std::get_if<Failed>(&step)) {
        // A name that may not be looked up, or a setup with channel binding that this client can't use.
        require(!right || failed->kind != FailureKind::bad_credentials, "the right password is taken");
        return;
    }
    require(right, "a wrong password is refused");
    require(client->finish().has_value(), "the server proved itself");
    require_equal(std::get<Done>(step).user, user, "the name is the client's");
}

const Register targets[] = {
    Register({"sasl-server", server, "sasl", 512}),
    Register({"sasl-client", client, "sasl", 512}),
    Register({"sasl-scram-text", scram_text, "sasl", 512}),
    Register({"sasl-exchange", exchange, "sasl", 128}),
};

} // namespace
} // namespace mansio::fuzz
