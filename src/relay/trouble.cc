#include "relay/trouble.h"

namespace mansio::relay {

queue::Result to_result(const Trouble& trouble)
{
    using enum queue::Result::Kind;
    return {.kind = trouble.kind == Trouble::Kind::permanent ? failed : deferred,
            .code = trouble.code,
            .status = trouble.status,
            .text = trouble.text,
            .remote = trouble.remote};
}

std::string shown(const wire::smtp::ReceivedReply& reply)
{
    return std::to_string(reply.code) + " " + reply.text();
}

queue::Result to_result(const wire::smtp::ReceivedReply& reply, const std::string& remote)
{
    queue::Result result{.code = reply.code, .text = shown(reply), .remote = remote};
    const int klass = reply.code / 100;
    if (klass == 2)
        result.kind = queue::Result::Kind::delivered;
    else if (klass == 5)
        result.kind = queue::Result::Kind::failed;
    else
        result.kind = queue::Result::Kind::deferred;
    // An enhanced code of another class than the reply's is a slip of the remote: rfc3463#2.
    if (reply.status.kind == klass)
        result.status = reply.status.text();
    else
        result.status = klass == 2 ? "2.0.0" : klass == 5 ? "5.0.0" : "4.0.0";
    return result;
}

} // namespace mansio::relay
