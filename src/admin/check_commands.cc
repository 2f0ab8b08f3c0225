// `mansio check`: every account, the queue, and that the blobs' reference counts are what they should be.
#include "admin/command.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <map>
#include <set>

namespace mansio::admin::handlers {
namespace {

namespace json = boost::json;
using References = std::map<storage::BlobId, std::int64_t>;

Task<Outcome<std::size_t>> check_accounts(Context& context, json::array& findings, References& references)
{
    auto ids = co_await mailbox::list_accounts(context.engine);
    if (!ids)
        co_return std::unexpected(ids.error());
    for (const base::AccountId id : *ids) {
        auto found = co_await mailbox::check_consistency(context.engine, id);
        if (!found)
            co_return std::unexpected(found.error());
        for (const mailbox::Finding& finding : *found)
            findings.emplace_back(fmt::format("account {}: {}", id.value, finding.what));
        auto counted = co_await mailbox::count_blob_references(context.engine, id, references);
        if (!counted)
            co_return std::unexpected(counted.error());
    }
    co_return ids->size();
}

void compare(const std::vector<storage::Engine::BlobRow>& stored, const References& expected,
             json::array& findings)
{
    std::map<storage::BlobId, std::int64_t> rest = expected;
    for (const storage::Engine::BlobRow& row : stored) {
        const auto found = rest.find(row.id);
        const std::int64_t wanted = found == rest.end() ? 0 : found->second;
        if (row.references != wanted)
            findings.emplace_back(
                fmt::format("blob {}: {} references, {} expected", row.id.hex(), row.references, wanted));
        if (found != rest.end())
            rest.erase(found);
    }
    for (const auto& [id, wanted] : rest)
        findings.emplace_back(fmt::format("blob {}: missing, {} references expected", id.hex(), wanted));
}

} // namespace

namespace {

/// One look at everything; what it finds goes into `findings`.
Task<Outcome<json::object>> look(Context& context, json::array& findings)
{
    References references;
    auto accounts = co_await check_accounts(context, findings, references);
    if (!accounts)
        co_return std::unexpected(accounts.error());
    auto audit = co_await context.spool.check_consistency();
    if (!audit)
        co_return std::unexpected(audit.error());
    for (const std::string& problem : audit->problems)
        findings.emplace_back("queue: " + problem);
    for (const auto& [id, count] : audit->references)
        references[id] += count;
    auto stored = co_await context.engine.list_blobs();
    if (!stored)
        co_return std::unexpected(stored.error());
    compare(*stored, references, findings);
    co_return json::object{{"accounts", *accounts}, {"blobs", stored->size()}};
}

/// A look takes many reads, and mail that arrives between two of them can seem a fault. A real one is there
/// twice.
json::array in_both(const json::array& first, const json::array& second)
{
    json::array both;
    for (const json::value& finding : first)
        if (std::ranges::find(second, finding) != second.end())
            both.push_back(finding);
    return both;
}

} // namespace

Task<Outcome<json::value>> check(Context& context, json::object)
{
    json::array findings;
    auto result = co_await look(context, findings);
    if (!result)
        co_return std::unexpected(result.error());
    if (!findings.empty() && context.server_status) {
        json::array again;
        auto second = co_await look(context, again);
        if (!second)
            co_return std::unexpected(second.error());
        findings = in_both(findings, again);
    }
    (*result)["clean"] = findings.empty();
    (*result)["findings"] = std::move(findings);
    co_return json::value(std::move(*result));
}

Task<Outcome<json::value>> status(Context& context, json::object)
{
    const storage::Statistics store = context.engine.statistics();
    const queue::SpoolCounts queue = context.spool.counts();
    json::object result;
    if (context.server_status)
        result = context.server_status();
    result["running"] = static_cast<bool>(context.server_status);
    result["commits"] = store.commits;
    result["syncs"] = store.syncs;
    result["commit_bytes"] = store.bytes;
    result["failed_commits"] = store.failed;
    result["queued_messages"] = queue.messages;
    result["queued_waiting"] = queue.waiting;
    result["queued_held"] = queue.held;
    result["queued_parked"] = queue.parked;
    result["queued_active"] = queue.active;
    co_return json::value(std::move(result));
}

} // namespace mansio::admin::handlers
