// The command line's contract: names here are fixed, scripts depend on them.
#include "app/command_line.h"

#include "app/certificates.h"
#include "app/import_ini.h"
#include "app/init.h"
#include "app/print.h"
#include "app/reach.h"
#include "app/serve.h"
#include "config/describe.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <iostream>

namespace mansio::app {
namespace {

namespace json = boost::json;

/// What the arguments were parsed into. Options of all commands: only those of the command given are set.
struct Arguments {
    std::string config_file;
    bool as_json = false;
    bool password_from_stdin = false;
    bool dry_run = false;
    bool markdown = false;
    InitOptions init;
    std::string ini_file;
    std::string ini_domain;
    std::string request; ///< name of an admin command
    json::object values; ///< its arguments
    std::function<int()> action;
};

int refuse(const base::Failure& failure)
{
    fmt::print(stderr, "mansio: {}\n", failure.cause);
    return 1;
}

base::Outcome<std::shared_ptr<const config::Settings>> load_settings(const std::string& file)
{
    auto settings = config::load(file);
    if (!settings)
        return std::unexpected(settings.error());
    return std::make_shared<const config::Settings>(std::move(*settings));
}

/// One line of standard input, without its line end.
void read_password(Arguments& arguments)
{
    std::string password;
    std::getline(std::cin, password);
    if (!password.empty() && password.back() == '\r')
        password.pop_back();
    arguments.values["password"] = password;
}

int run_request(Arguments& arguments)
{
    auto settings = load_settings(arguments.config_file);
    if (!settings)
        return refuse(settings.error());
    if (arguments.password_from_stdin)
        read_password(arguments);
    auto reached = reach(*settings);
    if (!reached)
        return refuse(reached.error());
    auto result = (*reached)->call(arguments.request, arguments.values);
    if (!result)
        return refuse(result.error());
    if (arguments.as_json)
        fmt::print("{}\n", json::serialize(*result));
    else
        fmt::print("{}", print_for_people(*result));
    const bool found_faults = arguments.request == "check" && !result->at("clean").as_bool();
    return found_faults ? 1 : 0;
}

int run_init(const Arguments& arguments)
{
    auto made = init(arguments.init);
    if (!made)
        return refuse(made.error());
    fmt::print("wrote {}\nadministrator: {}\npassword, shown only now: {}\nstart it with: mansio serve "
               "--config {}\n",
               made->config_file, made->admin_address, made->admin_password, made->config_file);
    return 0;
}

int run_config_check(const Arguments& arguments)
{
    auto settings = load_settings(arguments.config_file);
    if (!settings)
        return refuse(settings.error());
    if (const config::TlsSettings& tls = (*settings)->tls; !tls.certificate.empty())
        if (auto readable = net::TlsCertificates::open(server_tls(tls)); !readable)
            return refuse(readable.error());
    fmt::print("{}: good\n", arguments.config_file);
    return 0;
}

int run_describe(const Arguments& arguments)
{
    fmt::print(
        "{}", config::describe(arguments.markdown ? config::DescribeAs::markdown : config::DescribeAs::text));
    return 0;
}

int run_config_dump(const Arguments& arguments)
{
    auto settings = load_settings(arguments.config_file);
    if (!settings)
        return refuse(settings.error());
    fmt::print("{}", config::dump(**settings));
    return 0;
}

int run_import_ini(const Arguments& arguments)
{
    auto settings = load_settings(arguments.config_file);
    if (!settings)
        return refuse(settings.error());
    return import_ini({*settings, arguments.ini_file, arguments.ini_domain, arguments.dry_run});
}

// Building the tree of commands.

CLI::App* add_action(CLI::App& parent, Arguments& arguments, const std::string& name, const std::string& help,
                     int (*action)(const Arguments&))
{
    CLI::App* command = parent.add_subcommand(name, help);
    command->callback(
        [&arguments, action] { arguments.action = [&arguments, action] { return action(arguments); }; });
    return command;
}

/// A command that is a row of the admin table.
CLI::App* add_request(CLI::App& parent, Arguments& arguments, const std::string& name,
                      const std::string& request, const std::string& help)
{
    CLI::App* command = parent.add_subcommand(name, help);
    command->add_flag("--json", arguments.as_json, "print JSON");
    command->callback([&arguments, request] {
        arguments.request = request;
        arguments.action = [&arguments] { return run_request(arguments); };
    });
    return command;
}

CLI::Option* text_value(CLI::App* command, Arguments& arguments, const std::string& option,
                        const std::string& key, const std::string& help)
{
    return command->add_option_function<std::string>(
        option, [&arguments, key](const std::string& value) { arguments.values[key] = value; }, help);
}

void number_value(CLI::App* command, Arguments& arguments, const std::string& option, const std::string& key,
                  const std::string& help)
{
    command
        ->add_option_function<std::uint64_t>(
            option, [&arguments, key](const std::uint64_t& value) { arguments.values[key] = value; }, help)
        ->check(CLI::NonNegativeNumber); // the conversion alone wraps a minus around
}

void flag_value(CLI::App* command, Arguments& arguments, const std::string& option, const std::string& key,
                const std::string& help)
{
    command->add_flag_function(
        option, [&arguments, key](std::int64_t) { arguments.values[key] = true; }, help);
}

void list_value(CLI::App* command, Arguments& arguments, const std::string& option, const std::string& key,
                const std::string& help)
{
    command
        ->add_option_function<std::vector<std::string>>(
            option,
            [&arguments, key](const std::vector<std::string>& values) {
                json::array list;
                for (const std::string& value : values)
                    list.emplace_back(value);
                arguments.values[key] = std::move(list);
            },
            help)
        ->required();
}

CLI::App* group(CLI::App& app, const std::string& name, const std::string& help)
{
    CLI::App* made = app.add_subcommand(name, help);
    made->require_subcommand(1);
    return made;
}

void add_init_and_serve(CLI::App& app, Arguments& a)
{
    CLI::App* init = add_action(app, a, "init", "make a new server in a folder", run_init);
    init->add_option("DIR", a.init.folder, "the folder; made if missing")->required();
    init->add_option("--hostname", a.init.config.hostname, "this server's own name, as in its MX record")
        ->required();
    init->add_option("--domain", a.init.domain, "the first mail domain")->required();
    init->add_option("--port-base", a.init.config.port_base, "added to each standard port")
        ->check(CLI::Range(0, 60000));
    init->add_option("--address", a.init.config.address, "address to listen on");
    init->add_option("--smarthost", a.init.config.smarthost, "HOST:PORT that takes all outbound mail");
    init->add_flag("--lab", a.init.config.lab,
                   "for tests on loopback: no limits, delays, look-ups; plain logins");

    CLI::App* serve_command =
        add_action(app, a, "serve", "run the server in the foreground",
                   [](const Arguments& arguments) { return serve(arguments.config_file); });
    serve_command->add_option("--config", a.config_file, "the configuration file");
}

void add_accounts(CLI::App& app, Arguments& a)
{
    CLI::App* account = group(app, "account", "people and their passwords");
    for (const auto& [name, help] :
         {std::pair{"add", "add an account"}, std::pair{"password", "set a password"}}) {
        CLI::App* command = add_request(*account, a, name, std::string("account.") + name, help);
        text_value(command, a, "ADDRESS", "address", "user@domain")->required();
        command->add_flag("--password-stdin", a.password_from_stdin,
                          "read it from standard input; else one is made");
        flag_value(command, a, "--recoverable-secret", "recoverable_secret",
                   "keep the password itself too: only for APOP and CRAM-MD5");
        if (std::string_view(name) == "add") {
            text_value(command, a, "--name", "name", "display name");
            number_value(command, a, "--quota-bytes", "quota_bytes", "octets of mail; 0: no limit");
            number_value(command, a, "--quota-messages", "quota_messages", "messages; 0: no limit");
        }
    }
    add_request(*account, a, "list", "account.list", "all accounts");
    for (const auto& [name, help] :
         {std::pair{"show", "one account, its use and mailboxes"},
          std::pair{"remove", "remove it and all its mail"}, std::pair{"enable", "let it log in again"},
          std::pair{"disable", "let nobody log in; mail still comes in"}}) {
        CLI::App* command = add_request(*account, a, name, std::string("account.") + name, help);
        text_value(command, a, "ADDRESS", "address", "user@domain")->required();
    }
    CLI::App* quota = add_request(*account, a, "quota", "account.quota", "set its limits");
    text_value(quota, a, "ADDRESS", "address", "user@domain")->required();
    number_value(quota, a, "--bytes", "quota_bytes", "octets of mail; 0: no limit");
    number_value(quota, a, "--messages", "quota_messages", "messages; 0: no limit");
}

void add_domains(CLI::App& app, Arguments& a)
{
    CLI::App* domain = group(app, "domain", "mail domains");
    add_request(*domain, a, "list", "domain.list", "all domains");
    for (const char* name : {"add", "remove"}) {
        CLI::App* command = add_request(*domain, a, name, std::string("domain.") + name, "one domain");
        text_value(command, a, "DOMAIN", "domain", "its name")->required();
    }
    CLI::App* catch_all =
        add_request(*domain, a, "catch-all", "domain.catch-all", "who gets what nobody takes");
    text_value(catch_all, a, "DOMAIN", "domain", "its name")->required();
    text_value(catch_all, a, "ADDRESS", "address", "where it goes; none: nowhere");

    CLI::App* alias = group(app, "alias", "addresses that lead to others");
    add_request(*alias, a, "list", "alias.list", "all aliases");
    CLI::App* add = add_request(*alias, a, "add", "alias.add", "add or replace one");
    text_value(add, a, "ADDRESS", "address", "the alias")->required();
    list_value(add, a, "TARGET", "targets", "addresses it leads to");
    CLI::App* remove = add_request(*alias, a, "remove", "alias.remove", "remove one");
    text_value(remove, a, "ADDRESS", "address", "the alias")->required();
}

void add_queue(CLI::App& app, Arguments& a)
{
    CLI::App* queue = group(app, "queue", "mail on its way out");
    CLI::App* list = add_request(*queue, a, "list", "queue.list", "what waits, oldest first");
    number_value(list, a, "--limit", "limit", "at most this many messages");
    struct Row {
        const char* name;
        const char* help;
    };
    for (const Row& row :
         {Row{"show", "one message"}, Row{"retry", "try now"}, Row{"hold", "stop trying"},
          Row{"release", "try again after a hold"}, Row{"reroute", "send it another way"},
          Row{"bounce", "give up and tell the sender"}, Row{"delete", "drop it, tell nobody"}}) {
        CLI::App* command = add_request(*queue, a, row.name, std::string("queue.") + row.name, row.help);
        text_value(command, a, "ID", "id", "the message's queue id")->required();
        number_value(command, a, "--recipient", "recipient", "only this recipient's number");
        if (std::string_view(row.name) == "reroute")
            text_value(command, a, "ROUTE", "route",
                       "host, host:port or [address]:port; none: the normal way");
        if (std::string_view(row.name) == "bounce")
            text_value(command, a, "--reason", "reason", "what the sender is told");
    }
}

void add_trace(CLI::App& app, Arguments& a)
{
    CLI::App* trace = group(app, "trace", "what happened to a session or a message");
    CLI::App* session = add_request(*trace, a, "session", "trace.session", "a session's transcript");
    text_value(session, a, "ID", "id", "the session's id, on each of its log lines")->required();
    CLI::App* sessions = add_request(*trace, a, "sessions", "trace.sessions", "sessions of late");
    number_value(sessions, a, "--last", "last_seconds", "how far back, in seconds; an hour if not given");
    CLI::App* message = add_request(*trace, a, "message", "trace.message", "a message's journey");
    text_value(message, a, "ID", "id", "its trace id")->required();
    CLI::App* find =
        add_request(*trace, a, "find", "trace.find", "messages by sender, recipient or Message-ID");
    text_value(find, a, "--sender", "sender", "reverse path");
    text_value(find, a, "--recipient", "recipient", "forward path");
    text_value(find, a, "--message-id", "message_id", "without angle brackets");
    number_value(find, a, "--limit", "limit", "at most this many");
}

void add_the_rest(CLI::App& app, Arguments& a)
{
    add_request(app, a, "check", "check", "judge the whole store; exit 1 if anything is wrong");
    add_request(app, a, "status", "status", "numbers of the running server");

    CLI::App* config = group(app, "config", "the configuration file and the settings there are");
    add_action(*config, a, "check", "read the file and say what is wrong with it", run_config_check);
    add_action(*config, a, "dump", "the file with every default filled in", run_config_dump);
    CLI::App* describe =
        add_action(*config, a, "describe", "every setting with default and reason", run_describe);
    describe->add_flag("--markdown", a.markdown, "as doc/settings.md");

    CLI::App* import = group(app, "import", "take over from another server");
    CLI::App* ini = add_action(*import, a, "ini", "settings.ini of Clever Mail Server", run_import_ini);
    ini->add_option("FILE", a.ini_file, "the file")->required();
    ini->add_option("--domain", a.ini_domain, "domain of users whose name is no address");
    ini->add_flag("--dry-run", a.dry_run, "say what would be done, change nothing");
}

} // namespace

int run_command_line(int argc, char** argv)
{
    CLI::App app{"Mansio, a complete mail server", "mansio"};
    Arguments arguments;
    app.add_option("--config", arguments.config_file, "the configuration file (mansio.toml)");
    app.set_version_flag("--version", std::string("mansio ") + MANSIO_VERSION);
    app.require_subcommand(1);
    add_init_and_serve(app, arguments);
    add_accounts(app, arguments);
    add_domains(app, arguments);
    add_queue(app, arguments);
    add_trace(app, arguments);
    add_the_rest(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (arguments.config_file.empty())
        arguments.config_file = "mansio.toml";
    try {
        return arguments.action();
    } catch (const std::exception& error) { // out of memory, or a mistake of ours
        return refuse(base::Failure{base::Fault::temporary, error.what()});
    }
}

} // namespace mansio::app
