#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::message::test {

/// Reads an IMAP parenthesised form as strictly as a client would: lists, quoted strings, numbers, NIL.
/// Lists become arrays, strings and numbers strings, NIL null. Nothing when the syntax is broken anywhere.
class ImapReader {
public:
    explicit ImapReader(std::string_view text)
        : m_text(text)
    {
    }
    std::optional<boost::json::value> whole()
    {
        auto value = item(0);
        if (m_at != m_text.size())
            return std::nullopt;
        return value;
    }

private:
    std::optional<boost::json::value> item(int depth)
    {
        if (m_at >= m_text.size() || depth > 1000)
            return std::nullopt;
        if (m_text[m_at] == '(')
            return list(depth);
        if (m_text[m_at] == '"')
            return quoted();
        return m_text[m_at] == '{' ? literal() : atom();
    }
    /// Bytes above 127 are shown as Latin-1, so that the value is text.
    std::optional<boost::json::value> literal()
    {
        std::size_t end = m_text.find("}\r\n", m_at);
        if (end == std::string_view::npos || end == m_at + 1 || end > m_at + 8)
            return std::nullopt;
        std::size_t size = 0;
        for (char c : m_text.substr(m_at + 1, end - m_at - 1)) {
            if (c < '0' || c > '9')
                return std::nullopt;
            size = size * 10 + static_cast<std::size_t>(c - '0');
        }
        m_at = end + 3;
        if (size > m_text.size() - m_at)
            return std::nullopt;
        std::string out;
        for (char c : m_text.substr(m_at, size)) {
            auto byte = static_cast<unsigned char>(c);
            if (byte == 0)
                return std::nullopt;
            if (byte < 128)
                out += c;
            else
                out += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 63))};
        }
        m_at += size;
        return boost::json::value(out);
    }
    std::optional<boost::json::value> list(int depth)
    {
        boost::json::array out;
        ++m_at;
        bool glued = false; // address lists and multipart bodies have no space between their members
        while (m_at < m_text.size() && m_text[m_at] != ')') {
            if (!out.empty() && m_text[m_at] == ' ')
                ++m_at;
            else if (!out.empty() && !(glued && m_text[m_at] == '('))
                return std::nullopt;
            glued = m_text[m_at] == '(';
            auto value = item(depth + 1);
            if (!value)
                return std::nullopt;
            out.push_back(std::move(*value));
        }
        if (m_at >= m_text.size() || out.empty())
            return std::nullopt;
        ++m_at;
        return out;
    }
    std::optional<boost::json::value> quoted()
    {
        std::string out;
        for (++m_at; m_at < m_text.size() && m_text[m_at] != '"'; ++m_at) {
            auto c = static_cast<unsigned char>(m_text[m_at]);
            if (c == 0 || c == '\r' || c == '\n' || c > 127)
                return std::nullopt;
            if (c == '\\') {
                ++m_at;
                if (m_at >= m_text.size() || (m_text[m_at] != '"' && m_text[m_at] != '\\'))
                    return std::nullopt;
            }
            out += m_text[m_at];
        }
        if (m_at >= m_text.size())
            return std::nullopt;
        ++m_at;
        return boost::json::value(out);
    }
    std::optional<boost::json::value> atom()
    {
        std::size_t begin = m_at;
        while (m_at < m_text.size() && m_text[m_at] != ' ' && m_text[m_at] != ')' && m_text[m_at] != '(')
            ++m_at;
        std::string_view text = m_text.substr(begin, m_at - begin);
        if (text == "NIL")
            return boost::json::value(nullptr);
        if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        return boost::json::value(text);
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace mansio::message::test
