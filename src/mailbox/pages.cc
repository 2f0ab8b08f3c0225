// Index's stored form: head and pages (layout.h). A page holds its messages in columns, so that ten thousand
// flags lie together and a mailbox opens with one read per thousand messages.
#include "base/bytes.h"
#include "mailbox/index.h"

#include <fmt/format.h>
#include <limits>

namespace mansio::mailbox {
namespace {

using base::Reader;
using base::Writer;

constexpr std::uint8_t format = 1;

std::string encode_page(const View::Piece& piece)
{
    const std::span<const Message> messages(piece.chunk->slots.get(), piece.count);
    Writer out;
    out.u8(format).varint(messages.size());
    Uid before = 0;
    for (const Message& message : messages)
        out.varint(message.uid - std::exchange(before, message.uid));
    for (const Message& message : messages)
        out.varint(message.size);
    for (const Message& message : messages)
        out.varint(message.modseq);
    for (const Message& message : messages)
        out.varint(message.system);
    for (const Message& message : messages)
        out.varint(message.keywords);
    for (const Message& message : messages)
        out.u64(static_cast<std::uint64_t>(message.internal_date));
    for (const Message& message : messages)
        out.u64(static_cast<std::uint64_t>(message.save_date));
    for (const Message& message : messages)
        out.raw(message.blob.view());
    return out.take();
}

base::Outcome<std::vector<Message>> decode_page(std::string_view stored)
{
    Reader in(stored);
    if (in.u8() != format)
        return base::fail(base::Fault::corrupt, "page: unknown format");
    const std::uint64_t size = in.varint();
    if (size == 0 || size > Chunk::max_capacity)
        return base::fail(base::Fault::corrupt, "page: impossible size");
    std::vector<Message> messages(size);
    Uid before = 0;
    for (Message& message : messages)
        message.uid = before += static_cast<Uid>(in.varint());
    for (Message& message : messages)
        message.size = static_cast<std::uint32_t>(in.varint());
    for (Message& message : messages)
        message.modseq = in.varint();
    for (Message& message : messages)
        message.system = static_cast<std::uint16_t>(in.varint());
    for (Message& message : messages)
        message.keywords = in.varint();
    for (Message& message : messages)
        message.internal_date = static_cast<Seconds>(in.u64());
    for (Message& message : messages)
        message.save_date = static_cast<Seconds>(in.u64());
    for (Message& message : messages)
        message.blob = storage::BlobId::from_bytes(in.raw(16)).value_or(storage::BlobId{});
    if (!in.done())
        return base::fail(base::Fault::corrupt, "page: cut or too long");
    return messages;
}

} // namespace

Index::PageChanges Index::page_changes() const
{
    PageChanges changes;
    for (const View::Piece& piece : m_view.m_pieces) {
        const Uid first = piece.chunk->slots[0].uid;
        changes.now[first] = {piece.chunk, piece.count};
        const auto before = m_stored.find(first);
        const bool same = before != m_stored.end() && before->second.chunk == piece.chunk &&
                          before->second.count == piece.count;
        if (!same)
            changes.put.emplace_back(first, encode_page(piece));
    }
    for (const auto& [first, page] : m_stored)
        if (!changes.now.contains(first))
            changes.erase.push_back(first);
    return changes;
}

std::string Index::head() const
{
    Writer out;
    out.u8(format).varint(m_view.m_uid_next).varint(m_view.m_highest_modseq);
    out.varint(m_view.m_keywords->size());
    for (const std::string& keyword : *m_view.m_keywords)
        out.string(keyword);
    return out.take();
}

base::Outcome<void> Index::load_head(std::string_view stored)
{
    Reader in(stored);
    if (in.u8() != format)
        return base::fail(base::Fault::corrupt, "mailbox head: unknown format");
    const auto uid_next = static_cast<Uid>(in.varint());
    const ModSeq highest = in.varint();
    Keywords keywords;
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
        keywords.emplace_back(in.string());
    if (!in.done() || keywords.size() > max_keywords)
        return base::fail(base::Fault::corrupt, "mailbox head: cut or too long");
    m_view.m_keywords = std::make_shared<const Keywords>(std::move(keywords));
    m_view.m_highest_modseq = std::max<ModSeq>(highest, 1);
    raise_uid_next(uid_next);
    return {};
}

base::Outcome<void> Index::load_page(std::string_view stored)
{
    auto messages = decode_page(stored);
    if (!messages)
        return std::unexpected(messages.error());
    Uid before = m_view.m_pieces.empty()
                     ? 0
                     : m_view.m_pieces.back().chunk->slots[m_view.m_pieces.back().count - 1].uid;
    for (const Message& message : *messages)
        if (message.uid <= std::exchange(before, message.uid))
            return base::fail(base::Fault::corrupt, fmt::format("page: UID {} out of order", message.uid));
    if (before == std::numeric_limits<Uid>::max()) // there would be no next UID
        return base::fail(base::Fault::corrupt, "page: impossible UID");
    auto chunk = std::make_shared<Chunk>(messages->size());
    std::ranges::copy(*messages, chunk->slots.get());
    chunk->filled = messages->size();
    const auto filled = static_cast<std::uint32_t>(messages->size());
    m_stored[messages->front().uid] = {chunk, filled};
    m_view.m_pieces.push_back({std::move(chunk), filled, static_cast<std::uint32_t>(m_view.m_size)});
    m_view.m_size += filled;
    for (const Message& message : *messages)
        count(message, +1);
    raise_uid_next(messages->back().uid + 1);
    return {};
}

} // namespace mansio::mailbox
