#pragma once
// Plays a conversation from a text file against a server under test, whatever its protocol.
//
//   # remark
//   C: text        send the text and CRLF
//   C> text        send the text without CRLF; \r \n \0 \\ and \xNN mean those bytes
//   S: pattern     the next line from the server must match: "*" is anything, but "* " at the start is
//   itself;
//                  "(closed)" is the end of the connection
//   S~ pattern     the same after any number of other lines
//   C2: S2: …      the same on a second (to ninth) connection, opened where it is first named
//
// A literal or a message body is written as the lines it consists of.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace mansio::kit {

/// The client's end of a connection: a blocking socket with a time limit. Owns it.
class Wire {
public:
    explicit Wire(int socket)
        : m_socket(socket)
    {
    }
    Wire(Wire&& other) noexcept
        : m_socket(std::exchange(other.m_socket, -1))
        , m_read(std::move(other.m_read))
    {
    }
    Wire& operator=(Wire&&) = delete;
    ~Wire() { hang_up(); }

    void send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return; // the server closed: the next line() says so
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// The next line without CRLF (or LF); "(closed)" at the end, "(nothing)" when none came in time.
    std::string line()
    {
        for (;;) {
            if (const auto end = m_read.find('\n'); end != std::string::npos) {
                std::string line = m_read.substr(0, end);
                m_read.erase(0, end + 1);
                if (line.ends_with('\r'))
                    line.pop_back();
                return line;
            }
            if (const std::string why = receive(); !why.empty())
                return m_read.empty() ? why : std::exchange(m_read, {}) + why;
        }
    }

    /// Exactly this many bytes, fewer when the connection ends or time runs out.
    std::string bytes(std::size_t count)
    {
        while (m_read.size() < count && receive().empty())
            ;
        std::string out = m_read.substr(0, count);
        m_read.erase(0, count);
        return out;
    }

    void hang_up()
    {
        if (m_socket >= 0)
            ::close(std::exchange(m_socket, -1));
    }
    int socket() const { return m_socket; }

private:
    std::string receive()
    {
        constexpr int ten_seconds = 10'000;
        pollfd ready{m_socket, POLLIN, 0};
        if (::poll(&ready, 1, ten_seconds) <= 0)
            return "(nothing)";
        char bytes[16384];
        const auto got = ::recv(m_socket, bytes, sizeof bytes, 0);
        if (got <= 0)
            return "(closed)";
        m_read.append(bytes, static_cast<std::size_t>(got));
        return {};
    }

    int m_socket;
    std::string m_read;
};

/// A server with its data, fresh for each play. Its destructor ends all sessions and waits for them.
class ServerUnderTest {
public:
    virtual ~ServerUnderTest() = default;
    /// A new connection's client end: a blocking socket, the caller's to close.
    virtual int connect() = 0;
    /// Does it still serve a new session? "" or what is wrong.
    virtual std::string probe() = 0;
};
using MakeServer = std::function<std::unique_ptr<ServerUnderTest>()>;

struct TranscriptLine {
    enum class Kind : std::uint8_t { send, send_raw, expect, skip_to } kind = Kind::send;
    unsigned connection = 1;
    std::string text;
    unsigned number = 0; ///< in the file
};
using Transcript = std::vector<TranscriptLine>;

namespace detail {

inline std::string unescape(std::string_view text)
{
    const auto nibble = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        if (c == 'x' && i + 2 < text.size()) {
            out += static_cast<char>(nibble(text[i + 1]) << 4 | nibble(text[i + 2]));
            i += 2;
        } else {
            out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
        }
    }
    return out;
}

inline bool glob(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace detail

inline bool line_matches(std::string_view pattern, std::string_view line)
{
    if (pattern.starts_with("* "))
        return line.starts_with("* ") && detail::glob(pattern.substr(2), line.substr(2));
    return detail::glob(pattern, line);
}

/// Throws std::runtime_error for a line it can't read.
inline Transcript load_transcript(const std::filesystem::path& path)
{
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error("can't read " + path.string());
    Transcript out;
    unsigned number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty() || line.starts_with('#'))
            continue;
        TranscriptLine next;
        next.number = number;
        std::size_t mark = 1;
        if (line.size() > 2 && line[1] >= '1' && line[1] <= '9') {
            next.connection = static_cast<unsigned>(line[1] - '0');
            mark = 2;
        }
        const std::string head = line.substr(0, 1) + line.substr(mark, 1);
        if (head == "C:")
            next.kind = TranscriptLine::Kind::send;
        else if (head == "C>")
            next.kind = TranscriptLine::Kind::send_raw;
        else if (head == "S:")
            next.kind = TranscriptLine::Kind::expect;
        else if (head == "S~")
            next.kind = TranscriptLine::Kind::skip_to;
        else
            throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": neither C nor S");
        next.text = line.size() > mark + 2 ? line.substr(mark + 2) : std::string();
        out.push_back(std::move(next));
    }
    return out;
}

/// Plays the first `count` lines. "" or the first thing that went otherwise.
inline std::string play(const Transcript& transcript, ServerUnderTest& server, std::size_t count)
{
    using Kind = TranscriptLine::Kind;
    std::map<unsigned, Wire> wires;
    for (std::size_t i = 0; i < count; ++i) {
        const TranscriptLine& line = transcript[i];
        auto wire = wires.find(line.connection);
        if (wire == wires.end())
            wire = wires.emplace(line.connection, Wire(server.connect())).first;
        if (line.kind == Kind::send) {
            wire->second.send(line.text + "\r\n");
            continue;
        }
        if (line.kind == Kind::send_raw) {
            wire->second.send(detail::unescape(line.text));
            continue;
        }
        std::string got = wire->second.line();
        while (line.kind == Kind::skip_to && !line_matches(line.text, got) && !got.ends_with("(closed)") &&
               !got.ends_with("(nothing)"))
            got = wire->second.line();
        if (!line_matches(line.text, got))
            return "line " + std::to_string(line.number) + ": wanted " + line.text + "\n  got " + got;
    }
    return {};
}

inline std::string play_file(const std::filesystem::path& path, const MakeServer& make)
{
    const auto transcript = load_transcript(path);
    if (transcript.empty())
        return "an empty transcript";
    return play(transcript, *make(), transcript.size());
}

/// Plays it again and again, each time hanging up before another line, and asks the server after each whether
/// it still serves. "" or what went wrong.
inline std::string play_with_cuts(const std::filesystem::path& path, const MakeServer& make)
{
    const auto transcript = load_transcript(path);
    for (std::size_t cut = 1; cut < transcript.size(); ++cut) {
        const auto server = make();
        const std::string cut_at = "cut before line " + std::to_string(transcript[cut].number) + ": ";
        if (const auto wrong = play(transcript, *server, cut); !wrong.empty())
            return cut_at + wrong;
        if (const auto wrong = server->probe(); !wrong.empty())
            return cut_at + wrong;
    }
    return {};
}

/// The transcripts of a folder of tests/transcripts, in order of name.
inline std::vector<std::filesystem::path> transcripts_in(const std::string& folder)
{
    std::vector<std::filesystem::path> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator(MANSIO_SOURCE_DIR "/tests/transcripts/" + folder))
        if (entry.path().extension() == ".txt")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// "select-then-idle.txt" as a test's name: "select_then_idle".
inline std::string test_name(const std::filesystem::path& path)
{
    std::string name = path.stem().string();
    for (char& c : name)
        if (c == '-' || c == '.')
            c = '_';
    return name;
}

} // namespace mansio::kit
