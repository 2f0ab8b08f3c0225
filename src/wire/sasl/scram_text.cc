#include "wire/sasl/scram_text.h"

#include "base/bytes.h"
#include "base/text.h"

#include <algorithm>

namespace mansio::wire::sasl {
namespace {

/// Takes "x=value" off the front, with the comma after it.
std::optional<std::string_view> take_attribute(std::string_view& text, char letter)
{
    if (text.size() < 2 || text[0] != letter || text[1] != '=')
        return std::nullopt;
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view value = text.substr(2, comma - 2);
    text.remove_prefix(std::min(comma + 1, text.size()));
    return value;
}

/// Up to and without the comma; nothing where there is no comma.
std::optional<std::string_view> take_field(std::string_view& text)
{
    const auto comma = text.find(',');
    if (comma == std::string_view::npos)
        return std::nullopt;
    const std::string_view field = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return field;
}

bool take_flag(std::string_view field, ClientFirst& message)
{
    if (field == "n")
        message.flag = BindingFlag::unsupported;
    else if (field == "y")
        message.flag = BindingFlag::not_offered;
    else if (field.starts_with("p=") && field.size() > 2)
        message.flag = BindingFlag::used;
    else
        return false;
    if (message.flag == BindingFlag::used)
        message.binding_type = field.substr(2);
    return true;
}

bool take_authzid(std::string_view field, ClientFirst& message)
{
    if (field.empty())
        return true;
    if (!field.starts_with("a="))
        return false;
    auto authzid = decode_name(field.substr(2));
    if (!authzid || authzid->empty())
        return false;
    message.authzid = std::move(*authzid);
    return true;
}

/// printable = %x21-2B / %x2D-7E
bool is_nonce(std::string_view text)
{
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
}

} // namespace

// client-first-message = gs2-header [reserved-mext ","] username "," nonce ["," extensions]
// A mandatory extension ("m=") is none we know, so it fails as rfc5802#5.1 wants.
std::optional<ClientFirst> parse_client_first(std::string_view text)
{
    ClientFirst message;
    std::string_view rest = text;
    const auto flag = take_field(rest);
    if (!flag || !take_flag(*flag, message))
        return std::nullopt;
    const auto authzid = take_field(rest);
    if (!authzid || !take_authzid(*authzid, message))
        return std::nullopt;
    message.gs2_header = text.substr(0, text.size() - rest.size());
    message.bare = rest;

    const auto user = take_attribute(rest, 'n');
    auto name = user ? decode_name(*user) : std::nullopt;
    const auto nonce = name ? take_attribute(rest, 'r') : std::nullopt;
    if (!nonce || !is_nonce(*nonce))
        return std::nullopt;
    message.user = std::move(*name);
    message.nonce = *nonce;
    return message;
}

// client-final-message = channel-binding "," nonce ["," extensions] "," proof
std::optional<ClientFinal> parse_client_final(std::string_view text)
{
    const auto proof_at = text.rfind(",p=");
    if (proof_at == std::string_view::npos)
        return std::nullopt;
    std::string_view rest = text.substr(0, proof_at);
    ClientFinal message;
    message.without_proof = rest;
    const auto binding = take_attribute(rest, 'c');
    const auto nonce = binding ? take_attribute(rest, 'r') : std::nullopt;
    if (!nonce)
        return std::nullopt;
    auto decoded_binding = base::base64_decode(*binding);
    auto proof = base::base64_decode(text.substr(proof_at + 3));
    if (!decoded_binding || !proof)
        return std::nullopt;
    message.binding = std::move(*decoded_binding);
    message.nonce = *nonce;
    message.proof = std::move(*proof);
    return message;
}

// server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
std::optional<ServerFirst> parse_server_first(std::string_view text)
{
    const auto nonce = take_attribute(text, 'r');
    const auto salt = nonce ? take_attribute(text, 's') : std::nullopt;
    const auto count = salt ? take_attribute(text, 'i') : std::nullopt;
    if (!count || !is_nonce(*nonce))
        return std::nullopt;
    const auto iterations = base::parse_number(*count, UINT32_MAX);
    auto decoded_salt = base::base64_decode(*salt);
    if (!iterations || *iterations == 0 || !decoded_salt || decoded_salt->empty())
        return std::nullopt;
    return ServerFirst{std::string(*nonce), std::move(*decoded_salt),
                       static_cast<std::uint32_t>(*iterations)};
}

std::string encode_name(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (c == ',')
            out += "=2C";
        else if (c == '=')
            out += "=3D";
        else
            out += c;
    }
    return out;
}

std::optional<std::string> decode_name(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        const std::string_view code = text.substr(i, 3);
        if (code != "=2C" && code != "=3D")
            return std::nullopt;
        out += code == "=2C" ? ',' : '=';
        i += 2;
    }
    return out;
}

std::string exclusive_or(std::string_view a, std::string_view b)
{
    std::string out(a);
    for (std::size_t i = 0; i < out.size() && i < b.size(); ++i)
        out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

} // namespace mansio::wire::sasl
