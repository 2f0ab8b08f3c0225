#include "intake/judge.h"

#include <fmt/format.h>

namespace mansio::intake {
namespace {

using base::Fault;

std::unexpected<Rejection> refuse(Refusal refusal, std::string cause)
{
    return std::unexpected(Rejection{{Fault::refused, std::move(cause)}, refusal});
}

/// A submission's From and Sender must be the account's own (or an alias that leads to it): nobody writes in
/// another's name.
Task<std::expected<void, Rejection>> judge_from(const directory::Account& account,
                                                const message::Overview& overview,
                                                directory::Directory& directory)
{
    if (overview.from_broken)
        co_return refuse(Refusal::several_from, "header From can't be parsed");
    for (const auto* addresses : {&overview.from, &overview.sender})
        for (const message::Address& from : *addresses) {
            auto allowed = co_await directory.may_send_as(account.id, from.address());
            if (!allowed)
                co_return std::unexpected(Rejection{allowed.error(), Refusal::none});
            if (!*allowed)
                co_return refuse(Refusal::from_not_owned,
                                 fmt::format("{} may not send as {}", account.address, from.address()));
        }
    co_return std::expected<void, Rejection>{};
}

} // namespace

Task<std::expected<void, Rejection>> judge(const Staged& message, const message::Overview& overview,
                                           directory::Directory& directory, const IntakeSettings& settings)
{
    if (overview.received_count > settings.max_received)
        co_return refuse(Refusal::loop, fmt::format("{} Received fields", overview.received_count));
    if (message.arrival.origin != Origin::mx && message.arrival.origin != Origin::submission)
        co_return std::expected<void, Rejection>{};
    if (overview.from_count > 1) // which one would the reader see? rfc5322#3.6 allows one
        co_return refuse(Refusal::several_from, fmt::format("{} From fields", overview.from_count));
    if (message.arrival.account && settings.check_sender)
        co_return co_await judge_from(*message.arrival.account, overview, directory);
    co_return std::expected<void, Rejection>{};
}

} // namespace mansio::intake
