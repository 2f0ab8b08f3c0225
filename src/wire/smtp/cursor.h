#pragma once
#include "base/text.h"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace mansio::wire::smtp {

/// How forgiving a parser is. `strict` is rfc5321; `tolerant` takes what mail programs get wrong on
/// submission (doc/compat.md), never where it would change the meaning.
enum class Dialect { strict, tolerant };

/// What a syntax error is about: it chooses the reply code (rfc5321#4.2.4, rfc3463#3.6).
enum class ErrorKind {
    syntax,               ///< 501 5.5.4
    address,              ///< 501 5.1.3 (recipient), 5.1.7 (sender)
    unknown_parameter,    ///< 555 5.5.4
    bad_parameter,        ///< 501 5.5.4
    utf8_without_smtputf8 ///< 553 5.6.7
};

struct SyntaxError {
    ErrorKind kind = ErrorKind::syntax;
    std::size_t offset = 0; ///< in the arguments
    std::string wanted;     ///< fixed words: may be shown to the peer
};

template <class T>
using Parsed = std::expected<T, SyntaxError>;

/// A place in a line. take*() consume what they name and say whether it was there.
class Cursor {
public:
    explicit Cursor(std::string_view text)
        : m_text(text)
    {
    }

    bool done() const { return m_at == m_text.size(); }
    char peek() const { return done() ? '\0' : m_text[m_at]; }
    std::size_t offset() const { return m_at; }
    std::string_view rest() const { return m_text.substr(m_at); }
    std::string_view since(std::size_t offset) const { return m_text.substr(offset, m_at - offset); }
    void skip() { ++m_at; }

    bool take(char c)
    {
        if (done() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }
    bool take_icase(std::string_view word)
    {
        if (!base::starts_with_icase(rest(), word))
            return false;
        m_at += word.size();
        return true;
    }
    template <class Predicate>
    std::string_view take_while(Predicate wanted)
    {
        const std::size_t from = m_at;
        while (!done() && wanted(m_text[m_at]))
            ++m_at;
        return since(from);
    }

    std::unexpected<SyntaxError> wanted(std::string_view what, ErrorKind kind = ErrorKind::syntax) const
    {
        return std::unexpected(SyntaxError{kind, m_at, std::string(what)});
    }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace mansio::wire::smtp
