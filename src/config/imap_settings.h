#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::config {

struct Row;

/// [imap]: ports 143 and 993.
struct ImapSettings {
    // Caps before login.
    std::uint64_t max_line_before_login = 8 * 1024;
    std::uint64_t max_literal_before_login = 4 * 1024;

    // Caps after it.
    std::uint64_t max_line = 64 * 1024;
    std::uint64_t max_command_size = 1024 * 1024;
    std::uint64_t max_append_size = 50ULL * 1024 * 1024;
    std::uint32_t max_literals = 1000;
    std::uint32_t max_nesting = 50;
    std::uint32_t max_errors = 50;
    std::uint32_t max_login_failures = 3;
    std::uint32_t max_mailboxes = 5000;
    std::uint32_t max_keywords = 200;
    std::uint32_t max_connections = 10'000;
    std::uint32_t max_connections_per_address = 200;
    std::uint32_t max_connections_per_user = 100;

    // Deadlines.
    std::chrono::milliseconds login_timeout = std::chrono::minutes(3);
    std::chrono::milliseconds idle_timeout = std::chrono::minutes(30);
    std::chrono::milliseconds literal_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds write_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds idle_notify = std::chrono::minutes(29);
    std::chrono::milliseconds login_failure_delay = std::chrono::seconds(2);

    // Policy.
    std::vector<std::string> mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"};
    bool plaintext_login = false;
    std::vector<std::string> hidden_capabilities = {"UIDONLY"};
};

std::span<const Row> imap_rows();

} // namespace mansio::config
