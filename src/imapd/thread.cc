#include "imapd/commands.h"
#include "imapd/header_reader.h"
#include "imapd/mail_fields.h"
#include "imapd/progress.h"
#include "imapd/search_run.h"
#include "imapd/thread_algorithms.h"
#include "intake/beside.h"
#include "intake/budget.h"
#include "message/message_id.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

using Algorithm = imap::Thread::Algorithm;

constexpr std::size_t max_ids_size = 64 * 1024; // of References looked at, from its end: a thousand ids
constexpr std::size_t piece_size = 16 * 1024;   // of the answer, which is written bit by bit

/// rfc5256#3: those of References, or the first one of In-Reply-To.
std::vector<std::string> references_of(const MailFields& fields)
{
    const std::size_t size = fields.references.size();
    auto ids = message::message_ids(fields.references.substr(size - std::min(size, max_ids_size)));
    if (!ids.empty())
        return ids;
    ids = message::message_ids(fields.in_reply_to.substr(0, max_ids_size));
    if (ids.size() > 1)
        ids.resize(1);
    return ids;
}

void add(ThreadInput& input, Algorithm algorithm, const MailFields& fields, ThreadInput::Facts facts)
{
    const auto subject = subject_key(fields);
    facts.subject = subject.text;
    facts.is_reply = subject.is_reply;
    std::vector<std::string> ids;
    std::vector<std::string> references;
    if (algorithm == Algorithm::references) {
        ids = message::message_ids(fields.message_id.substr(0, max_ids_size));
        references = references_of(fields);
    }
    if (!ids.empty())
        facts.message_id = ids.front();
    facts.references = references;
    input.add(facts);
}

constexpr std::size_t step_after = 256; // messages; reading ahead lets others run too

/// False when there is no memory for it, or nobody to tell.
Task<bool> read_input(Session& session, const imap::Thread& command, const Found& found, ThreadInput& input,
                      intake::MemoryBudget::Share& share)
{
    HeaderReader headers(session, found.view);
    Progress progress(session, found.numbers.count());
    std::size_t done = 0;
    for (const imap::NumberRange& range : found.numbers.ranges()) {
        for (std::size_t index = range.first - 1; index < range.last; ++index) {
            const mailbox::Message& message = found.view->at(index);
            const auto header = co_await headers.of(index);
            const auto fields = find_mail_fields(header);
            const bool by_uid = command.numbering == imap::Numbering::uid;
            add(input, command.algorithm, fields,
                {.number = by_uid ? message.uid : static_cast<std::uint32_t>(index + 1),
                 .sent = sent_date(fields, message.internal_date)});
            if (!share.grow_to(input.bytes()))
                co_return false;
            if (++done % step_after != 0)
                continue;
            const bool open = co_await progress.step(done);
            if (!open)
                co_return false;
        }
    }
    co_return true;
}

ThreadTree make_tree(const ThreadInput& input, Algorithm algorithm)
{
    return algorithm == Algorithm::references ? thread_by_references(input) : thread_by_subject(input);
}

/// "* THREAD (2)(3 6 (4 23)(44 7 96))": rfc5256#4
Task<void> write_threads(Session& session, const ThreadTree& tree)
{
    std::string piece = tree.roots().empty() ? "* THREAD" : "* THREAD ";
    for (const std::uint32_t root : tree.roots()) {
        write_thread(piece, tree, root);
        if (piece.size() < piece_size)
            continue;
        session.channel.write(piece);
        piece.clear();
        const bool open = co_await make_room(session);
        if (!open)
            co_return;
    }
    session.channel.write(piece + "\r\n");
}

} // namespace

/// rfc5256#3
Task<Reply> thread(Session& session, imap::Thread command)
{
    const auto found = co_await run_search(session, command.key, command.charset);
    if (!found)
        co_return found.error();
    ThreadInput input;
    auto share = session.imapd.budget.share();
    const bool read = co_await read_input(session, command, *found, input, share);
    if (!read)
        co_return reply::no("LIMIT", "no memory left at the moment");
    const auto tree = co_await intake::run_beside(session.imapd.workers, input.bytes(),
                                                  [&] { return make_tree(input, command.algorithm); });
    co_await write_threads(session, tree);
    co_return reply::ok("threaded");
}

} // namespace mansio::imapd
