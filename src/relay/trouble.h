#pragma once
#include "queue/spool.h"
#include "wire/smtp/reply.h"

#include <expected>
#include <string>

namespace mansio::relay {

using base::Outcome;
using base::Task;

/// Why mail could not go on. Temporary unless somebody said for sure that it never will.
struct Trouble {
    enum class Kind { temporary, permanent };
    Kind kind = Kind::temporary;
    int code = 0;            ///< of a reply, else 0
    std::string status{};    ///< "4.4.1", rfc3463
    std::string text{};      ///< the remote's words or ours
    std::string remote{};    ///< "mx.example [192.0.2.1]", if it got that far
    bool tls_failed = false; ///< the handshake failed: without TLS it might have gone well
};

template <class T>
using Attempted = std::expected<T, Trouble>;

inline std::unexpected<Trouble> temporary(std::string status, std::string text)
{
    return std::unexpected(Trouble{.status = std::move(status), .text = std::move(text)});
}

inline std::unexpected<Trouble> permanent(std::string status, std::string text)
{
    return std::unexpected(
        Trouble{.kind = Trouble::Kind::permanent, .status = std::move(status), .text = std::move(text)});
}

queue::Result to_result(const Trouble& trouble);
/// A reply to a recipient: 2xx delivered, 5xx failed, all else deferred.
queue::Result to_result(const wire::smtp::ReceivedReply& reply, const std::string& remote);
/// "550 5.1.1 no such user", bounded.
std::string shown(const wire::smtp::ReceivedReply& reply);

} // namespace mansio::relay
