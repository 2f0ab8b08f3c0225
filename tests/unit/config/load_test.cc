#include "config/settings.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace mansio::config {
namespace {

using namespace std::chrono_literals;

// Nine lines; what a test adds begins on line 10.
constexpr std::string_view minimal = R"([server]
hostname = "mail.example.test"

[[listener]]
protocol = "smtp"
port = 20025



)";

base::Outcome<Settings> read(std::string_view added)
{
    return parse(std::string(minimal) + std::string(added), "/etc/mansio/mansio.toml");
}

/// What is wrong with the file, or "ok".
std::string problems(std::string_view added)
{
    const auto settings = read(added);
    return settings ? "ok" : settings.error().cause;
}

TEST(LoadSettings, ReadsEveryKind)
{
    const auto settings = read(R"([smtp]
max-recipients = 200
max-message-size = "20MiB"
max-text-line = 2000
command-timeout = "90s"
banner = "hello \"you\""
mechanisms = ["PLAIN"]
vrfy = true
[log]
format = "json"
levels.imap = "debug"
[log.transcripts]
imap = false
[[tls.extra]]
certificate = "a.pem"
key = "/keys/a.pem"
)");
    ASSERT_TRUE(settings) << settings.error().cause;
    EXPECT_EQ(settings->smtp.max_recipients, 200u);
    EXPECT_EQ(settings->smtp.max_message_size, 20u << 20);
    EXPECT_EQ(settings->smtp.max_text_line, 2000u);
    EXPECT_EQ(settings->smtp.command_timeout, 90s);
    EXPECT_EQ(settings->smtp.banner, "hello \"you\"");
    EXPECT_EQ(settings->smtp.mechanisms, std::vector<std::string>{"PLAIN"});
    EXPECT_TRUE(settings->smtp.vrfy);
    EXPECT_EQ(settings->log.format, LogFormat::json);
    EXPECT_EQ(settings->log.level_of("imap"), base::Level::debug);
    EXPECT_EQ(settings->log.level_of("smtp"), base::Level::info);
    EXPECT_FALSE(settings->log.imap_transcripts);
    ASSERT_EQ(settings->tls.extra.size(), 1u);
    EXPECT_EQ(settings->tls.extra[0].certificate, "/etc/mansio/a.pem");
    EXPECT_EQ(settings->tls.extra[0].key, "/keys/a.pem");
}

TEST(LoadSettings, KeepsDefaultsAndMakesPathsAbsolute)
{
    const auto settings = read("");
    ASSERT_TRUE(settings) << settings.error().cause;
    EXPECT_EQ(settings->file, "/etc/mansio/mansio.toml");
    EXPECT_EQ(settings->server.data_directory, "/etc/mansio/data");
    EXPECT_EQ(settings->store_path(), "/etc/mansio/data/store");
    EXPECT_EQ(settings->admin_socket(), "/etc/mansio/data/admin.sock");
    EXPECT_EQ(settings->relay.lifetime, 5 * 24h);
    ASSERT_EQ(settings->listeners.size(), 1u);
    EXPECT_EQ(settings->listeners[0].effective_port(), 20025);
}

struct Row {
    std::string_view name;
    std::string_view added;
    std::string_view shown;
};

constexpr std::string_view file = "/etc/mansio/mansio.toml";

TEST(LoadSettings, NamesLineAndRemedyOfEachMistake)
{
    const Row rows[] = {
        {"unknown key", "[smtp]\nmax-recipient = 5\n",
         ":11: unknown key \"smtp.max-recipient\"; did you mean \"max-recipients\"?"},
        {"unknown table", "[smpt]\n", ":10: unknown key \"smpt\"; did you mean \"smtp\"?"},
        {"right key, wrong table", "[imap]\nmax-message-size = 5\n",
         ":11: unknown key \"imap.max-message-size\"; did you mean \"smtp.max-message-size\"?"},
        {"nothing near", "[smtp]\nqqqqqqqqqqqq = 5\n", ":11: unknown key \"smtp.qqqqqqqqqqqq\""},
        {"unknown in a sub-table", "[log.levels]\nimpa = \"info\"\n",
         ":11: unknown key \"log.levels.impa\"; did you mean \"levels.imap\"?"},
        {"under the range", "[smtp]\nmax-recipients = 5\n", ":11: smtp.max-recipients: must be 100 to 50000"},
        {"negative", "[smtp]\nmax-recipients = -5\n",
         ":11: smtp.max-recipients: must be a whole number, 100 to 50000"},
        {"text for a number", "[smtp]\nmax-recipients = \"200\"\n",
         ":11: smtp.max-recipients: must be a whole number, 100 to 50000"},
        {"number for a flag", "[smtp]\nvrfy = 1\n", ":11: smtp.vrfy: must be true or false"},
        {"duration without unit", "[smtp]\ncommand-timeout = 300\n",
         ":11: smtp.command-timeout: must be a duration with its unit: \"30s\", \"5m\", \"4h\", \"5d\""},
        {"duration over the range", "[smtp]\ncommand-timeout = \"2h\"\n",
         ":11: smtp.command-timeout: must be 10s to 1h"},
        {"size nobody knows", "[smtp]\nmax-message-size = \"50 MB\"\n",
         ":11: smtp.max-message-size: must be a size: \"50MiB\", \"512KiB\", or a number of bytes"},
        {"wrong word", "[log]\nformat = \"jason\"\n",
         ":11: log.format: must be one of: text | json; did you mean \"json\"?"},
        {"list of numbers", "[dns]\nservers = [1]\n", ":11: dns.servers: each item must be a text in quotes"},
        {"control character", "[smtp]\nbanner = \"a\\r\\nb\"\n",
         ":11: smtp.banner: must not hold control characters"},
        {"mechanism", "[pop3]\nmechanisms = [\"PLAINE\"]\n",
         ":11: pop3.mechanisms: unknown mechanism \"PLAINE\"; did you mean \"PLAIN\"?"},
        {"resolver", "[dns]\nservers = [\"dns.example\"]\n",
         ":11: dns.servers: not an address: \"dns.example\""},
        {"smarthost without port", "[relay]\nsmarthost = \"mail.example\"\n",
         ":11: relay.smarthost: must be \"host:port\""},
        {"single table for listeners", "[tls.extra]\nkey = \"a\"\n",
         ":10: tls.extra: must be written as [[tls.extra]]"},
        {"value for a table", "dns = 5\n", ":10: unknown key \"listener.dns\""},
        {"not TOML", "[smtp\n", ":10: "},
        {"key twice", "[smtp]\nvrfy = true\nvrfy = true\n", ":12: "},
    };
    for (const Row& row : rows) {
        const std::string shown = problems(row.added);
        const std::string expected = std::string(file) + std::string(row.shown);
        if (row.shown.ends_with(": "))
            EXPECT_TRUE(shown.starts_with(expected)) << row.name << ": " << shown;
        else
            EXPECT_EQ(shown, expected) << row.name;
    }
}

TEST(LoadSettings, ATableWithoutANameIsAMistakeLikeAnyOther)
{
    for (const char* line : {"[*", "[[*]]", "[=]", "[ \x01"})
        EXPECT_TRUE(problems(line).starts_with("/etc/mansio/mansio.toml:10: ")) << problems(line);
}

TEST(LoadSettings, TakesOtherThanAsciiInStringsAndCommentsAlone)
{
    const std::string u = "\xca\x86"; // the library's tables have no end for it
    EXPECT_EQ(problems("[smtp] # " + u + "\nbanner = \"" + u + "\\\"" + u + "\""), "ok");
    EXPECT_EQ(problems("[smtp]\nbanner = \"\"\"a\"" + u + "\"\"\"\"\" # '" + u), "ok");
    EXPECT_EQ(problems("[smtp]\nbanner = '''a''" + u + "''' # " + u + "\nvrfy = true"), "ok");
    EXPECT_EQ(problems("[smtp]\nbanner = 'a\\' # " + u), "ok");
    for (const std::string& text : {u, "[smtp]" + u, "[smtp]\nbanner = " + u, "[smtp]\n" + u + " = 1"})
        EXPECT_TRUE(problems(text).ends_with("only strings and comments hold other than ASCII characters"))
            << problems(text);
    const std::string third = "[smtp]\nbanner = \"\"\"a\"\"\"\"\"\n" + u;
    EXPECT_TRUE(problems(third).starts_with("/etc/mansio/mansio.toml:12: ")) << problems(third);
}

TEST(LoadSettings, TakesNoControlCharactersNotEvenInStrings)
{
    using namespace std::string_literals;
    const std::string texts[] = {"[smtp]\nbanner = \"a\0\xef\xba\xb3\""s, "[smtp] # \x01",
                                 "[smtp]\nbanner = 'a\x7f'"};
    for (const std::string& text : texts)
        EXPECT_TRUE(problems(text).contains(": no control characters")) << problems(text);
    EXPECT_EQ(problems("[smtp]\r\nbanner\t= \"a\"\r\n"), "ok");
}

TEST(LoadSettings, ChecksListeners)
{
    const Row rows[] = {
        {"no protocol", "[[listener]]\nport = 5\n", ":10: listener: protocol is required"},
        {"port twice", "[[listener]]\nprotocol = \"imap\"\nport = 20025\n",
         ":10: listener: used twice: 0.0.0.0 port 20025"},
        {"two places", "[[listener]]\nprotocol = \"imap\"\nport = 1\npath = \"x\"\n",
         ":10: listener: either path, or address and port"},
        {"name for address", "[[listener]]\nprotocol = \"imap\"\naddress = \"localhost\"\n",
         ":12: listener: address must be an IPv4 or IPv6 address"},
        {"TLS without certificate", "[[listener]]\nprotocol = \"imaps\"\n",
         ":10: listener: imaps needs tls.certificate"},
        {"unknown", "[[listener]]\nprotocol = \"impas\"\n",
         ":11: listener.protocol: must be one of: smtp | submission | submissions | lmtp | imap | imaps | "
         "pop3 | "
         "pop3s | admin; did you mean \"imaps\"?"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(problems(row.added), std::string(file) + std::string(row.shown)) << row.name;
}

TEST(LoadSettings, ReportsAllMistakesInOrder)
{
    const std::string f(file);
    EXPECT_EQ(
        problems("[smtp]\nvrfy = 1\n[imap]\nmax-lines = 5\n[relay]\nfirst-retry = \"5\"\n"),
        f + ":11: smtp.vrfy: must be true or false\n" + f +
            ":13: unknown key \"imap.max-lines\"; did you mean \"max-line\"?\n" + f +
            ":15: relay.first-retry: must be a duration with its unit: \"30s\", \"5m\", \"4h\", \"5d\"");
}

TEST(LoadSettings, WantsAHostnameAndAListener)
{
    const auto settings = parse("", "f");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().cause,
              "f: no [[listener]]: the server would hear nothing\nf: server.hostname is required");
}

TEST(LoadSettings, LabTakesLimitsAwayButNoCaps)
{
    const auto settings =
        parse("[server]\nhostname = \"a.test\"\nlab = true\n[[listener]]\nprotocol = \"imap\"\n", "f");
    ASSERT_TRUE(settings) << settings.error().cause;
    EXPECT_TRUE(settings->imap.plaintext_login);
    EXPECT_EQ(settings->imap.max_connections_per_address, 0u);
    EXPECT_EQ(settings->imap.login_failure_delay, 0ms);
    EXPECT_EQ(settings->imap.max_line, ImapSettings{}.max_line);
}

TEST(LoadSettings, SaysWhenTheFileIsMissing)
{
    const auto settings = load("/nonexistent/mansio.toml");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().fault, base::Fault::not_found);
    EXPECT_EQ(settings.error().cause, "/nonexistent/mansio.toml: can't be opened: No such file or directory");
}

TEST(LoadSettings, SaysWhenTheFileIsAFolder)
{
    const auto settings = load("/");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().cause, "/: can't be read");
}

} // namespace
} // namespace mansio::config
