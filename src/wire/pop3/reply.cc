#include "wire/pop3/reply.h"

#include "base/bytes.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace mansio::wire::pop3 {

std::string_view name(ResponseCode code)
{
    switch (code) {
    case ResponseCode::none: return {};
    case ResponseCode::auth: return "AUTH";
    case ResponseCode::sys_temp: return "SYS/TEMP";
    case ResponseCode::sys_perm: return "SYS/PERM";
    case ResponseCode::utf8: return "UTF8";
    }
    return {};
}

std::string print(const Reply& reply)
{
    constexpr std::size_t longest = 512 - 2;
    std::string line = reply.status == Status::ok ? "+OK" : "-ERR";
    if (reply.code != ResponseCode::none)
        fmt::format_to(std::back_inserter(line), " [{}]", name(reply.code));
    if (!reply.text.empty())
        line.append(" ").append(reply.text);
    if (line.size() > longest)
        line.resize(longest);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return line.append("\r\n");
}

std::string print_challenge(std::string_view bytes)
{
    return "+ " + base::base64_encode(bytes) + "\r\n";
}

void append_scan_listing(std::string& out, std::uint32_t message, std::uint64_t octets)
{
    fmt::format_to(std::back_inserter(out), "{} {}\r\n", message, octets);
}

void append_unique_id_listing(std::string& out, std::uint32_t message, std::string_view unique_id)
{
    fmt::format_to(std::back_inserter(out), "{} {}\r\n", message, unique_id);
}

bool is_unique_id(std::string_view text)
{
    return !text.empty() && text.size() <= 70 &&
           std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e; });
}

} // namespace mansio::wire::pop3
