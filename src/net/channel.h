#pragma once
#include "net/stream.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::net {

enum class LineEnding { crlf, lf };

/// One line without its terminator. A bare CR stays in `text`; a bare LF shows as LineEnding::lf. Any byte
/// may be in it, NUL too.
struct Line {
    std::string text;
    LineEnding ending = LineEnding::crlf;
};

struct LineLimit {
    std::size_t max; ///< bytes of text, the terminator not counted
};

/// A Stream with buffers for line protocols. Owned by one session, used by one coroutine at a time, on the
/// stream's loop. The input buffer (16 KiB) comes from a per-thread pool when bytes are there and goes back
/// as soon as it is empty; the output buffer is released by flush(). Reads that have to wait flush first, so
/// a pipelining client gets its answers in one piece and none is forgotten; a peer that does not take them
/// within the write timeout is cut off with Fault::closed. A client that pipelines lets the loop's other
/// sessions run now and then. Failures are those of Stream, with Fault::too_large added.
class Channel {
public:
    explicit Channel(Stream stream)
        : m_stream(std::move(stream))
    {
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    /// How long the flush before a read may take, whatever the read's own deadline. Zero: as long as that.
    void set_write_timeout(std::chrono::milliseconds timeout) { m_write_timeout = timeout; }

    /// A line over the limit is read to its end and dropped: Fault::too_large, and the session may go on. A
    /// peer that sends 1 MiB more without a line end gets Fault::too_large once, so that it hears why, and
    /// Fault::closed from then on. An end of stream in the middle of a
    /// line is Fault::closed too. After Fault::timed_out the part of the line read so far is gone.
    Task<Outcome<Line>> read_line(LineLimit limit, Deadline deadline);
    /// The first bytes (at most 32) of the line last answered with Fault::too_large: who asked.
    std::string_view overlong_head() const { return m_overlong_head; }
    /// Appends exactly n bytes.
    Task<Outcome<void>> read_exact(std::string& append_to, std::size_t n, Deadline deadline);
    /// Reads n bytes and drops them.
    Task<Outcome<void>> discard(std::uint64_t n, Deadline deadline);
    /// What is buffered (at least one byte; waits if there is none), left in place: follow with consume().
    /// The view ends with the next call on this channel.
    Task<Outcome<std::string_view>> read_chunk(Deadline deadline);
    void consume(std::size_t n);
    /// True when input waits inside the channel: more commands are pipelined. Before a STARTTLS handshake
    /// this must be false (rfc3207#4.2 and CVE-2011-0411): answer, then drop the connection or the input.
    bool has_buffered_input() const { return m_begin != m_end; }
    void drop_input();
    /// Waits for input or the signal, flushing first: readable at once when input is buffered.
    Task<Woken> wait_input_or(base::Signal& signal, Deadline deadline);

    /// Appends to the output buffer; sends nothing yet.
    void write(std::string_view bytes) { m_output.append(bytes); }
    /// The same without a copy, for large pieces: `owner` keeps the bytes alive and unchanged until they are
    /// sent.
    void write_shared(std::shared_ptr<const std::string> owner, std::string_view bytes);
    std::size_t pending_output() const { return m_pieces_size + m_output.size(); }
    /// True from 64 KiB on: time for a flush() in the middle of a long answer.
    bool wants_flush() const { return pending_output() >= 64 * 1024; }
    Task<Outcome<void>> flush(Deadline deadline);
    /// The pending output, then `bytes`, without copying them: for message bodies.
    Task<Outcome<void>> write_through(std::string_view bytes, Deadline deadline);

    Stream& stream() { return m_stream; }
    const Stream& stream() const { return m_stream; }

private:
    std::string_view buffered() const { return {m_buffer + m_begin, m_end - m_begin}; }
    Task<Outcome<void>> fill(Deadline deadline);
    void push_piece(std::shared_ptr<const std::string> owner, std::string_view bytes);
    Task<Outcome<void>> flush_before_read(Deadline deadline);
    void release();

    Stream m_stream;
    char* m_buffer = nullptr; ///< of the pool
    std::uint32_t m_begin = 0;
    std::uint32_t m_end = 0;
    std::uint16_t m_reads_in_a_row = 0; ///< without a wait: others want their turn
    std::uint16_t m_lines_in_a_row = 0; ///< the same
    bool m_more_likely = false;         ///< the last read filled the buffer: try before waiting
    bool m_endless = false;             ///< the peer sent a line without end: no more is read
    std::chrono::milliseconds m_write_timeout{0};
    std::string m_overlong_head;
    /// Output before m_output, in order; there is none as a rule.
    struct Piece {
        std::shared_ptr<const std::string> owner;
        std::string_view bytes;
    };
    std::vector<Piece> m_pieces;
    std::size_t m_pieces_size = 0;
    std::string m_output;
};

} // namespace mansio::net
