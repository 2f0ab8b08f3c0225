#include "config/sections.h"

namespace mansio::config {
namespace {

const Settings& default_settings()
{
    static const Settings settings;
    return settings;
}

const std::vector<Section>& table()
{
    static const ListenerSettings listener;
    static const CertificateSettings certificate;
    const Settings& made = default_settings();
    static const std::vector<Section> all = {
        {"server", "The process as a whole.", server_rows(), false,
         [](Settings& s) -> void* { return &s.server; }, &made.server},
        {"listener", "One per address and port, or unix socket.", listener_rows(), true,
         [](Settings& s) -> void* { return &s.listeners.emplace_back(); }, &listener},
        {"tls", "Certificates.", tls_rows(), false, [](Settings& s) -> void* { return &s.tls; }, &made.tls},
        {"tls.extra", "Certificates for further names, chosen by what the client asks for (SNI).",
         certificate_rows(), true, [](Settings& s) -> void* { return &s.tls.extra.emplace_back(); },
         &certificate},
        {"smtp", "Sessions that bring mail: SMTP, submission, LMTP.", smtp_rows(), false,
         [](Settings& s) -> void* { return &s.smtp; }, &made.smtp},
        {"imap", "IMAP sessions.", imap_rows(), false, [](Settings& s) -> void* { return &s.imap; },
         &made.imap},
        {"pop3", "POP3 sessions.", pop3_rows(), false, [](Settings& s) -> void* { return &s.pop3; },
         &made.pop3},
        {"relay", "Mail on its way out.", relay_rows(), false, [](Settings& s) -> void* { return &s.relay; },
         &made.relay},
        {"store", "Where mail is kept.", store_rows(), false, [](Settings& s) -> void* { return &s.store; },
         &made.store},
        {"dns", "Name look-ups.", dns_rows(), false, [](Settings& s) -> void* { return &s.dns; }, &made.dns},
        {"accounts", "Addressing, quotas, passwords and login limits.", account_rows(), false,
         [](Settings& s) -> void* { return &s.accounts; }, &made.accounts},
        {"log", "The running log and the transcripts.", log_rows(), false,
         [](Settings& s) -> void* { return &s.log; }, &made.log},
    };
    return all;
}

} // namespace

std::span<const Section> sections()
{
    return table();
}

const Section* find_section(std::string_view name)
{
    for (const Section& section : table())
        if (section.name == name)
            return &section;
    return nullptr;
}

const Row* find_row(const Section& section, std::string_view key)
{
    for (const Row& row : section.rows)
        if (row.key == key)
            return &row;
    return nullptr;
}

} // namespace mansio::config
