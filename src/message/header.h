#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message {

/// One header field as it stands in the message. A line without a colon is a field with an empty name.
struct HeaderField {
    std::string_view name;  ///< without trailing white space and colon
    std::string_view value; ///< all after the colon, folds included, without the last line end
    std::string_view whole; ///< name to last line end, as it stands
    std::size_t offset = 0; ///< of `whole`, from the start of the scanned text
};

/// Walks a header field by field; stops after the empty line that ends it, or at the end of the text.
class HeaderScanner {
public:
    explicit HeaderScanner(std::string_view text)
        : m_text(text)
    {
    }
    std::optional<HeaderField> next();
    /// Once next() has given nothing: where the body starts, and where the empty line starts (the same
    /// offset when there is none).
    std::size_t body_offset() const { return m_at; }
    std::size_t blank_line_offset() const { return m_blank; }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_blank = 0;
    bool m_done = false;
};

/// Where the body starts: after the first empty line, or at the end.
std::size_t find_body(std::string_view message);

/// One line: line ends taken out, as rfc5322#2.2.3 says; white space at both ends removed.
std::string unfold(std::string_view value);

struct HeaderLimits {
    std::size_t fields = 10'000;         ///< real mail has under 300; a bomb has 500,000
    std::size_t bytes = 4 * 1024 * 1024; ///< of header text looked at
};

/// An index of a header. Views into the text given. Fields beyond the limits are left out (truncated()
/// tells).
class Headers {
public:
    Headers() = default;
    explicit Headers(std::string_view message, HeaderLimits limits = {});

    const std::vector<HeaderField>& fields() const { return m_fields; }
    /// First field of that name, ASCII case ignored, or nullptr.
    const HeaderField* find(std::string_view name) const;
    std::vector<const HeaderField*> find_all(std::string_view name) const;
    /// Unfolded value of the first field of that name, or "".
    std::string value(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::size_t body_offset() const { return m_body; }
    bool truncated() const { return m_truncated; }

private:
    std::vector<HeaderField> m_fields;
    std::size_t m_body = 0;
    bool m_truncated = false;
};

} // namespace mansio::message
