#include "config/dns_settings.h"

#include "config/setting.h"

namespace mansio::config {
namespace {

using namespace std::chrono_literals;
using S = DnsSettings;

constexpr Row rows[] = {
    list<&S::servers>("servers", Reload::restart,
                      "Resolvers to ask, as \"192.0.2.53\" or \"192.0.2.53:5353\". Empty: those of "
                      "/etc/resolv.conf."),
    duration<&S::timeout>("timeout", {100ms, 2min}, Reload::restart,
                          "The longest an answer may take. Later counts as a temporary failure."),
    size<&S::cache>("cache", {64 * 1024, 1ULL << 30}, Reload::restart, "Bytes of remembered answers."),
    duration<&S::max_ttl>("max-ttl", {0s, 7 * 24h}, Reload::restart,
                          "The longest an answer is remembered, whatever it says itself."),
};

} // namespace

std::span<const Row> dns_rows()
{
    return rows;
}

} // namespace mansio::config
