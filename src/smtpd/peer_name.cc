#include "smtpd/peer_name.h"

#include "wire/smtp/path.h"

#include <algorithm>

namespace mansio::smtpd {
namespace {

constexpr std::size_t max_names = 4; // names tried for one address: more is somebody making us work

base::Task<bool> resolves_to(net::Resolver& resolver, std::string name, net::Address peer)
{
    const bool v4 = peer.kind() == net::Address::Kind::v4;
    auto question = v4 ? resolver.a(name) : resolver.aaaa(name);
    auto answer = co_await question;
    if (!answer)
        co_return false;
    co_return std::ranges::find(answer->records, peer.with_port(0)) != answer->records.end();
}

base::Task<void> look_up(net::Resolver& resolver, net::Address peer, base::Promise<std::string> result)
{
    auto names = co_await resolver.ptr(peer);
    if (names) {
        names->records.resize(std::min(names->records.size(), max_names));
        for (const std::string& name : names->records) {
            if (!wire::smtp::is_domain(name) || !base::is_ascii(name))
                continue;
            const bool confirmed = co_await resolves_to(resolver, name, peer);
            if (confirmed) {
                result.set(name);
                co_return;
            }
        }
    }
    result.set("");
}

} // namespace

void PeerName::begin(base::Executor& executor, net::Resolver& resolver, net::Address peer)
{
    m_pending.emplace();
    base::spawn(executor, look_up(resolver, std::move(peer), *m_pending), "look up a peer's name");
}

base::Task<std::string> PeerName::get()
{
    if (m_pending) {
        auto name = co_await m_pending->wait();
        m_name = std::move(name);
        m_pending.reset();
    }
    co_return m_name;
}

} // namespace mansio::smtpd
