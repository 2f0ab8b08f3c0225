// What the store holds: records of every room, read as untrusted input. What is read must be written the
// same.
#include "fuzz/target.h"

#include "base/bytes.h"
#include "base/text.h"
#include "directory/layout.h"
#include "mailbox/change.h"
#include "mailbox/names.h"
#include "queue/layout.h"
#include "storage/counter.h"
#include "storage/rocks/layout.h"
#include "trace/layout.h"

namespace mansio::fuzz {
namespace {

/// Every encode() of a room by one name.
#define ENCODE(room) [](const auto& value) { return room::encode(value); }

/// Numbers may be stored longer than need be, so bytes are compared from the first writing on.
template <class Decode, class Encode>
void check_round(std::string_view stored, Decode decode, Encode encode, std::string_view what)
{
    const auto first = decode(stored);
    if (!first)
        return;
    const std::string written = encode(*first);
    const auto second = decode(written);
    require(second.has_value(), std::string(what) + " written is read");
    require_equal(encode(*second), written, std::string(what) + " written and read");
}

void directory_records(std::string_view input)
{
    using namespace directory;
    check_round(
        input, [](std::string_view in) { return decode_domain("here.example", in); }, ENCODE(directory),
        "domain");
    check_round(
        input, [](std::string_view in) { return decode_account({7}, in); }, ENCODE(directory), "account");
    check_round(
        input, [](std::string_view in) { return decode_alias("a@here.example", in); }, ENCODE(directory),
        "alias");
    check_round(input, decode_credentials, ENCODE(directory), "credentials");
    if (const auto account = decode_account({7}, input))
        require(account->state == AccountState::active || account->state == AccountState::disabled,
                "an account is active or disabled");
    const std::string normal = normalise_address(input);
    require_equal(normalise_address(normal), normal, "a normal address is normal");
    if (const auto parts = split_address(input))
        require(parts->domain.find('@') == std::string::npos, "the last @ divides");
}

void queue_records(std::string_view input)
{
    using namespace queue;
    check_round(input, layout::decode_envelope, ENCODE(queue::layout), "envelope");
    const std::string key = layout::recipient_key({5}, 2);
    check_round(
        input, [&](std::string_view in) { return layout::decode_recipient(key, in); }, ENCODE(queue::layout),
        "recipient");
    layout::decode_recipient(input, layout::encode(Recipient{.index = 1, .forward_path = "b@b.example"}));
    layout::id_in(input);
    if (const auto id = parse_queue_id(input))
        require(parse_queue_id(to_text(*id)) == id, "a queue id printed and read");
}

void trace_records(std::string_view input)
{
    using namespace trace;
    const std::string key = layout::session_key("000000000001");
    check_round(
        input, [&](std::string_view in) { return layout::decode_summary({key, std::string(in)}); },
        ENCODE(trace::layout), "session");
    const std::string event_key = layout::event_key({.trace_id = "00000000000001"}, 1);
    check_round(
        input, [&](std::string_view in) { return layout::decode_event({event_key, std::string(in)}); },
        ENCODE(trace::layout), "event");
    layout::decode_event({std::string(input), ""});
    layout::index_key(layout::Index::sender, input, "00000000000001");
}

void store_cells(std::string_view input)
{
    using namespace storage;
    check_round(input, rocks::decode_counter, ENCODE(storage::rocks), "counter");
    rocks::decode_shown(input);
    if (const auto meta = rocks::BlobMeta::decode(input)) {
        const auto again = rocks::BlobMeta::decode(meta->encode());
        require(again && again->size == meta->size && again->chunk_size == meta->chunk_size,
                "a blob's facts");
        require(meta->chunks() <= meta->size, "not more chunks than bytes");
    }
    Taste taste(input);
    Counter joined, one_by_one;
    const auto kind = taste.flag() ? CellKind::highest : CellKind::sum;
    Counter tail{kind, 0};
    for (bool first = true; !taste.done(); first = false) {
        const Counter step{kind, taste.byte()};
        one_by_one.apply(step);
        if (first)
            joined.apply(step);
        else
            tail.apply(step);
    }
    joined.apply(tail);
    require(joined.shown() == one_by_one.shown(), "steps join in any grouping");
}

void base_bytes(std::string_view input)
{
    using namespace base;
    const auto decoded = base64_decode(base64_encode(input));
    require(decoded && *decoded == input, "base64 encoded and decoded");
    if (const auto plain = base64_decode(input))
        require(base64_decode(base64_encode(*plain)) == plain, "base64 decoded, encoded, decoded");
    require(unhex(hex(input)) == std::string(input), "hex encoded and decoded");
    unhex(input);
    const std::string shown = escape_for_log(input, 200);
    require(is_utf8(shown), "a log line is UTF-8");
    for (const char c : shown)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a log line is one line");
    require(find_icase(input, "needle") == to_lower(input).find("needle"), "found in any case");
    Reader in(input);
    const std::uint64_t number = in.varint();
    const std::string_view text = in.string();
    if (in.ok()) {
        const std::string written = Writer().varint(number).string(text).take();
        Reader again(written);
        require(again.varint() == number && again.string() == text && again.done(), "written and read");
    }
}

void mailbox_names(std::string_view input)
{
    const auto name = mailbox::normalise_name(input);
    if (!name)
        return;
    require(base::is_utf8(*name) && name->size() <= mailbox::max_name_size, "a name as kept");
    const auto again = mailbox::normalise_name(*name);
    require(again && *again == *name, "a kept name is kept");
    for (const std::string& parent : mailbox::parents_of(*name))
        require(mailbox::is_below(*name, parent), "below its parents");
}

void mailbox_change(std::string_view input)
{
    using namespace mailbox;
    check_round(input, [](std::string_view in) { return decode_change(9, in); }, ENCODE(mailbox), "change");
    const auto change = decode_change(9, input);
    if (!change)
        return;
    for (const Entry& entry : change->entries) {
        mailbox_of(entry);
        if (const auto* named = std::get_if<NameEntry>(&entry))
            require(named->what <= NameEntry::What::annotated, "what happened to a name is known");
        if (const auto* flags = std::get_if<FlagsEntry>(&entry))
            for (const FlagGroup& group : flags->groups)
                group.uids.text();
    }
}

const Register targets[] = {
    Register({"base-bytes", base_bytes, {}, 512}),
    Register({"directory-records", directory_records, {}, 512}),
    Register({"queue-records", queue_records, {}, 512}),
    Register({"trace-records", trace_records, {}, 512}),
    Register({"store-cells", store_cells, {}, 64}),
    Register({"mailbox-names", mailbox_names, {}, 1200}),
    Register({"mailbox-change", mailbox_change, {}, 1024}),
};

} // namespace
} // namespace mansio::fuzz
