#include "mailbox/change.h"

#include "base/bytes.h"

#include <fmt/format.h>

namespace mansio::mailbox {
namespace {

using base::Reader;
using base::Writer;

enum class Tag : std::uint8_t { append = 1, flags = 2, expunge = 3, name = 4 };

void write_keywords(Writer& out, const std::vector<std::string>& keywords)
{
    out.varint(keywords.size());
    for (const std::string& keyword : keywords)
        out.string(keyword);
}

std::vector<std::string> read_keywords(Reader& in)
{
    std::vector<std::string> keywords;
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
        keywords.emplace_back(in.string());
    return keywords;
}

void write_uids(Writer& out, const UidSet& uids)
{
    out.varint(uids.ranges().size());
    for (const UidRange& range : uids.ranges())
        out.varint(range.first).varint(range.last - range.first);
}

UidSet read_uids(Reader& in)
{
    std::vector<UidRange> ranges;
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        const auto first = static_cast<Uid>(in.varint());
        const auto length = static_cast<Uid>(in.varint());
        if (first + length >= first)
            ranges.push_back({first, first + length});
    }
    return UidSet(std::move(ranges));
}

struct Write {
    Writer& out;

    void operator()(const AppendEntry& entry) const
    {
        out.u8(static_cast<std::uint8_t>(Tag::append)).varint(entry.mailbox.value);
        write_keywords(out, entry.keywords);
        out.varint(entry.messages.size());
        for (const Message& message : entry.messages) {
            out.varint(message.uid).varint(message.size);
            out.u64(static_cast<std::uint64_t>(message.internal_date));
            out.u64(static_cast<std::uint64_t>(message.save_date));
            out.varint(message.system).varint(message.keywords).raw(message.blob.view());
        }
    }
    void operator()(const FlagsEntry& entry) const
    {
        out.u8(static_cast<std::uint8_t>(Tag::flags)).varint(entry.mailbox.value);
        write_keywords(out, entry.keywords);
        out.varint(entry.groups.size());
        for (const FlagGroup& group : entry.groups) {
            out.varint(group.system).varint(group.keywords);
            write_uids(out, group.uids);
        }
    }
    void operator()(const ExpungeEntry& entry) const
    {
        out.u8(static_cast<std::uint8_t>(Tag::expunge)).varint(entry.mailbox.value);
        write_uids(out, entry.uids);
    }
    void operator()(const NameEntry& entry) const
    {
        out.u8(static_cast<std::uint8_t>(Tag::name)).varint(entry.mailbox.value);
        out.u8(static_cast<std::uint8_t>(entry.what)).string(entry.name);
    }
};

AppendEntry read_append(Reader& in, MailboxId mailbox, ModSeq modseq)
{
    AppendEntry entry{mailbox, read_keywords(in), {}};
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        Message message;
        message.uid = static_cast<Uid>(in.varint());
        message.size = static_cast<std::uint32_t>(in.varint());
        message.internal_date = static_cast<Seconds>(in.u64());
        message.save_date = static_cast<Seconds>(in.u64());
        message.system = static_cast<std::uint16_t>(in.varint());
        message.keywords = in.varint();
        message.blob = storage::BlobId::from_bytes(in.raw(16)).value_or(storage::BlobId{});
        message.modseq = modseq;
        entry.messages.push_back(message);
    }
    return entry;
}

FlagsEntry read_flags(Reader& in, MailboxId mailbox)
{
    FlagsEntry entry{mailbox, read_keywords(in), {}};
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        FlagGroup group;
        group.system = static_cast<std::uint16_t>(in.varint());
        group.keywords = in.varint();
        group.uids = read_uids(in);
        entry.groups.push_back(std::move(group));
    }
    return entry;
}

/// More names than a mask has bits is nothing encode() wrote.
bool has_too_many_keywords(const Entry& entry)
{
    const auto* appended = std::get_if<AppendEntry>(&entry);
    const auto* flags = std::get_if<FlagsEntry>(&entry);
    return (appended && appended->keywords.size() > max_keywords) ||
           (flags && flags->keywords.size() > max_keywords);
}

NameEntry read_name(Reader& in, MailboxId mailbox)
{
    const auto what = static_cast<NameEntry::What>(in.u8());
    return {what, mailbox, std::string(in.string())};
}

} // namespace

std::string encode(const Change& change)
{
    Writer out;
    out.varint(change.entries.size());
    for (const Entry& entry : change.entries)
        std::visit(Write{out}, entry);
    return out.take();
}

base::Outcome<Change> decode_change(ModSeq modseq, std::string_view stored)
{
    Reader in(stored);
    Change change{modseq, {}};
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        const auto tag = static_cast<Tag>(in.u8());
        const MailboxId mailbox{static_cast<std::uint32_t>(in.varint())};
        switch (tag) {
        case Tag::append: change.entries.emplace_back(read_append(in, mailbox, modseq)); break;
        case Tag::flags: change.entries.emplace_back(read_flags(in, mailbox)); break;
        case Tag::expunge: change.entries.emplace_back(ExpungeEntry{mailbox, read_uids(in)}); break;
        case Tag::name: change.entries.emplace_back(read_name(in, mailbox)); break;
        default: return base::fail(base::Fault::corrupt, fmt::format("log entry {}: unknown tag", modseq));
        }
        if (has_too_many_keywords(change.entries.back()))
            return base::fail(base::Fault::corrupt, fmt::format("log entry {}: too many keywords", modseq));
        const auto* named = std::get_if<NameEntry>(&change.entries.back());
        if (named && named->what > NameEntry::What::annotated)
            return base::fail(base::Fault::corrupt, fmt::format("log entry {}: unknown event", modseq));
    }
    if (!in.done())
        return base::fail(base::Fault::corrupt, fmt::format("log entry {}: cut or too long", modseq));
    return change;
}

MailboxId mailbox_of(const Entry& entry)
{
    return std::visit([](const auto& one) { return one.mailbox; }, entry);
}

} // namespace mansio::mailbox
