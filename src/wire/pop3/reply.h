#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::wire::pop3 {

enum class Status { ok, err };

/// The codes in brackets that we send: rfc2449#8, rfc3206, rfc6856#5. IN-USE is never needed: sessions share.
enum class ResponseCode { none, auth, sys_temp, sys_perm, utf8 };
std::string_view name(ResponseCode code);

/// The first line of an answer. `text` is human-readable and fixed words or numbers of ours.
struct Reply {
    Status status = Status::ok;
    std::string text = {};
    ResponseCode code = ResponseCode::none;

    static Reply ok(std::string text) { return {Status::ok, std::move(text), ResponseCode::none}; }
    static Reply err(std::string text, ResponseCode code = ResponseCode::none)
    {
        return {Status::err, std::move(text), code};
    }
};

/// "+OK text" or "-ERR [CODE] text", with CRLF; at most 512 octets, rfc2449#4 (longer text is cut). Control
/// characters in the text become '?', so a reply is always one line.
std::string print(const Reply& reply);

/// "+ base64" CRLF: a server challenge, rfc5034#4. The space stays when there is nothing to say.
std::string print_challenge(std::string_view bytes);

/// The line that ends an answer of several lines.
inline constexpr std::string_view end_of_lines = ".\r\n";

/// "3 1200" CRLF: a scan listing, rfc1939#5.
void append_scan_listing(std::string& out, std::uint32_t message, std::uint64_t octets);

/// "3 whqtswO00WBw418f9t5JxYwZ" CRLF, rfc1939#7.
void append_unique_id_listing(std::string& out, std::uint32_t message, std::string_view unique_id);

/// 1 to 70 characters, each of 0x21 to 0x7E: rfc1939#7.
bool is_unique_id(std::string_view text);

} // namespace mansio::wire::pop3
