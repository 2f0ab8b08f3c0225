#include "message/address.h"

#include "base/text.h"
#include "message/encoded_word.h"

#include <algorithm>
#include <utility>

namespace mansio::message {

namespace {

struct Token {
    enum class Kind : std::uint8_t { atom, quoted, literal, comment, special, end };
    Kind kind = Kind::end;
    std::string text;    ///< without quotes and escapes; a literal keeps its brackets
    bool spaced = false; ///< white space or a comment stands before it
    bool is(char c) const { return kind == Kind::special && text[0] == c; }
    bool is_word() const { return kind == Kind::atom || kind == Kind::quoted || kind == Kind::literal; }
};

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

constexpr std::string_view specials = "<>,;:@";

class Lexer {
public:
    explicit Lexer(std::string_view text)
        : m_text(text)
    {
    }
    Token next();

private:
    std::string quoted();
    std::string comment();
    std::string literal();
    std::string_view m_text;
    std::size_t m_at = 0;
};

std::string Lexer::quoted()
{
    std::string out;
    ++m_at;
    while (m_at < m_text.size()) {
        char c = m_text[m_at++];
        if (c == '"')
            break;
        if (c == '\\' && m_at < m_text.size())
            c = m_text[m_at++];
        if (c != '\r' && c != '\n')
            out += c;
    }
    return out;
}

std::string Lexer::comment()
{
    std::string out;
    std::size_t depth = 1;
    ++m_at;
    while (m_at < m_text.size()) {
        char c = m_text[m_at++];
        if (c == '\\' && m_at < m_text.size())
            c = m_text[m_at++];
        else if (c == '(')
            ++depth;
        else if (c == ')' && --depth == 0)
            break;
        if (c != '\r' && c != '\n')
            out += c;
    }
    return std::string(base::trim(out));
}

std::string Lexer::literal()
{
    std::string out;
    while (m_at < m_text.size()) {
        char c = m_text[m_at++];
        if (!is_space(c))
            out += c;
        if (c == ']')
            break;
    }
    return out;
}

Token Lexer::next()
{
    Token token;
    while (m_at < m_text.size() && is_space(m_text[m_at])) {
        token.spaced = true;
        ++m_at;
    }
    if (m_at == m_text.size())
        return token;
    char c = m_text[m_at];
    if (c == '"') {
        token.kind = Token::Kind::quoted;
        token.text = quoted();
    } else if (c == '(') {
        token.kind = Token::Kind::comment;
        token.text = comment();
    } else if (c == '[') {
        token.kind = Token::Kind::literal;
        token.text = literal();
    } else if (specials.find(c) != std::string_view::npos) {
        token.kind = Token::Kind::special;
        token.text = c;
        ++m_at;
    } else {
        token.kind = Token::Kind::atom;
        while (m_at < m_text.size() && !is_space(m_text[m_at]) &&
               std::string_view("\"([<>,;:@").find(m_text[m_at]) == std::string_view::npos)
            token.text += m_text[m_at++];
    }
    return token;
}

std::optional<std::string> unless_empty(std::string text)
{
    if (text.empty())
        return std::nullopt;
    return text;
}

Address entry_of(Address::Kind kind)
{
    Address entry;
    entry.kind = kind;
    return entry;
}

/// Builds the list entry by entry; an entry ends at a comma, a semicolon, or the end.
class ListParser {
public:
    ListParser(std::string_view value, std::size_t max)
        : m_lexer(value)
        , m_max(max)
    {
        advance();
    }
    std::vector<Address> run();

private:
    void advance();
    void read_entry();
    void start_group();
    void end_group();
    void angle_address(Address& address);
    void finish_bare(Address& address);
    void add(Address address);
    std::string phrase() const;

    Lexer m_lexer;
    std::size_t m_max;
    Token m_token;
    std::vector<Token> m_words; ///< of the current entry, "@" included
    std::string m_comment;      ///< the last one of the current entry
    std::vector<Address> m_out;
    bool m_in_group = false;
};

void ListParser::advance()
{
    m_token = m_lexer.next();
}

void ListParser::add(Address address)
{
    if (m_out.size() < m_max)
        m_out.push_back(std::move(address));
}

std::string ListParser::phrase() const
{
    std::string out;
    for (const Token& token : m_words) {
        if (!out.empty() && token.spaced)
            out += ' ';
        out += token.text;
    }
    return out;
}

std::string glue(const std::vector<Token>& tokens, std::size_t from, std::size_t to)
{
    std::string out;
    for (std::size_t i = from; i < to; ++i) {
        bool dotted = out.ends_with('.') || tokens[i].text.starts_with('.');
        if (i > from && tokens[i].spaced && !dotted)
            out += ' ';
        out += tokens[i].text;
    }
    return out;
}

std::string glue_route(const std::vector<Token>& tokens, std::size_t end)
{
    std::string out;
    for (std::size_t i = 0; i < end; ++i)
        out += tokens[i].text;
    return out;
}

/// Takes "local@domain" apart at its last "@".
void set_addr_spec(Address& address, const std::vector<Token>& tokens, std::size_t from)
{
    std::size_t at = tokens.size();
    for (std::size_t i = tokens.size(); i-- > from;)
        if (tokens[i].is('@')) {
            at = i;
            break;
        }
    address.mailbox = unless_empty(glue(tokens, from, at));
    if (at < tokens.size())
        address.host = unless_empty(glue(tokens, at + 1, tokens.size()));
    for (std::size_t i = from; i < tokens.size(); ++i)
        address.broken |= i != from && i != at && i != at + 1 && tokens[i].spaced &&
                          !tokens[i].text.starts_with('.') && !tokens[i - 1].text.ends_with('.');
    for (std::size_t i = from; i < at; ++i)
        address.broken |= tokens[i].is('@');
    address.broken |= !address.mailbox || !address.host;
}

/// angle-addr, after its "<" (rfc5322#3.4, route: #4.4).
void ListParser::angle_address(Address& address)
{
    std::vector<Token> inside;
    std::size_t route_end = 0;
    bool routed = m_token.is('@');
    while (m_token.kind != Token::Kind::end && !m_token.is('>')) {
        bool separator =
            m_token.is(';') || (m_token.is(',') && !(routed && route_end == 0)) || m_token.is('<');
        if (separator)
            break;
        if (m_token.is(':') && routed && route_end == 0)
            route_end = inside.size();
        if (m_token.kind != Token::Kind::comment &&
            !(m_token.is(':') && route_end == inside.size() && routed))
            inside.push_back(m_token);
        advance();
    }
    if (route_end > 0)
        address.route = glue_route(inside, route_end);
    if (m_token.is('>'))
        advance();
    else
        address.broken = true;
    if (inside.size() == route_end && route_end == 0) {
        address.broken = true;
        return;
    }
    set_addr_spec(address, inside, route_end);
}

void ListParser::finish_bare(Address& address)
{
    set_addr_spec(address, m_words, 0);
    address.name = unless_empty(m_comment);
}

void ListParser::start_group()
{
    Address start = entry_of(Address::Kind::group_start);
    start.mailbox = phrase();
    add(std::move(start));
    m_in_group = true;
    m_words.clear();
    m_comment.clear();
}

void ListParser::end_group()
{
    if (std::exchange(m_in_group, false))
        add(entry_of(Address::Kind::group_end));
}

void ListParser::read_entry()
{
    Address address;
    bool angled = false;
    m_words.clear();
    m_comment.clear();
    bool has_at = false;
    while (m_token.kind != Token::Kind::end && !m_token.is(',') && !m_token.is(';')) {
        if (m_token.kind == Token::Kind::comment) {
            m_comment = m_token.text;
        } else if (m_token.is('<') && !angled) {
            advance();
            angled = true;
            address.name = unless_empty(phrase());
            angle_address(address);
            continue;
        } else if (angled) {
            address.broken |= m_token.is_word();
        } else if (m_token.is(':') && !has_at && !m_in_group) {
            start_group();
        } else if (!m_token.is('>')) {
            has_at |= m_token.is('@');
            m_words.push_back(m_token);
        }
        advance();
    }
    if (angled && !address.name)
        address.name = unless_empty(m_comment);
    if (!angled && m_words.empty())
        return;
    if (!angled)
        finish_bare(address);
    add(std::move(address));
}

std::vector<Address> ListParser::run()
{
    while (m_token.kind != Token::Kind::end && m_out.size() < m_max) {
        read_entry();
        if (m_token.is(';'))
            end_group();
        if (m_token.kind != Token::Kind::end)
            advance();
    }
    if (m_in_group) {
        if (m_out.size() >= m_max)
            m_out.pop_back();
        m_out.push_back(entry_of(Address::Kind::group_end));
    }
    return std::move(m_out);
}

bool is_atom_text(std::string_view text)
{
    for (char c : text)
        if (!base::is_alpha(c) && !base::is_digit(c) && static_cast<unsigned char>(c) < 128 &&
            std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) == std::string_view::npos)
            return false;
    return !text.empty();
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// A domain, or a literal that ends.
bool is_host(std::string_view text)
{
    constexpr std::string_view never = "[]()<>@,;\\\" \t";
    if (text.starts_with('['))
        return text.size() > 2 && text.find_first_of(never, 1) == text.size() - 1 && text.ends_with(']');
    return !text.empty() && text.find_first_of(never) == std::string_view::npos &&
           text.find(':') == text.npos;
}

std::string quote(std::string_view text)
{
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (c != '\r' && c != '\n' && c != '\0')
            out += c;
    }
    return out + '"';
}

} // namespace

std::string Address::address() const
{
    if (!mailbox || !host)
        return {};
    return *mailbox + "@" + *host;
}

std::vector<Address> parse_address_list(std::string_view value, std::size_t max)
{
    return ListParser(value, std::max<std::size_t>(max, 1)).run();
}

std::vector<Address> parse_mailboxes(std::string_view value, std::size_t max)
{
    std::vector<Address> all = parse_address_list(value, max);
    std::erase_if(all, [](const Address& entry) {
        return entry.kind != Address::Kind::mailbox || !entry.mailbox || !entry.host;
    });
    return all;
}

std::optional<Address> parse_mailbox(std::string_view value)
{
    std::vector<Address> all = parse_address_list(value, 2);
    if (all.size() != 1 || all[0].kind != Address::Kind::mailbox || all[0].broken)
        return std::nullopt;
    if (!all[0].mailbox || !all[0].host || has_control(all[0].address()) || !is_host(*all[0].host))
        return std::nullopt;
    return std::move(all[0]);
}

std::string format_mailbox(std::string_view name, std::string_view address)
{
    std::size_t at = address.rfind('@');
    std::string_view local = address.substr(0, at);
    std::string spec = is_atom_text(local) ? std::string(local) : quote(local);
    if (at != std::string_view::npos)
        spec += address.substr(at);
    if (name.empty())
        return spec;
    std::string shown;
    if (!base::is_ascii(name))
        shown = encode_header_text(name);
    else if (is_atom_text(name) && name.find('.') == std::string_view::npos)
        shown = name;
    else
        shown = quote(name);
    return shown + " <" + spec + ">";
}

} // namespace mansio::message
