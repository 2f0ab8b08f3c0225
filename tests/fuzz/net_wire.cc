// Addresses as text, and DNS record data as libunbound hands it over.
#include "fuzz/target.h"

#include "base/text.h"
#include "net/address.h"
#include "net/dns_wire.h"

namespace mansio::fuzz {
namespace {

using net::Address;

void check_address(const Address& address)
{
    const std::string text = address.text();
    const auto again = Address::parse(text);
    require(again.has_value(), "an address printed is read: " + text);
    require_equal(again->text(), text, "an address printed and read");
    address.network();
    address.literal();
    if (!address.is_ip())
        return;
    const auto ip = Address::parse_ip(address.ip(), address.port());
    require(ip && ip->text() == text, "an IP printed and read");
    require(address.reverse_name().size() > address.reverse_labels().size(), "a reverse name has a suffix");
}

void address(std::string_view input)
{
    if (const auto ip = Address::parse_ip(input, 25))
        check_address(*ip);
    if (const auto whole = Address::parse(input))
        check_address(*whole);
}

/// A name as rfc1035#3.1 writes it.
std::string to_wire(std::string_view name)
{
    std::string out;
    if (!name.empty()) {
        for (const std::string_view label : base::split(name, '.')) {
            out += static_cast<char>(label.size());
            out += label;
        }
    }
    return out + '\0';
}

void dns(std::string_view input)
{
    namespace dns = net::dns;
    if (const auto name = dns::parse_name(input)) {
        require(name->empty() || dns::is_query_name(*name), "a name from the DNS can be asked for");
        require_equal(dns::canonical(*name), *name, "names come out canonical");
        require(dns::parse_name(to_wire(*name)) == name, "a name written and read");
    }
    if (const auto mx = dns::parse_mx(input))
        require(mx->host.empty() || dns::is_query_name(mx->host), "an exchanger can be asked for");
    if (const auto a = dns::parse_a(input))
        check_address(*a);
    if (const auto aaaa = dns::parse_aaaa(input))
        check_address(*aaaa);
    if (const auto text = dns::parse_txt(input))
        require(text->size() < input.size() || input.empty(), "a text is shorter than its record");
    dns::parse_tlsa(input);
    if (dns::is_query_name(input))
        require(input.size() <= 254, "a query's name is short");
}

const Register targets[] = {
    Register({"net-address", address, {}, 128}),
    Register({"net-dns", dns, {}, 300}),
};

} // namespace
} // namespace mansio::fuzz
