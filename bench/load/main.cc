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

void add_imap(CLI::App& app, int& exit_code)
{
    static ImapOptions options;
    CLI::App& imap = *app.add_subcommand("imap", "does one IMAP work");
    add_common(imap, options.common);
    add_users(imap, options.users);
    add_messages(imap, options.messages);
    imap.add_option("--work", options.work,
                    "login, append, multiappend, select, status, noop, fetch-metadata, "
                    "fetch-full-metadata, fetch-body, store, store-one, search-subject, "
                    "search-body, copy, move or expunge")
        ->required()
        ->check(
            [](const std::string& name) { return is_imap_work(name) ? "" : "no work is called " + name; });
    imap.add_option("--operations", options.count,
                    "commands in all (append: messages, expunge: once a connection)");
    imap.add_option("--mailbox", options.mailbox, "to work on; every connection has its user's");
    imap.add_option("--target", options.target, "mailbox to copy or move to; made where it is missing");
    imap.add_option("--word", options.word, "to search for");
    imap.add_option("--pipeline", options.pipeline, "commands sent at once; messages of one MULTIAPPEND")
        ->check(CLI::Range(1, 10'000));
    imap.callback([&] { exit_code = run_imap(options); });
}

void add_pop3(CLI::App& app, int& exit_code)
{
    static Pop3Options options;
    static const std::map<std::string, Pop3Work> works = {{"stat", Pop3Work::stat},
                                                          {"uidl", Pop3Work::uidl},
                                                          {"list", Pop3Work::list},
                                                          {"retr", Pop3Work::retr}};
    CLI::App& pop3 = *app.add_subcommand("pop3", "does one POP3 work");
    add_common(pop3, options.common);
    add_users(pop3, options.users);
    pop3.add_option("--work", options.work, "stat, uidl, list, or retr: every message of the maildrop")
        ->required()
        ->transform(CLI::CheckedTransformer(works));
    pop3.add_option("--operations", options.count, "commands in all; retr: at most so many of each maildrop");
    pop3.add_option("--pipeline", options.pipeline, "commands sent at once")->check(CLI::Range(1, 10'000));
    pop3.callback([&] { exit_code = run_pop3(options); });
}

void add_idle(CLI::App& app, int& exit_code)
{
    static IdleOptions options;
    CLI::App& idle = *app.add_subcommand("idle", "time from the 250 for a message to the EXISTS in IDLE");
    add_common(idle, options.common);
    add_users(idle, options.users);
    add_messages(idle, options.messages);
    idle.add_option("--rounds", options.rounds, "messages, one after the other");
    idle.add_option("--smtp-port", options.smtp_port, "where they go in, in plain")->required();
    idle.add_option("--sender", options.sender, "reverse path");
    idle.callback([&] {
        if (options.common.threads != 1)
            throw CLI::ValidationError("--threads", "idle has one");
        if (options.common.connections > options.users.count)
            throw CLI::ValidationError("--connections", "more than --users");
        exit_code = run_idle(options);
    });
}

void add_hold(CLI::App& app, int& exit_code)
{
    static HoldOptions options;
    static bool until_stdin_closes = true;
    static const std::map<std::string, bool> yes_or_no = {{"yes", true}, {"no", false}};
    CLI::App& hold =
        *app.add_subcommand("hold", R"(holds IMAP sessions; prints {"ready": N}, ends with stdin)");
    add_common(hold, options.common);
    add_users(hold, options.users);
    hold.add_option("--idle", options.idle, "yes: in IDLE; no: with the mailbox selected")
        ->transform(CLI::CheckedTransformer(yes_or_no));
    hold.add_option("--mailbox", options.mailbox, "to select");
    hold.add_flag("--hold-until-stdin-closes", until_stdin_closes, "what it does anyway");
    hold.callback([&] { exit_code = run_hold(options); });
}

void add_sink(CLI::App& app, int& exit_code)
{
    static SinkOptions options;
    CLI::App& sink = *app.add_subcommand("sink", R"(takes messages; prints {"ready": N} when it listens)");
    sink.add_option("--port", options.port, "on 127.0.0.1")->required();
    auto* certificate =
        sink.add_option("--certificate", options.certificate, "PEM file")->check(CLI::ExistingFile);
    auto* key = sink.add_option("--key", options.key, "PEM file")->check(CLI::ExistingFile);
    sink.add_option("--tls", "none or starttls")
        ->check(CLI::IsMember({"none", "starttls"}))
        ->each([](const std::string& value) { options.starttls = value == "starttls"; });
    sink.add_option("--threads", options.threads, "event loops")->check(CLI::Range(1, 64));
    sink.add_option("--deadline", options.deadline_seconds, "seconds for all")->check(CLI::Range(1, 86'400));
    sink.add_option("--count", options.count, "messages to take")->required();
    sink.callback([&exit_code, certificate, key] {
        if (options.starttls && (certificate->empty() || key->empty()))
            throw CLI::ValidationError("--tls", "needs --certificate and --key");
        exit_code = run_sink(options);
    });
}

void add_limit(CLI::App& app, int& exit_code)
{
    static LimitOptions options;
    static const std::map<std::string, Limit> limits = {{"group-commit", Limit::group_commit},
                                                        {"loopback", Limit::loopback},
                                                        {"tls", Limit::tls},
                                                        {"sha256", Limit::sha256}};
    CLI::App& limit = *app.add_subcommand("limit", "what this machine can do at most");
    limit.add_option("--work", options.limit, "group-commit, loopback, tls or sha256")
        ->required()
        ->transform(CLI::CheckedTransformer(limits));
    limit.add_option("--folder", options.folder, "group-commit: where to make a store");
    limit.add_option("--writers", options.writers, "group-commit: at once")->check(CLI::Range(1, 100'000));
    limit.add_option("--size", options.size, "bytes of a message or hashed text")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 28));
    limit.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(1, 3600));
    limit.callback([&] {
        if (options.limit == Limit::group_commit && options.folder.empty())
            throw CLI::ValidationError("--folder", "is needed for group-commit");
        exit_code = run_limit(options);
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
    add_imap(app, exit_code);
    add_pop3(app, exit_code);
    add_idle(app, exit_code);
    add_hold(app, exit_code);
    add_sink(app, exit_code);
    add_limit(app, exit_code);
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
