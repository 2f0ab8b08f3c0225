// mansio-load: presses a mail server and says in one JSON line how it did. README.md lists the works.
#include "load/works.h"

#include <CLI/CLI.hpp>
#include <map>
#include <sys/resource.h>

namespace mansio::load {
namespace {

void add_common(CLI::App& app, CommonOptions& common)
{
    static const std::map<std::string, Tls> tls = {
        {"none", Tls::none}, {"starttls", Tls::starttls}, {"implicit", Tls::implicit}};
    app.add_option("--host", common.host, "address of the server")->capture_default_str();
    app.add_option("--port", common.port, "its port")->required();
    app.add_option("--tls", common.tls, "none, starttls or implicit; any certificate will do")
        ->transform(CLI::CheckedTransformer(tls));
    app.add_option("--threads", common.threads, "event loops")->check(CLI::Range(1, 64));
    app.add_option("--connections", common.connections, "sessions at once")->check(CLI::Range(1, 60'000));
    app.add_option("--deadline", common.deadline_seconds, "seconds for the whole run")
        ->check(CLI::Range(1, 86'400));
    app.add_option("--sources", common.sources, "local addresses to come from, 127.0.0.1 to 127.0.0.N")
        ->check(CLI::Range(1, 254));
    app.add_flag("--gate", common.gate, R"(open all sessions, print {"ready": N}, begin at a line on stdin)");
}

void add_users(CLI::App& app, UserOptions& users)
{
    app.add_option("--user", users.pattern, "name of a user; %d is replaced by its number")->required();
    app.add_option("--users", users.count, "numbers go from 1 to this")->check(CLI::Range(1u, 10'000'000u));
    app.add_option("--password", users.password, "of every user");
}

void add_messages(CLI::App& app, MessageOptions& messages)
{
    auto* size = app.add_option("--size", messages.size, "bytes of a generated message")
                     ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30));
    app.add_option("--corpus", messages.corpus, "send the *.eml of this folder instead")
        ->check(CLI::ExistingDirectory)
        ->excludes(size);
}

/// Each add_* function declares one work; the one asked for leaves its exit code.
void add_smtp(CLI::App& app, int& exit_code)
{
    static SmtpOptions options;
    static const std::map<std::string, Reuse> reuse = {{"kept", Reuse::kept},
                                                       {"reconnect", Reuse::reconnect}};
    CLI::App& smtp = *app.add_subcommand("smtp", "sends messages");
    add_common(smtp, options.common);
    add_users(smtp, options.users);
    add_messages(smtp, options.messages);
    smtp.add_option("--messages", options.count, "in all");
    smtp.add_option("--recipients", options.recipients, "of each message, users by turns")
        ->check(CLI::Range(1, 100'000));
    smtp.add_option("--reuse", options.reuse, "kept: one session for all; reconnect: one for each message")
        ->transform(CLI::CheckedTransformer(reuse));
    smtp.add_option("--sender", options.sender, "reverse path; empty for none");
    smtp.add_option("--auth", options.auth, "log in as this user");
    smtp.add_flag("--lmtp", options.lmtp, "speak LMTP");
    smtp.add_flag("--pipelining,!--no-pipelining", options.pipelining,
                  "send the envelope in one piece if offered");
    smtp.callback([&] {
        if (options.recipients > options.users.count)
            throw CLI::ValidationError("--recipients", "more than --users");
        exit_code = run_smtp(options);
    });
}

/// A connection is a descriptor: as many as the system lets us have.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(int count, char** arguments)
{
    int exit_code = 0;
    CLI::App app("Presses a mail server; prints one JSON line.", "mansio-load");
    app.require_subcommand(1);
    add_smtp(app, exit_code);
    raise_descriptor_limit();
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return exit_code;
}

} // namespace
} // namespace mansio::load

int main(int count, char** arguments)
{
    return mansio::load::run(count, arguments);
}
