#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::config {

struct Row;

/// What a client that did not say UTF8 gets when a message has UTF-8 in its header (rfc6856#2.1).
enum class Utf8Mail : std::uint8_t {
    rewrite,  ///< a surrogate whose header is ASCII (rfc6858)
    refuse,   ///< -ERR [UTF8]
    as_it_is, ///< what no rule allows and most old clients show well enough
};

/// [pop3]: ports 110 and 995.
struct Pop3Settings {
    // Caps.
    std::uint64_t max_line = 2048;
    std::uint64_t max_auth_line = 12'288;
    std::uint32_t max_errors = 20;
    std::uint32_t max_login_failures = 3;
    std::uint32_t max_connections = 5000;
    std::uint32_t max_connections_per_address = 100;
    std::uint32_t max_connections_per_user = 20;

    // Deadlines.
    std::chrono::milliseconds login_timeout = std::chrono::minutes(1);
    std::chrono::milliseconds idle_timeout = std::chrono::minutes(10);
    std::chrono::milliseconds write_timeout = std::chrono::minutes(5);
    std::chrono::milliseconds login_failure_delay = std::chrono::seconds(2);

    // Policy.
    std::vector<std::string> mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"};
    bool plaintext_login = false;
    bool apop = false;
    bool replace_nul = true;
    Utf8Mail utf8_mail = Utf8Mail::rewrite;
};

std::span<const Row> pop3_rows();

} // namespace mansio::config
