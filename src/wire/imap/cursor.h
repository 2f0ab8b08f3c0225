#pragma once
#include "wire/imap/command.h"
#include "wire/imap/syntax.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::wire::imap {

/// Walks over the bytes of one command (literals inline: "{3}\r\nabc"). take… methods look and step over on a
/// match; every other method is one grammar element of rfc9051#9: true and a value, or false with the error
/// recorded. After a false nothing else is looked at: chain with &&.
class Cursor {
public:
    Cursor(std::string_view bytes, const ParseOptions& options)
        : m_bytes(bytes)
        , m_options(options)
    {
    }

    bool done() const { return m_at == m_bytes.size(); }
    char peek() const { return done() ? '\0' : m_bytes[m_at]; }
    std::size_t at() const { return m_at; }
    const ParseOptions& options() const { return m_options; }
    const SyntaxError& error() const { return m_error; }
    /// Records what the grammar asks for here; always false.
    bool wanted(std::string_view what);

    bool take(char c);
    /// The word in any case, and not as the beginning of a longer atom.
    bool take_word(std::string_view word);
    /// In any case, whatever follows.
    bool take_prefix(std::string_view prefix);
    void take_spaces();

    bool expect(char c);
    bool space() { return expect(' '); }
    bool end();

    bool tag(std::string& out);
    bool atom(std::string& out);
    /// Letters, digits and "-._=+:" in upper case: names of commands, mechanisms, capabilities, options.
    bool keyword(std::string& out);
    bool string(std::string& out);
    bool astring(std::string& out);
    /// nstring, NIL is nothing; an atom is taken too.
    bool nstring(std::optional<std::string>& out);
    bool mailbox(std::string& out);
    bool list_mailbox(std::string& out);
    bool number(std::uint64_t& out, std::uint64_t max = UINT64_MAX);
    bool nz_number(std::uint32_t& out);
    /// mod-sequence-value or -valzer: 63 bits, 0 allowed
    bool mod_sequence(std::uint64_t& out) { return number(out, INT64_MAX); }
    bool sequence_set(SequenceSet& out);
    /// "\Seen" or a keyword; bytes no keyword may have become "_": doc/compat.md#odd-keywords
    bool flag(std::string& out);
    bool flag_list(std::vector<std::string>& out);
    bool date(Day& out);
    bool date_time(base::Seconds& out);

    struct LiteralHead {
        std::uint64_t size = 0;
        bool binary = false;
        bool unasked = false; ///< "+": rfc7888
    };
    /// "{12}", "{12+}" or "~{12}" as the very last bytes: a literal still to come.
    bool last_literal(LiteralHead& out);

private:
    std::string_view atom_chars(bool (*allowed)(char));
    bool quoted(std::string& out);
    bool literal(std::string& out);
    bool literal_head(LiteralHead& out);
    bool sequence_number(std::uint32_t& out);
    bool name_from(const std::string& wire, std::string& out);

    std::string_view m_bytes;
    const ParseOptions& m_options;
    std::size_t m_at = 0;
    SyntaxError m_error;
};

bool is_atom_char(char c);

/// "(" item *(SP item) ")"; an empty list is accepted, as are extra spaces. `item` is called as item(in).
template <class Item>
bool parenthesised(Cursor& in, Item item)
{
    if (!in.expect('('))
        return false;
    in.take_spaces();
    for (std::size_t count = 0; !in.take(')'); ++count) {
        if (count == in.options().list_items)
            return in.wanted("a shorter list");
        if (!item(in))
            return false;
        if (in.peek() != ')' && !in.space())
            return false;
        in.take_spaces();
    }
    return true;
}

} // namespace mansio::wire::imap
