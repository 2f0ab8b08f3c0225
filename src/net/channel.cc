#include "net/channel.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace mansio::net {

using base::fail;
using base::Fault;

namespace {

constexpr std::uint32_t buffer_size = 16 * 1024;   // one TLS record, and many pipelined commands
constexpr std::size_t buffers_kept = 64;           // per thread, 1 MiB: more would only serve a burst
constexpr int reads_in_a_row_most = 16;            // 256 KiB, then the other sessions of the loop
constexpr int lines_in_a_row_most = 32;            // a buffer holds thousands of short commands
constexpr std::size_t overlong_most = 1024 * 1024; // read and dropped in the hope of a line end
constexpr std::size_t overlong_head_most = 32;     // room for a tag

class BufferPool {
public:
    char* take()
    {
        if (m_free.empty())
            return new char[buffer_size];
        char* buffer = m_free.back().release();
        m_free.pop_back();
        return buffer;
    }
    void give(char* buffer)
    {
        std::unique_ptr<char[]> owned(buffer);
        if (m_free.size() < buffers_kept)
            m_free.push_back(std::move(owned));
    }

private:
    std::vector<std::unique_ptr<char[]>> m_free;
};

BufferPool& pool()
{
    thread_local BufferPool buffers;
    return buffers;
}

/// Appends what may still belong to the line; the CR of its end may stand one byte over the limit.
bool append_within(std::string& text, std::string_view part, LineLimit limit)
{
    const std::size_t size = text.size() + part.size();
    const bool ends_in_cr = part.empty() ? text.ends_with('\r') : part.ends_with('\r');
    if (size > limit.max + (ends_in_cr ? 1 : 0))
        return false;
    text.append(part);
    return true;
}

} // namespace

Channel::~Channel()
{
    release();
}

void Channel::release()
{
    if (char* buffer = std::exchange(m_buffer, nullptr))
        pool().give(buffer);
    m_begin = m_end = 0;
}

void Channel::consume(std::size_t n)
{
    assert(n <= m_end - m_begin);
    m_begin += static_cast<std::uint32_t>(n);
    if (m_begin == m_end)
        release();
}

void Channel::drop_input()
{
    release();
    m_more_likely = false;
}

/// What was not taken in time is lost, so nothing can be said after it: the connection ends.
Task<Outcome<void>> Channel::flush_before_read(Deadline deadline)
{
    if (m_write_timeout.count() > 0)
        deadline.at = std::min(deadline.at, Deadline::after(m_write_timeout).at);
    auto flushed = co_await flush(deadline);
    if (!flushed && flushed.error().fault == Fault::timed_out) {
        m_stream.close();
        co_return fail(Fault::closed, "the peer does not read");
    }
    co_return flushed;
}

/// Gets at least one byte into the empty buffer. The wait comes first and holds no buffer, unless the last
/// read left bytes behind for sure or nearly so.
Task<Outcome<void>> Channel::fill(Deadline deadline)
{
    if (pending_output() != 0) {
        auto flushed = co_await flush_before_read(deadline);
        if (!flushed)
            co_return flushed;
    }
    if (m_endless)
        co_return fail(Fault::closed, "a line without end");
    for (;;) {
        if (std::exchange(m_more_likely, false)) {
            if (++m_reads_in_a_row % reads_in_a_row_most == 0)
                co_await base::yield();
        } else {
            m_reads_in_a_row = 0;
            m_lines_in_a_row = 0;
            auto waited = co_await m_stream.wait_readable(deadline);
            if (!waited)
                co_return waited;
        }
        m_buffer = pool().take();
        auto got = m_stream.try_read(m_buffer, buffer_size);
        if (!got || !*got)
            release();
        if (!got)
            co_return std::unexpected(std::move(got.error()));
        if (!*got)
            continue;
        m_end = static_cast<std::uint32_t>(**got);
        m_more_likely = m_end == buffer_size;
        co_return Outcome<void>{};
    }
}

Task<Outcome<Line>> Channel::read_line(LineLimit limit, Deadline deadline)
{
    Line line;
    bool too_large = false;
    std::size_t dropped = 0;
    if (++m_lines_in_a_row % lines_in_a_row_most == 0 && has_buffered_input())
        co_await base::yield();
    for (;;) {
        if (!has_buffered_input()) {
            auto filled = co_await fill(deadline);
            if (!filled)
                co_return std::unexpected(std::move(filled.error()));
        }
        const std::string_view input = buffered();
        const std::size_t end = input.find('\n');
        const std::string_view part = input.substr(0, end);
        if (!too_large && !append_within(line.text, part, limit)) {
            too_large = true;
            m_overlong_head = line.text.append(part).substr(0, overlong_head_most);
            line.text = {};
        }
        dropped += too_large ? part.size() : 0;
        consume(end == std::string_view::npos ? part.size() : part.size() + 1);
        if (end != std::string_view::npos)
            break;
        if (dropped > overlong_most) {
            m_endless = true;
            break;
        }
    }
    if (too_large)
        co_return fail(Fault::too_large, "line over the limit");
    if (line.text.ends_with('\r'))
        line.text.pop_back();
    else
        line.ending = LineEnding::lf;
    co_return line;
}

Task<Outcome<void>> Channel::read_exact(std::string& append_to, std::size_t n, Deadline deadline)
{
    while (n > 0) {
        auto chunk = co_await read_chunk(deadline);
        if (!chunk)
            co_return std::unexpected(std::move(chunk.error()));
        const std::string_view part = chunk->substr(0, n);
        append_to.append(part);
        n -= part.size();
        consume(part.size());
    }
    co_return Outcome<void>{};
}

Task<Outcome<void>> Channel::discard(std::uint64_t n, Deadline deadline)
{
    while (n > 0) {
        auto chunk = co_await read_chunk(deadline);
        if (!chunk)
            co_return std::unexpected(std::move(chunk.error()));
        const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(n, chunk->size()));
        n -= part;
        consume(part);
    }
    co_return Outcome<void>{};
}

Task<Outcome<std::string_view>> Channel::read_chunk(Deadline deadline)
{
    if (!has_buffered_input()) {
        auto filled = co_await fill(deadline);
        if (!filled)
            co_return std::unexpected(std::move(filled.error()));
    }
    co_return buffered();
}

Task<Woken> Channel::wait_input_or(base::Signal& signal, Deadline deadline)
{
    if (pending_output() != 0) {
        auto flushed = co_await flush_before_read(deadline);
        if (!flushed)
            co_return Woken::closed;
    }
    if (has_buffered_input())
        co_return Woken::readable;
    if (m_endless)
        co_return Woken::closed;
    m_more_likely = false;
    const Woken woken = co_await m_stream.wait_readable_or(signal, deadline);
    co_return woken;
}

void Channel::push_piece(std::shared_ptr<const std::string> owner, std::string_view bytes)
{
    m_pieces.push_back({std::move(owner), bytes});
    m_pieces_size += bytes.size();
}

void Channel::write_shared(std::shared_ptr<const std::string> owner, std::string_view bytes)
{
    if (!m_output.empty()) {
        auto before = std::make_shared<const std::string>(std::exchange(m_output, {}));
        const std::string_view all = *before;
        push_piece(std::move(before), all);
    }
    push_piece(std::move(owner), bytes);
}

Task<Outcome<void>> Channel::flush(Deadline deadline)
{
    if (pending_output() == 0)
        co_return Outcome<void>{};
    auto written = co_await write_through({}, deadline);
    co_return written;
}

Task<Outcome<void>> Channel::write_through(std::string_view bytes, Deadline deadline)
{
    const std::string output = std::exchange(m_output, {});
    const std::vector<Piece> before = std::exchange(m_pieces, {});
    m_pieces_size = 0;
    std::vector<std::string_view> pieces;
    pieces.reserve(before.size() + 2);
    for (const Piece& piece : before)
        pieces.push_back(piece.bytes);
    pieces.push_back(output);
    pieces.push_back(bytes);
    auto written = co_await m_stream.write_all(std::span<const std::string_view>(pieces), deadline);
    co_return written;
}

} // namespace mansio::net
