#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::sasl {

// The message grammar of SCRAM, rfc5802#7: attributes "x=value" between commas. Both sides use it.

/// How the client feels about channel binding: gs2-cbind-flag.
enum class BindingFlag { unsupported, not_offered, used };

struct ClientFirst {
    BindingFlag flag = BindingFlag::unsupported;
    std::string binding_type; ///< after "p="
    std::string authzid;
    std::string user;
    std::string nonce;
    std::string gs2_header; ///< as sent, with its last comma
    std::string bare;       ///< as sent, after the header: part of AuthMessage
};
std::optional<ClientFirst> parse_client_first(std::string_view text);

struct ClientFinal {
    std::string binding; ///< decoded c=
    std::string nonce;
    std::string proof; ///< decoded p=
    std::string without_proof;
};
std::optional<ClientFinal> parse_client_final(std::string_view text);

struct ServerFirst {
    std::string nonce;
    std::string salt;
    std::uint32_t iterations = 0;
};
std::optional<ServerFirst> parse_server_first(std::string_view text);

/// "," and "=" as =2C and =3D.
std::string encode_name(std::string_view name);
std::optional<std::string> decode_name(std::string_view text);

/// Byte by byte; the same size.
std::string exclusive_or(std::string_view a, std::string_view b);

} // namespace mansio::wire::sasl
