#include "login/exchange.h"

#include "login/mechanisms.h"

namespace mansio::login {
namespace {

namespace sasl = wire::sasl;
using base::Fault;

template <class T>
sasl::LookUp look_up_result(const Outcome<std::optional<T>>& found)
{
    if (found)
        return found->has_value() ? sasl::LookUp::found : sasl::LookUp::unknown_user;
    const auto fault = found.error().fault;
    return fault == Fault::unauthorized || fault == Fault::not_found ? sasl::LookUp::unknown_user
                                                                     : sasl::LookUp::unavailable;
}

bool is_end(const sasl::Step& step)
{
    return std::holds_alternative<sasl::Failed>(step) || std::holds_alternative<sasl::Done>(step);
}

/// Carries the machine's questions to whoever can answer them.
class Exchange {
public:
    Exchange(directory::Directory& directory, sasl::Server& machine, ClientLine& client)
        : m_directory(directory)
        , m_machine(machine)
        , m_client(client)
    {
    }

    Task<Outcome<sasl::Step>> answer(sasl::Step step)
    {
        if (auto* challenge = std::get_if<sasl::Challenge>(&step))
            return ask_client(std::move(*challenge));
        if (auto* password = std::get_if<sasl::VerifyPassword>(&step))
            return check_password(std::move(*password));
        if (auto* scram = std::get_if<sasl::NeedScramCredentials>(&step))
            return find_credentials(std::move(*scram));
        return find_secret(std::get<sasl::NeedPlainSecret>(std::move(step)));
    }

    std::optional<directory::Account> verified; ///< by the directory, on the way (PLAIN, LOGIN)

private:
    Task<Outcome<sasl::Step>> ask_client(sasl::Challenge challenge)
    {
        auto line = co_await m_client.ask(std::move(challenge.base64));
        if (!line && line.error().fault == Fault::too_large)
            co_return sasl::Failed{sasl::FailureKind::too_long, {}, "line of the exchange too long"};
        if (!line)
            co_return std::unexpected(line.error());
        co_return m_machine.respond(*line);
    }

    Task<Outcome<sasl::Step>> check_password(sasl::VerifyPassword question)
    {
        auto account =
            co_await m_directory.verify_password(std::move(question.user), std::move(question.password));
        auto answer = sasl::PasswordAnswer::right;
        if (account)
            verified = std::move(*account);
        else
            answer = account.error().fault == Fault::unauthorized ? sasl::PasswordAnswer::wrong
                                                                  : sasl::PasswordAnswer::unavailable;
        co_return m_machine.password_checked(answer);
    }

    Task<Outcome<sasl::Step>> find_credentials(sasl::NeedScramCredentials question)
    {
        auto found = co_await m_directory.scram_credentials(std::move(question.user));
        const auto result = look_up_result(found);
        base::ScramCredentials credentials;
        if (result == sasl::LookUp::found)
            credentials = std::move(**found);
        co_return m_machine.scram_credentials(result, std::move(credentials));
    }

    Task<Outcome<sasl::Step>> find_secret(sasl::NeedPlainSecret question)
    {
        auto found = co_await m_directory.recoverable_secret(std::move(question.user));
        const auto result = look_up_result(found);
        co_return m_machine.plain_secret(result, result == sasl::LookUp::found ? **found : std::string());
    }

    directory::Directory& m_directory;
    sasl::Server& m_machine;
    ClientLine& m_client;
};

Task<Verdict> settle(directory::Directory& directory, std::optional<directory::Account> verified,
                     sasl::Step end)
{
    if (auto* failed = std::get_if<sasl::Failed>(&end))
        co_return std::unexpected(std::move(*failed));
    if (verified)
        co_return std::move(*verified);
    const std::string user = std::get<sasl::Done>(end).user;
    auto account = co_await directory.authenticated(user); // gone or disabled since the exchange began?
    if (account)
        co_return std::move(*account);
    const auto kind = account.error().fault == Fault::unauthorized ? sasl::FailureKind::bad_credentials
                                                                   : sasl::FailureKind::unavailable;
    co_return std::unexpected(sasl::Failed{kind, user, account.error().cause});
}

} // namespace

Task<Outcome<Verdict>> run_exchange(Setting setting, sasl::Mechanism mechanism,
                                    std::optional<std::string_view> initial_response, ClientLine& client)
{
    auto secret = co_await setting.directory.server_secret();
    if (!secret)
        co_return Verdict(std::unexpected(
            sasl::Failed{sasl::FailureKind::unavailable, {}, "server secret: " + secret.error().cause}));
    sasl::ServerSetup setup{.binding = channel_binding(setting.tls),
                            .hostname = std::string(setting.hostname),
                            .fake_salt_key = std::move(*secret),
                            .fake_iterations = setting.accounts.scram_iterations};
    const auto machine = sasl::make_server(mechanism, std::move(setup));
    Exchange exchange(setting.directory, *machine, client);
    sasl::Step step = machine->start(initial_response);
    while (!is_end(step)) {
        auto next = co_await exchange.answer(std::move(step));
        if (!next)
            co_return std::unexpected(next.error());
        step = std::move(*next);
    }
    auto verdict = co_await settle(setting.directory, std::move(exchange.verified), std::move(step));
    co_return verdict;
}

} // namespace mansio::login
