#include "net/fake_resolver.h"

#include "net/dns_wire.h"

#include <algorithm>

namespace mansio::net {

using base::fail;
using base::Fault;
using base::Outcome;

namespace {

/// Addresses are written down as text.
Outcome<AddressAnswer> to_addresses(const Outcome<TextAnswer>& from)
{
    if (!from)
        return std::unexpected(from.error());
    AddressAnswer answer{.status = from->status, .records = {}, .secure = from->secure, .ttl = from->ttl};
    for (const std::string& text : from->records)
        if (auto address = Address::parse_ip(text))
            answer.records.push_back(std::move(*address));
    return answer;
}

} // namespace

bool FakeResolver::exists(const std::string& name) const
{
    return mx_records.contains(name) || a_records.contains(name) || aaaa_records.contains(name) ||
           txt_records.contains(name) || ptr_records.contains(name) || tlsa_records.contains(name);
}

template <class Record>
Outcome<Answer<Record>> FakeResolver::look_up(const std::map<std::string, std::vector<Record>>& records,
                                              const std::string& name) const
{
    if (!dns::is_query_name(name) && !Address::parse_ip(name))
        return fail(Fault::invalid, "not a name to look up: " + name);
    const std::string key = dns::canonical(name);
    if (failing.contains(key))
        return fail(Fault::temporary, "SERVFAIL for " + key);
    Answer<Record> answer;
    answer.secure = secure.contains(key);
    answer.ttl = 3600;
    const auto found = records.find(key);
    if (found != records.end() && !found->second.empty()) {
        answer.status = DnsStatus::found;
        answer.records = found->second;
    } else if (!exists(key)) {
        answer.status = DnsStatus::no_domain;
    }
    return answer;
}

base::Task<Outcome<MxAnswer>> FakeResolver::mx(std::string domain)
{
    auto answer = look_up(mx_records, domain);
    if (answer)
        std::sort(answer->records.begin(), answer->records.end());
    co_return answer;
}

base::Task<Outcome<AddressAnswer>> FakeResolver::a(std::string host)
{
    co_return to_addresses(look_up(a_records, host));
}

base::Task<Outcome<AddressAnswer>> FakeResolver::aaaa(std::string host)
{
    co_return to_addresses(look_up(aaaa_records, host));
}

base::Task<Outcome<TextAnswer>> FakeResolver::txt(std::string name)
{
    co_return look_up(txt_records, name);
}

base::Task<Outcome<NameAnswer>> FakeResolver::ptr(Address address)
{
    co_return look_up(ptr_records, address.ip());
}

base::Task<Outcome<TlsaAnswer>> FakeResolver::tlsa(std::string name)
{
    co_return look_up(tlsa_records, name);
}

} // namespace mansio::net
