#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::config {

struct Row;

/// [smtp]: sessions that bring mail: ports 25, 587, 465 and LMTP.
struct SmtpSettings {
    // Caps.
    std::uint64_t max_message_size = 50ULL * 1024 * 1024;
    std::uint32_t max_recipients = 1000;
    std::uint64_t max_command_line = 4096;
    std::uint64_t max_auth_line = 12'288;
    std::uint64_t max_text_line = 64 * 1024;
    std::uint32_t max_received = 100;
    std::uint32_t max_messages = 1000;
    std::uint32_t max_errors = 20;
    std::uint32_t max_login_failures = 3;
    std::uint32_t max_unknown_recipients = 20;
    std::uint32_t max_connections = 5000;
    std::uint32_t max_connections_per_address = 50;

    // Deadlines.
    std::chrono::milliseconds command_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds data_timeout = std::chrono::minutes(3);
    std::chrono::milliseconds transaction_timeout = std::chrono::hours(1);
    std::chrono::milliseconds write_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds error_delay = std::chrono::milliseconds(500);
    std::chrono::milliseconds login_failure_delay = std::chrono::seconds(2);

    // Policy.
    std::vector<std::string> mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"};
    bool plaintext_login = false;
    bool vrfy = false;
    bool reverse_lookup = true;
    bool hide_submission_address = true;
    bool check_sender = true;
    std::string banner = "ESMTP Mansio";
};

std::span<const Row> smtp_rows();

} // namespace mansio::config
