#include "config/account_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = AccountSettings;

constexpr Row rows[] = {
    text<&S::recipient_delimiter>(
        "recipient-delimiter", Reload::restart,
        "alice+anything is delivered to alice (rfc5233). Empty: the plus is a letter like "
        "others."),
    size<&S::default_quota>("default-quota", {0, 1ULL << 50}, Reload::restart,
                            "Bytes a new account may keep. 0: no limit."),
    number<&S::min_password_length>("min-password-length", {1, 256}, Reload::restart,
                                    "Characters of a new password. Length is what counts."),
    size<&S::argon2_memory>("argon2-memory", {8 * 1024, 4ULL << 30}, Reload::restart,
                            "Memory of one password check; with two passes about 50 ms. 19 MiB is the usual "
                            "advice (rfc9106#4). For new passwords; old hashes keep their own."),
    number<&S::argon2_passes>("argon2-passes", {1, 100}, Reload::restart, "Passes over that memory."),
    number<&S::argon2_lanes>("argon2-lanes", {1, 64}, Reload::restart, "Lanes: threads of one check."),
    number<&S::scram_iterations>(
        "scram-iterations", {4096, 1'000'000}, Reload::restart,
        "PBKDF2 rounds of SCRAM secrets; at least 4096 by rfc7677#4, and the client pays "
        "too."),
    duration<&S::recheck_interval>("recheck-interval", {1s, 1h}, Reload::restart,
                                   "How soon an open session notices that its account was disabled."),
};

} // namespace

std::span<const Row> account_rows()
{
    return rows;
}

} // namespace mansio::config
