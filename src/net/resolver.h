#pragma once
#include "base/outcome.h"
#include "base/task.h"
#include "net/address.h"
#include "net/loop.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::net {

enum class DnsStatus {
    found,
    no_data,   ///< the name exists, records of this type don't
    no_domain, ///< the name does not exist
};

/// What the DNS says for sure. What it can't say (SERVFAIL, timeout, bogus signatures) is Fault::temporary.
template <class Record>
struct Answer {
    DnsStatus status = DnsStatus::no_data;
    std::vector<Record> records = {}; ///< empty unless found
    bool secure = false;              ///< validated by DNSSEC, denials too
    std::uint32_t ttl = 0;            ///< seconds
};

/// rfc5321#5.1. Names have no trailing dot; an empty host is the null MX of rfc7505.
struct MxRecord {
    std::uint16_t preference = 0;
    std::string host;
    auto operator<=>(const MxRecord&) const = default;
};

/// rfc6698#2.1.
struct TlsaRecord {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching = 0;
    std::string data; ///< raw
    auto operator<=>(const TlsaRecord&) const = default;
};

using MxAnswer = Answer<MxRecord>;      ///< sorted by preference
using AddressAnswer = Answer<Address>;  ///< port 0
using TextAnswer = Answer<std::string>; ///< TXT: the strings of a record joined
using NameAnswer = Answer<std::string>; ///< PTR
using TlsaAnswer = Answer<TlsaRecord>;

/// The door to the DNS. CNAMEs are followed. Names are ASCII (A-labels), with or without a trailing dot; a
/// malformed name is Fault::invalid. May be awaited on any executor; it resumes there. Must outlive its
/// look-ups.
class Resolver {
public:
    virtual ~Resolver() = default;
    virtual base::Task<base::Outcome<MxAnswer>> mx(std::string domain) = 0;
    virtual base::Task<base::Outcome<AddressAnswer>> a(std::string host) = 0;
    virtual base::Task<base::Outcome<AddressAnswer>> aaaa(std::string host) = 0;
    virtual base::Task<base::Outcome<TextAnswer>> txt(std::string name) = 0;
    virtual base::Task<base::Outcome<NameAnswer>> ptr(Address address) = 0;
    virtual base::Task<base::Outcome<TlsaAnswer>> tlsa(std::string name) = 0;
};

enum class DnsUpstream {
    resolv_conf, ///< ask the servers of /etc/resolv.conf, when `servers` is empty
    recursive,   ///< ask the root and down, when `servers` is empty
};

struct ResolverSettings {
    std::vector<std::string> servers =
        {}; ///< "192.0.2.53" or "192.0.2.53@5353": ask these, whoever else exists
    DnsUpstream upstream = DnsUpstream::resolv_conf;
    std::string trust_anchor_file =
        {}; ///< DS or DNSKEY records; empty: nothing is validated, nothing is secure
    std::chrono::milliseconds timeout{10'000}; ///< for a whole look-up
    std::uint64_t cache_bytes = 4 << 20;       ///< of remembered answers
    std::chrono::seconds max_ttl{86'400};      ///< the longest an answer is remembered
    std::string outgoing_address = {};         ///< the local address to ask from; empty: any
};

/// libunbound with its own cache and thread; results arrive through `loop`, which must outlive the resolver.
/// Never asks NSS, never reads /etc/hosts. Fails when a setting is not accepted.
base::Outcome<std::unique_ptr<Resolver>> make_unbound_resolver(Loop& loop, const ResolverSettings& settings);

} // namespace mansio::net
