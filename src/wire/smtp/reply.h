#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::wire::smtp {

/// class.subject.detail of rfc3463; kind 0 means none.
struct EnhancedCode {
    std::uint8_t kind = 0; ///< 2, 4 or 5
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;
    bool operator==(const EnhancedCode&) const = default;
    explicit operator bool() const { return kind != 0; }
    std::string text() const; ///< "5.1.1", "" for none
};
/// At the start of `text`, followed by a space or its end.
std::optional<EnhancedCode> parse_enhanced_code(std::string_view text);

/// What a server says. `text` may hold several lines, divided by '\n'; it comes from us, not from a peer.
struct Reply {
    int code = 0;
    EnhancedCode status; ///< goes in front of every line's text, rfc2034#4
    std::string text;

    bool positive() const { return code / 100 == 2 || code / 100 == 3; }
    bool temporary() const { return code / 100 == 4; }
};
/// Appends the reply with its CRLFs. CR and other control characters in the text become spaces.
void print(const Reply& reply, std::string& out);
std::string print(const Reply& reply);

/// What a client heard.
struct ReceivedReply {
    int code = 0;
    EnhancedCode status;            ///< of the last line
    std::vector<std::string> lines; ///< without code and CRLF, untrusted bytes

    bool positive() const { return code / 100 == 2 || code / 100 == 3; }
    bool temporary() const { return code / 100 == 4; }
    /// Lines joined with a space, at most `max` bytes.
    std::string text(std::size_t max = 1024) const;
};

/// Caps on what a server may make us keep: rfc5321#4.5.3.1.5 has 512 bytes a line; EHLO replies have a few
/// dozen lines.
struct ReplyLimits {
    std::size_t line = 4096;
    std::size_t lines = 128;
};

/// Puts the lines of one reply together (rfc5321#4.2.1): every line has the same code; "250-" goes on, "250 "
/// or "250" alone ends. After an error the connection is of no use: nothing tells where the next reply
/// starts.
class ReplyParser {
public:
    explicit ReplyParser(ReplyLimits limits = {})
        : m_limits(limits)
    {
    }

    enum class Progress { need_more, done };
    /// A line without its CRLF. The error is a fixed phrase for the log.
    std::expected<Progress, std::string_view> add(std::string_view line);
    /// The finished reply; the parser is ready for the next.
    ReceivedReply take();

private:
    ReplyLimits m_limits;
    ReceivedReply m_reply;
};

/// An EHLO reply as a client needs it: keywords in upper case, each with its parameters. rfc5321#4.1.1.1
struct Extensions {
    struct Row {
        std::string keyword;
        std::string parameters;
    };
    std::string greeting; ///< the first line
    std::vector<Row> rows;

    bool has(std::string_view keyword) const { return find(keyword) != nullptr; }
    const std::string* find(std::string_view keyword) const;
};
/// "AUTH=LOGIN PLAIN" of old servers counts as AUTH.
Extensions parse_extensions(const ReceivedReply& reply);

} // namespace mansio::wire::smtp
