// What this machine can do at most, with the engine, sockets and cryptography that the server uses.
#include "load/limits.h"

#include "base/bytes.h"

namespace mansio::load {
namespace {

/// SHA-256 of one text after the other, on one thread.
void hash_until(Tally& tally, const std::string& text, Deadline end)
{
    while (!end.passed()) {
        const auto since = std::chrono::steady_clock::now();
        const std::string hash = base::sha256(text);
        tally.done(since, hash.size() == 32 ? 1 : 0, text.size());
    }
}

int measure_sha256(const LimitOptions& options)
{
    Run run("limit-sha256", CommonOptions{}, 0, Tickets::at_most);
    const std::string text = base::random_bytes(options.size);
    run.begin();
    hash_until(run.tally(0), text, Deadline::after(std::chrono::seconds(options.seconds)));
    run.end();
    return run.report();
}

} // namespace

int run_limit(const LimitOptions& options)
{
    switch (options.limit) {
    case Limit::group_commit: return measure_group_commit(options);
    case Limit::loopback: return measure_stream(options, Transport::plain);
    case Limit::tls: return measure_stream(options, Transport::tls);
    case Limit::sha256: break;
    }
    return measure_sha256(options);
}

} // namespace mansio::load
