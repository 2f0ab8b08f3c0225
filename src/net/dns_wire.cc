#include "net/dns_wire.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace mansio::net::dns {
namespace {

std::uint8_t byte_at(std::string_view data, std::size_t at)
{
    return static_cast<std::uint8_t>(data[at]);
}

constexpr std::size_t max_name = 253; // rfc1035#2.3.4: 255 with the first length byte and the root

bool is_host_byte(char c)
{
    return base::is_alpha(c) || base::is_digit(c) || c == '-' || c == '_';
}

} // namespace

std::optional<std::string> parse_name(std::string_view data)
{
    std::string name;
    while (!data.empty()) {
        const std::size_t size = byte_at(data, 0);
        if (size == 0)
            return data.size() == 1 ? std::optional(base::to_lower(name)) : std::nullopt;
        if (size > 63 || data.size() < 1 + size)
            return std::nullopt;
        const std::string_view label = data.substr(1, size);
        if (!std::all_of(label.begin(), label.end(), is_host_byte))
            return std::nullopt;
        name += name.empty() ? "" : ".";
        name += label;
        if (name.size() > max_name)
            return std::nullopt;
        data.remove_prefix(1 + size);
    }
    return std::nullopt;
}

std::optional<MxRecord> parse_mx(std::string_view data)
{
    if (data.size() < 3)
        return std::nullopt;
    auto host = parse_name(data.substr(2));
    if (!host)
        return std::nullopt;
    const auto preference = static_cast<std::uint16_t>(byte_at(data, 0) << 8 | byte_at(data, 1));
    return MxRecord{preference, std::move(*host)};
}

std::optional<Address> parse_a(std::string_view data)
{
    if (data.size() != 4)
        return std::nullopt;
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), data.data(), bytes.size());
    return Address::v4(bytes, 0);
}

std::optional<Address> parse_aaaa(std::string_view data)
{
    if (data.size() != 16)
        return std::nullopt;
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), data.data(), bytes.size());
    return Address::v6(bytes, 0);
}

std::optional<std::string> parse_txt(std::string_view data)
{
    std::string text;
    while (!data.empty()) {
        const std::size_t size = byte_at(data, 0);
        if (data.size() < 1 + size)
            return std::nullopt;
        text += data.substr(1, size);
        data.remove_prefix(1 + size);
    }
    return text;
}

std::optional<TlsaRecord> parse_tlsa(std::string_view data)
{
    if (data.size() < 4)
        return std::nullopt;
    return TlsaRecord{byte_at(data, 0), byte_at(data, 1), byte_at(data, 2), std::string(data.substr(3))};
}

bool is_query_name(std::string_view name)
{
    if (name == ".")
        return true;
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (name.empty() || name.size() > max_name)
        return false;
    const auto allowed = [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; };
    if (!std::all_of(name.begin(), name.end(), allowed))
        return false;
    const auto labels = base::split(name, '.');
    return std::all_of(labels.begin(), labels.end(),
                       [](std::string_view label) { return !label.empty() && label.size() <= 63; });
}

std::string canonical(std::string_view name)
{
    if (name.ends_with('.'))
        name.remove_suffix(1);
    return base::to_lower(name);
}

} // namespace mansio::net::dns
