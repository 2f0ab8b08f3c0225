#include "app/import_ini.h"

#include "app/config_editor.h"
#include "app/ini_file.h"
#include "app/reach.h"
#include "base/text.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <sstream>

namespace mansio::app {
namespace {

namespace json = boost::json;
using base::Fault;
using base::Outcome;

class Import {
public:
    Import(const ImportIniOptions& options, IniFile ini, std::string config_text)
        : m_options(options)
        , m_ini(std::move(ini))
        , m_editor(config_text)
    {
    }

    int run()
    {
        take_ports();
        take_dns();
        explain_the_rest_of_the_settings();
        take_users();
        explain_unknown();
        finish();
        fmt::print("{} taken, {} explained, {} refused{}\n", m_taken, m_explained, m_refused,
                   m_options.dry_run ? " (dry run: nothing was changed)" : "");
        return m_refused == 0 ? 0 : 1;
    }

private:
    using Entry = IniFile::Entry;

    void taken(const Entry& entry, std::string_view what)
    {
        ++m_taken;
        say("taken", entry, what);
    }
    void explained(const Entry& entry, std::string_view what)
    {
        ++m_explained;
        say("not taken", entry, what);
    }
    void refused(const Entry& entry, std::string_view what)
    {
        ++m_refused;
        say("refused", entry, what);
    }
    void say(std::string_view verdict, const Entry& entry, std::string_view what)
    {
        m_seen.insert(entry.line);
        fmt::print("{:<9} line {} [{}] {}: {}\n", verdict, entry.line, entry.section, entry.key, what);
    }

    void take_ports()
    {
        struct Row {
            const char* section;
            const char* protocol;
        };
        for (const Row& row : {Row{"SMTP", "smtp"}, Row{"POP3", "pop3"}, Row{"IMAP", "imap"}}) {
            const Entry* entry = m_ini.find(row.section, "Port");
            if (entry == nullptr)
                continue;
            const auto port = base::parse_number(entry->value, 65535);
            if (!port || *port == 0)
                refused(*entry, "not a port number");
            else if (!m_editor.set_listener_port(row.protocol, static_cast<std::uint16_t>(*port)))
                refused(*entry, "the configuration file has no such listener");
            else
                taken(*entry, fmt::format("{} listens on port {}", row.protocol, *port));
        }
    }

    void take_dns()
    {
        const Entry* entry = m_ini.find("SMTP", "DnsServer");
        if (entry == nullptr)
            return;
        if (entry->value.empty())
            return explained(*entry, "empty: the system's resolver is used");
        if (entry->value.find_first_of("\"\\") != std::string::npos)
            return refused(*entry, "not an address");
        m_editor.set("dns", "servers", fmt::format("[\"{}\"]", entry->value));
        if (auto good = config::parse(m_editor.text(), m_options.settings->file); !good) {
            m_editor.set("dns", "servers", "[]");
            return refused(*entry, "not an address: " + good.error().cause);
        }
        taken(*entry, "dns.servers");
    }

    void explain_the_rest_of_the_settings()
    {
        struct Row {
            const char* section;
            const char* key;
            const char* what;
        };
        for (const Row& row :
             {Row{"SMTP", "RelayInterval",
                  "the queue acts when something is due, there is no interval; see relay.first-retry"},
              Row{"SMTP", "RelayDir",
                  "the queue lives in the store; messages waiting in that folder stay there"},
              Row{"SMTP", "BadDir",
                  "nothing is put aside: mail that can't be returned is parked in the queue"},
              Row{"MAILBOX", "MailboxDir", "mail lives in the store; messages in that folder stay there"}})
            if (const Entry* entry = m_ini.find(row.section, row.key))
                explained(*entry, row.what);
    }

    void take_users()
    {
        const Entry* count = m_ini.find("USERS", "Count");
        if (count == nullptr)
            return;
        const auto number = base::parse_number(count->value, 100'000);
        if (!number)
            return refused(*count, "not a number");
        taken(*count, fmt::format("{} users", *number));
        for (std::uint64_t i = 0; i < *number; ++i)
            take_user("USER" + std::to_string(i), *count);
    }

    void take_user(const std::string& section, const Entry& count)
    {
        const Entry* name = m_ini.find(section, "UserName");
        const Entry* password = m_ini.find(section, "Password");
        const Entry* email = m_ini.find(section, "Email");
        for (const Entry* entry : {password, email})
            if (entry != nullptr)
                m_seen.insert(entry->line);
        if (name == nullptr || name->value.empty())
            return refused(name ? *name : count, section + " has no UserName");
        const auto address = address_of(*name, email);
        if (!address)
            return refused(*name, address.error().cause);
        if (password == nullptr || password->value.empty())
            return refused(*name, *address + " has no password: add it with account add");
        auto added = add_account(*address, password->value);
        if (!added && added.error().fault == Fault::exists)
            return explained(*name, *address + " exists already and was left as it is");
        if (!added)
            return refused(*name, added.error().cause);
        const bool renamed = !base::equal_icase(name->value, *address);
        taken(*name, *address + (renamed ? ", logs in by this address" : "") + ", password hashed");
    }

    Outcome<std::string> address_of(const Entry& name, const Entry* email)
    {
        if (email != nullptr && email->value.find('@') != std::string::npos)
            return base::to_lower(email->value);
        if (name.value.find('@') != std::string::npos)
            return base::to_lower(name.value);
        auto domain = default_domain();
        if (!domain)
            return std::unexpected(domain.error());
        return base::to_lower(name.value) + '@' + *domain;
    }

    Outcome<std::string> default_domain()
    {
        if (!m_options.domain.empty())
            return m_options.domain;
        auto domains = call("domain.list", {});
        if (!domains)
            return std::unexpected(domains.error());
        if (domains->as_array().empty())
            return base::fail(Fault::not_found, "there is no domain yet: say --domain");
        return std::string(domains->as_array().front().at("domain").as_string());
    }

    Outcome<void> add_account(const std::string& address, const std::string& password)
    {
        if (m_options.dry_run) {
            auto found = call("account.show", {{"address", address}});
            if (found)
                return base::fail(Fault::exists, "exists");
            return found.error().fault == Fault::not_found ? Outcome<void>{} : std::unexpected(found.error());
        }
        auto domain = call("domain.add", {{"domain", address.substr(address.rfind('@') + 1)}});
        if (!domain && domain.error().fault != Fault::exists)
            return std::unexpected(domain.error());
        auto added =
            call("account.add", {{"address", address}, {"password", password}, {"any_password", true}});
        if (!added)
            return std::unexpected(added.error());
        return {};
    }

    Outcome<json::value> call(std::string command, json::object arguments)
    {
        if (!m_reach) {
            auto reached = reach(m_options.settings);
            if (!reached)
                return std::unexpected(reached.error());
            m_reach = std::move(*reached);
        }
        return m_reach->call(std::move(command), std::move(arguments));
    }

    void explain_unknown()
    {
        for (const Entry& entry : m_ini.entries()) {
            if (m_seen.contains(entry.line))
                continue;
            const bool user = base::starts_with_icase(entry.section, "USER");
            explained(entry, user ? "a user section behind Count, or a line that a later one overrides"
                                  : "not a known setting, or a later line overrides it");
        }
        for (const std::size_t line : m_ini.odd_lines()) {
            ++m_refused;
            fmt::print("refused   line {}: neither a section nor key=value\n", line);
        }
    }

    void finish()
    {
        if (m_options.dry_run)
            return;
        if (auto replaced = replace_config(m_options.settings->file, m_editor.text()); !replaced) {
            ++m_refused;
            fmt::print("refused   {} was not changed: {}\n", m_options.settings->file,
                       replaced.error().cause);
        } else {
            fmt::print("wrote {}; a running server needs a restart for its ports\n",
                       m_options.settings->file);
        }
    }

    const ImportIniOptions& m_options;
    IniFile m_ini;
    ConfigEditor m_editor;
    std::unique_ptr<Reach> m_reach;
    std::set<std::size_t> m_seen;
    std::size_t m_taken = 0;
    std::size_t m_explained = 0;
    std::size_t m_refused = 0;
};

Outcome<std::string> read_file(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    in.peek(); // a folder can be opened, but not read
    if (!in.is_open() || in.bad())
        return base::fail(Fault::not_found, "can't read " + path);
    std::ostringstream out;
    if (!in.eof())
        out << in.rdbuf();
    if (in.bad() || out.fail())
        return base::fail(Fault::temporary, "can't read " + path);
    return out.str();
}

} // namespace

int import_ini(const ImportIniOptions& options)
{
    auto ini = read_file(options.file);
    auto config = read_file(options.settings->file);
    if (!ini || !config) {
        fmt::print(stderr, "mansio: {}\n", ini ? config.error().cause : ini.error().cause);
        return 1;
    }
    if (ini->starts_with("\xff\xfe") || ini->starts_with("\xfe\xff")) {
        fmt::print(stderr, "mansio: {} is UTF-16: save it as UTF-8\n", options.file);
        return 1;
    }
    return Import(options, IniFile::parse(*ini), *config).run();
}

} // namespace mansio::app
