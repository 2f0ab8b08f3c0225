#include "intake/intake.h"

#include "base/log.h"
#include "base/visit.h"
#include "intake/beside.h"
#include "intake/fields.h"
#include "intake/judge.h"
#include "message/imap_form.h"
#include "trace/recorder.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::intake {
namespace {

using base::Fault;

/// A body as it will be stored.
struct Body {
    storage::Content content;
    storage::BlobId blob;
};

storage::Content share(std::string bytes)
{
    return std::make_shared<const std::string>(std::move(bytes));
}

Body make_body(std::string_view fields, std::string_view content)
{
    std::string bytes;
    bytes.reserve(fields.size() + content.size());
    bytes.append(fields).append(content);
    const auto blob = storage::BlobId::of(bytes);
    return {share(std::move(bytes)), blob};
}

/// The local recipients' copy.
struct LocalBody {
    Body body;
    std::shared_ptr<const std::string> forms;
};

LocalBody make_local_body(std::string_view fields, std::string content)
{
    LocalBody made{make_body(fields, content), nullptr};
    content = {}; // large ones are not kept twice while they are parsed and written
    const std::string_view bytes = *made.body.content;
    made.forms = share(message::pack(message::make_imap_forms(bytes)));
    return made;
}

/// One local account that gets the message, and which recipients of the envelope lead to it.
struct Local {
    directory::LocalTarget target;
    std::vector<std::size_t> recipients;
    std::unique_ptr<mailbox::Reservation> reservation;
    Outcome<void> result;
};

bool has_remote(const Staged& message)
{
    return std::ranges::any_of(message.recipients, [](const Recipient& recipient) {
        return recipient.remote || !recipient.destination.remote.empty();
    });
}

} // namespace

struct Intake::State {
    Parts parts;
    IntakeSettings settings;
    std::function<void()> wake;

    Task<std::expected<Receipt, Rejection>> place(Staged message, message::Overview overview);
    Task<LocalBody> make_local(std::string fields, std::string content);
    Task<Body> make_remote(std::string fields, storage::Content content, std::size_t skip);
};

Task<LocalBody> Intake::State::make_local(std::string fields, std::string content)
{
    const std::size_t size = content.size();
    return run_beside(parts.workers, size,
                      [fields = std::move(fields), content = std::move(content)]() mutable {
                          return make_local_body(fields, std::move(content));
                      });
}

/// The copy for the queue: `fields`, then `content` from `skip` on.
Task<Body> Intake::State::make_remote(std::string fields, storage::Content content, std::size_t skip)
{
    const std::size_t size = content->size();
    return run_beside(parts.workers, size,
                      [fields = std::move(fields), content = std::move(content), skip]() {
                          return make_body(fields, std::string_view(*content).substr(skip));
                      });
}

namespace {

/// Where the message goes, worked out step by step and committed once.
class Placement {
public:
    Placement(Intake::Parts& parts, Staged& message, std::string trace_id)
        : m_parts(parts)
        , m_message(message)
        , m_trace_id(std::move(trace_id))
        , m_octets(message.content.size())
    {
        for (std::size_t i = 0; i < message.recipients.size(); ++i)
            for (const directory::LocalTarget& target : message.recipients[i].destination.local)
                local_for(target).recipients.push_back(i);
    }

    bool has_local() const { return !m_locals.empty(); }

    /// A place in every local recipient's INBOX. Failures stay with the recipient.
    Task<void> reserve(LocalBody local_body)
    {
        for (Local& local : m_locals) {
            mailbox::NewMessage entry;
            entry.content = local_body.body.content;
            entry.blob = local_body.body.blob;
            entry.forms = local_body.forms;
            entry.blob_in_batch = m_reserved > 0;
            auto reserved = co_await reserve_one(local.target.account, std::move(entry));
            if (reserved) {
                local.reservation = std::move(*reserved);
                m_batch.append(local.reservation->take_batch());
                ++m_reserved;
            } else {
                local.result = std::unexpected(reserved.error());
            }
        }
    }

    /// Remote recipients, and local ones that have no room just now (unless the caller answers for each
    /// itself).
    void enqueue(const Body& body, const message::Overview& overview)
    {
        collect_remote();
        if (m_queued.recipients.empty())
            return;
        m_queued.id = m_parts.spool.reserve();
        queue::Envelope& envelope = m_queued.envelope;
        envelope.reverse_path = m_message.reverse_path;
        envelope.envelope_id = m_message.envid;
        envelope.ret = m_message.ret;
        envelope.body = m_message.eight_bit || overview.eight_bit ? queue::BodyType::eight_bit_mime
                                                                  : queue::BodyType::seven_bit;
        envelope.smtputf8 = m_message.smtputf8;
        envelope.trace_id = m_trace_id;
        envelope.message_id = overview.message_id;
        if (m_message.arrival.account)
            envelope.account = m_message.arrival.account->id;
        envelope.arrived = m_parts.clock.now_millis();
        envelope.blob = body.blob;
        envelope.size = body.content->size();
        m_queued.content = body.content;
        m_parts.spool.enqueue(m_batch, m_queued);
    }
    bool needs_queue() const
    {
        return has_remote(m_message) ||
               std::ranges::any_of(m_locals, [&](const Local& l) { return defers(l); });
    }

    /// The fault to answer with when nobody at all gets the message. One reply is for all: one who may have
    /// it later counts more than those who will not, and no room more than no account.
    std::optional<base::Failure> nobody() const
    {
        if (m_reserved > 0 || has_remote(m_message))
            return std::nullopt;
        base::Failure failure{Fault::not_found, "no recipients"};
        const auto weight = [](Fault fault) {
            return fault == Fault::not_found ? 0 : fault == Fault::over_quota ? 1 : 2;
        };
        for (const Local& local : m_locals)
            if (!local.result && weight(local.result.error().fault) >= weight(failure.fault))
                failure = local.result.error();
        return failure;
    }

    void trace(const message::Overview& overview)
    {
        if (m_parts.recorder == nullptr)
            return;
        trace::JourneyEvent event;
        event.time = m_parts.clock.now_millis();
        event.trace_id = m_trace_id;
        event.sender = m_message.reverse_path;
        event.message_id = bare(overview.message_id);
        event.session = m_message.arrival.session_id;
        event.detail = fmt::format("{} octets", m_octets);
        m_parts.recorder->add_journey(m_batch, event);
        for (const Local& local : m_locals)
            if (local.reservation)
                add_delivered(event, local);
        for (const queue::Recipient& recipient : m_queued.recipients) {
            event.stage = trace::Stage::queued;
            event.recipient = recipient.forward_path;
            event.account.clear();
            event.detail = queue::to_text(m_queued.id);
            m_parts.recorder->add_journey(m_batch, event);
        }
    }

    Task<Outcome<Receipt>> commit()
    {
        m_batch.append(std::move(m_message.with));
        auto committed = co_await m_parts.engine.commit(std::move(m_batch));
        if (!committed) // the reservations abandon themselves
            co_return std::unexpected(committed.error());
        std::vector<base::Promise<bool>> visible;
        for (Local& local : m_locals)
            if (local.reservation)
                visible.push_back(local.reservation->publish());
        if (queued())
            m_parts.spool.committed(m_queued);
        for (const base::Promise<bool>& each : visible) // who hears 250 may look at once
            co_await each.wait();
        co_return receipt();
    }
    bool queued() const { return !m_queued.recipients.empty(); }

private:
    static std::string bare(std::string_view message_id)
    {
        if (message_id.starts_with('<') && message_id.ends_with('>'))
            message_id = message_id.substr(1, message_id.size() - 2);
        return std::string(message_id);
    }

    Local& local_for(const directory::LocalTarget& target)
    {
        const auto same = [&](const Local& local) { return local.target.account == target.account; };
        const auto found = std::ranges::find_if(m_locals, same);
        if (found != m_locals.end())
            return *found;
        Local fresh;
        fresh.target = target;
        m_locals.push_back(std::move(fresh));
        return m_locals.back();
    }

    Task<Outcome<std::unique_ptr<mailbox::Reservation>>> reserve_one(base::AccountId id,
                                                                     mailbox::NewMessage entry)
    {
        auto account = co_await m_parts.directory.find_account(id);
        if (!account)
            co_return std::unexpected(account.error());
        if (!*account)
            co_return base::fail(Fault::not_found, "the account is gone");
        auto opened = co_await m_parts.accounts.open(id);
        if (!opened)
            co_return std::unexpected(opened.error());
        const mailbox::Quota quota{(*account)->quota_bytes, (*account)->quota_messages};
        if (m_locals.size() == 1) // all that is left to do is done there: one way there and one back
            co_await base::resume_on((*opened)->owner());
        auto reserved = co_await (*opened)->reserve_inbox(std::move(entry), quota);
        co_return reserved;
    }

    /// A local recipient with no room while others take the message: tried again from the queue, and returned
    /// to the sender if it stays full. LMTP answers for each recipient, so nothing is kept for it.
    bool defers(const Local& local) const
    {
        return !local.result && m_message.arrival.origin != Origin::lmtp;
    }

    void collect_remote()
    {
        for (const Recipient& recipient : m_message.recipients) {
            if (recipient.remote)
                add_queued(recipient, recipient.address);
            for (const std::string& address : recipient.destination.remote)
                add_queued(recipient, address);
        }
        for (const Local& local : m_locals)
            if (defers(local))
                add_queued(m_message.recipients[local.recipients.front()], local.target.address);
    }

    void add_queued(const Recipient& from, const std::string& address)
    {
        queue::Recipient recipient;
        recipient.index = static_cast<std::uint32_t>(m_queued.recipients.size());
        recipient.forward_path = address;
        recipient.notify = from.notify;
        recipient.original_recipient = from.orcpt;
        m_queued.recipients.push_back(std::move(recipient));
    }

    void add_delivered(trace::JourneyEvent event, const Local& local)
    {
        event.stage = trace::Stage::delivered;
        event.recipient = m_message.recipients[local.recipients.front()].address;
        event.account = local.target.address;
        event.detail = fmt::format("INBOX UID {}", local.reservation->uid());
        m_parts.recorder->add_journey(m_batch, event);
    }

    Receipt receipt() const
    {
        Receipt receipt{m_trace_id, {}};
        for (const Recipient& recipient : m_message.recipients)
            receipt.recipients.push_back({recipient.address, {}});
        for (const Local& local : m_locals)
            if (!local.result && !defers(local))
                for (const std::size_t index : local.recipients)
                    receipt.recipients[index].result = local.result;
        return receipt;
    }

    Intake::Parts& m_parts;
    Staged& m_message;
    std::string m_trace_id;
    std::size_t m_octets;
    std::vector<Local> m_locals;
    std::size_t m_reserved = 0;
    queue::NewMessage m_queued;
    storage::Batch m_batch;
};

} // namespace

Intake::Intake(Parts parts, IntakeSettings settings)
    : m_state(new State{parts, std::move(settings), {}})
{
}

Intake::~Intake() = default;

void Intake::on_queued(std::function<void()> wake)
{
    m_state->wake = std::move(wake);
}

Task<std::expected<Receipt, Rejection>> Intake::accept(Staged message)
{
    const std::string_view content = message.content;
    message::Overview overview = co_await run_beside(m_state->parts.workers, content.size(),
                                                     [content] { return message::inspect(content); });
    auto verdict = co_await judge(message, overview, m_state->parts.directory, m_state->settings);
    if (!verdict)
        co_return std::unexpected(verdict.error());
    base::Executor* here = base::Executor::current();
    auto placing = m_state->place(std::move(message), std::move(overview));
    auto receipt = co_await (here != nullptr ? base::visit(*here, std::move(placing)) : std::move(placing));
    co_return receipt;
}

Task<std::expected<Receipt, Rejection>> Intake::State::place(Staged message, message::Overview overview)
{
    const base::Millis now = parts.clock.now_millis();
    const std::string trace_id = trace::new_trace_id(now);
    const std::string return_path = return_path_field(message);
    const std::string fields = received_field(message, trace_id, settings, now / 1000) +
                               missing_fields(message, overview, settings, now / 1000);
    Placement placement(parts, message, trace_id);
    storage::Content local_copy;
    if (placement.has_local()) {
        auto made = co_await make_local(return_path + fields, std::move(message.content));
        local_copy = made.body.content;
        co_await placement.reserve(std::move(made));
    }
    if (auto failure = placement.nobody())
        co_return std::unexpected(Rejection{std::move(*failure), Refusal::none});
    if (placement.needs_queue()) {
        const Body body = co_await (local_copy ? make_remote({}, local_copy, return_path.size())
                                               : make_remote(fields, share(std::move(message.content)), 0));
        placement.enqueue(body, overview);
    }
    placement.trace(overview);
    auto receipt = co_await placement.commit();
    if (!receipt)
        co_return std::unexpected(Rejection{receipt.error(), Refusal::none});
    if (placement.queued() && wake)
        wake();
    co_return std::move(*receipt);
}

} // namespace mansio::intake
