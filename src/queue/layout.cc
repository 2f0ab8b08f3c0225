#include "queue/layout.h"

#include "base/bytes.h"

namespace mansio::queue::layout {
namespace {

using base::Reader;
using base::Writer;

constexpr std::uint8_t envelope_version = 1;
constexpr std::uint8_t recipient_version = 1;
constexpr std::size_t prefix_size = 2;
constexpr std::string_view message_prefix = "qm";
constexpr std::string_view recipient_prefix = "qr";

constexpr std::uint8_t smtputf8_flag = 1;
constexpr std::uint8_t require_tls_flag = 2;

std::uint8_t flags_of(const Recipient& recipient)
{
    const Notify& notify = recipient.notify;
    return static_cast<std::uint8_t>((notify.never ? 1 : 0) | (notify.success ? 2 : 0) |
                                     (notify.failure ? 4 : 0) | (notify.delay ? 8 : 0) |
                                     (recipient.delay_reported ? 16 : 0) | (recipient.expired ? 32 : 0));
}

} // namespace

std::string message_key(QueueId id)
{
    return Writer().raw(message_prefix).u64(id.value).take();
}

std::string recipient_key(QueueId id, std::uint32_t index)
{
    return Writer().raw(recipient_prefix).u64(id.value).u32(index).take();
}

storage::Range messages(QueueId after)
{
    storage::Range range = storage::Range::prefix(message_prefix);
    if (after)
        range.first = message_key(after) + '\0';
    return range;
}

storage::Range recipients()
{
    return storage::Range::prefix(recipient_prefix);
}

storage::Range recipients_of(QueueId id)
{
    return storage::Range::prefix(Writer().raw(recipient_prefix).u64(id.value).text());
}

QueueId id_in(std::string_view key)
{
    key.remove_prefix(std::min(key.size(), prefix_size));
    return QueueId{Reader(key).u64()};
}

std::string encode(const Envelope& envelope)
{
    const int flags = (envelope.smtputf8 ? smtputf8_flag : 0) | (envelope.require_tls ? require_tls_flag : 0);
    return Writer()
        .u8(envelope_version)
        .string(envelope.reverse_path)
        .string(envelope.envelope_id)
        .u8(static_cast<std::uint8_t>(envelope.ret))
        .u8(static_cast<std::uint8_t>(envelope.body))
        .u8(static_cast<std::uint8_t>(flags))
        .string(envelope.trace_id)
        .string(envelope.message_id)
        .u64(envelope.account.value)
        .u64(static_cast<std::uint64_t>(envelope.arrived))
        .u64(static_cast<std::uint64_t>(envelope.expires))
        .raw(envelope.blob.view())
        .varint(envelope.size)
        .take();
}

std::optional<Envelope> decode_envelope(std::string_view value)
{
    Reader in(value);
    if (in.u8() != envelope_version)
        return std::nullopt;
    Envelope envelope;
    envelope.reverse_path = in.string();
    envelope.envelope_id = in.string();
    const unsigned ret = in.u8();
    const unsigned body = in.u8();
    const unsigned flags = in.u8();
    envelope.ret = static_cast<Ret>(ret);
    envelope.body = static_cast<BodyType>(body);
    envelope.smtputf8 = (flags & smtputf8_flag) != 0;
    envelope.require_tls = (flags & require_tls_flag) != 0;
    envelope.trace_id = in.string();
    envelope.message_id = in.string();
    envelope.account.value = in.u64();
    envelope.arrived = static_cast<Millis>(in.u64());
    envelope.expires = static_cast<Millis>(in.u64());
    const auto blob = storage::BlobId::from_bytes(in.raw(16));
    envelope.size = in.varint();
    if (!in.done() || !blob || ret > 2 || body > 1)
        return std::nullopt;
    envelope.blob = *blob;
    return envelope;
}

std::string encode(const Recipient& recipient)
{
    return Writer()
        .u8(recipient_version)
        .string(recipient.forward_path)
        .u8(flags_of(recipient))
        .string(recipient.original_recipient)
        .string(recipient.route)
        .u8(static_cast<std::uint8_t>(recipient.state))
        .u8(static_cast<std::uint8_t>(recipient.owed))
        .varint(recipient.attempts)
        .u64(static_cast<std::uint64_t>(recipient.next_attempt))
        .u64(static_cast<std::uint64_t>(recipient.last_attempt))
        .u64(static_cast<std::uint64_t>(recipient.first_failed))
        .u32(static_cast<std::uint32_t>(recipient.last_code))
        .string(recipient.last_status)
        .string(recipient.last_reply)
        .string(recipient.last_remote)
        .string(recipient.parked_because)
        .take();
}

std::optional<Recipient> decode_recipient(std::string_view key, std::string_view value)
{
    if (key.size() != prefix_size + 12)
        return std::nullopt;
    Reader in(value);
    if (in.u8() != recipient_version)
        return std::nullopt;
    Recipient recipient;
    recipient.index = Reader(key.substr(prefix_size + 8)).u32();
    recipient.forward_path = in.string();
    const unsigned flags = in.u8();
    recipient.notify = {(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
    recipient.delay_reported = (flags & 16) != 0;
    recipient.expired = (flags & 32) != 0;
    recipient.original_recipient = in.string();
    recipient.route = in.string();
    const unsigned state = in.u8();
    const unsigned owed = in.u8();
    recipient.state = static_cast<RecipientState>(state);
    recipient.owed = static_cast<Owed>(owed);
    recipient.attempts = static_cast<std::uint32_t>(in.varint());
    recipient.next_attempt = static_cast<Millis>(in.u64());
    recipient.last_attempt = static_cast<Millis>(in.u64());
    recipient.first_failed = static_cast<Millis>(in.u64());
    recipient.last_code = static_cast<int>(in.u32());
    recipient.last_status = in.string();
    recipient.last_reply = in.string();
    recipient.last_remote = in.string();
    recipient.parked_because = in.string();
    if (!in.done() || state > 3 || owed > 3)
        return std::nullopt;
    return recipient;
}

} // namespace mansio::queue::layout
