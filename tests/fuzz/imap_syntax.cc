#include "fuzz/imap_syntax.h"

#include "base/text.h"

namespace mansio::fuzz {
namespace {

bool skip_quoted(std::string_view text, std::size_t& at)
{
    for (++at; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c == '"') {
            ++at;
            return true;
        }
        if (c == '\r' || c == '\n' || c == '\0')
            return false;
        if (c == '\\' && (++at == text.size() || (text[at] != '"' && text[at] != '\\')))
            return false;
    }
    return false;
}

bool skip_literal(std::string_view text, std::size_t& at)
{
    const std::size_t close = text.find("}\r\n", at);
    if (close == text.npos)
        return false;
    const auto size = base::parse_number(text.substr(at + 1, close - at - 1));
    if (!size || *size > text.size() - close - 3)
        return false;
    at = close + 3 + *size;
    return true;
}

bool skip_atom(std::string_view text, std::size_t& at)
{
    const std::size_t from = at;
    unsigned brackets = 0; // "BODY[HEADER.FIELDS (From)]<0>" and "[UIDNEXT 5]" hold spaces and parentheses
    for (; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c <= 0x20 && (brackets == 0 || c != ' '))
            break;
        if (brackets == 0 && (c == '(' || c == ')' || c == '"' || c == '{'))
            break;
        if (c == '[')
            ++brackets;
        if (c == ']' && brackets > 0)
            --brackets;
    }
    return at > from;
}

} // namespace

/// Without recursion: lists of a hostile message are deep.
bool skip_imap_value(std::string_view text, std::size_t& at)
{
    std::size_t depth = 0;
    do {
        while (depth > 0 && at < text.size() && text[at] == ' ')
            ++at;
        if (at == text.size())
            return false;
        if (text[at] == '(') {
            ++depth;
            ++at;
        } else if (text[at] == ')' && depth > 0) {
            --depth;
            ++at;
        } else if (text[at] == '"') {
            if (!skip_quoted(text, at))
                return false;
        } else if (text[at] == '{' || text.substr(at, 2) == "~{") {
            at += text[at] == '~' ? 1 : 0;
            if (!skip_literal(text, at))
                return false;
        } else if (!skip_atom(text, at)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

} // namespace mansio::fuzz
