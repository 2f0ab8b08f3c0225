#include "wire/sasl/mechanism.h"

#include "base/text.h"

#include <array>

namespace mansio::wire::sasl {
namespace {

struct Row {
    Mechanism mechanism;
    std::string_view name;
};

/// Strongest first: the order they are offered in.
constexpr std::array rows = {
    Row{Mechanism::scram_sha_256_plus, "SCRAM-SHA-256-PLUS"},
    Row{Mechanism::scram_sha_256, "SCRAM-SHA-256"},
    Row{Mechanism::cram_md5, "CRAM-MD5"},
    Row{Mechanism::plain, "PLAIN"},
    Row{Mechanism::login, "LOGIN"},
};

} // namespace

std::string_view name(Mechanism mechanism)
{
    for (const Row& row : rows)
        if (row.mechanism == mechanism)
            return row.name;
    return {};
}

std::optional<Mechanism> find_mechanism(std::string_view name)
{
    for (const Row& row : rows)
        if (base::equal_icase(row.name, name))
            return row.mechanism;
    return std::nullopt;
}

bool sends_password(Mechanism mechanism)
{
    return mechanism == Mechanism::plain || mechanism == Mechanism::login;
}

const std::string* ChannelBinding::find(std::string_view type) const
{
    if (type == "tls-exporter" && !tls_exporter.empty())
        return &tls_exporter;
    if (type == "tls-server-end-point" && !tls_server_end_point.empty())
        return &tls_server_end_point;
    return nullptr;
}

bool is_offered(Mechanism mechanism, const Offer& offer)
{
    if (!offer.tls && !offer.plain_text_allowed)
        return false;
    switch (mechanism) {
    case Mechanism::cram_md5: return offer.cram_md5;
    case Mechanism::scram_sha_256_plus: return offer.tls && offer.channel_binding;
    default: return true;
    }
}

std::string offered_mechanisms(const Offer& offer)
{
    std::string out;
    for (const Row& row : rows)
        if (is_offered(row.mechanism, offer))
            out.append(out.empty() ? "" : " ").append(row.name);
    return out;
}

} // namespace mansio::wire::sasl
