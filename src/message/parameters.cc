// Content-Type and Content-Disposition values: rfc2045#5.1 and rfc2183#2, read leniently.
#include "base/text.h"
#include "message/structure.h"

namespace mansio::message {

namespace {

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Cursor {
public:
    explicit Cursor(std::string_view text)
        : m_rest(text)
    {
    }

    bool done() const { return m_rest.empty(); }
    char peek() const { return m_rest.empty() ? '\0' : m_rest.front(); }
    bool take(char c)
    {
        if (m_rest.empty() || m_rest.front() != c)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }
    void skip_space_and_comments();
    std::string token(std::string_view stops);
    std::string quoted();
    void skip_to_semicolon();

private:
    void skip_comment();
    std::string_view m_rest;
};

void Cursor::skip_comment()
{
    std::size_t depth = 0;
    while (!m_rest.empty()) {
        char c = m_rest.front();
        m_rest.remove_prefix(1);
        if (c == '\\' && !m_rest.empty())
            m_rest.remove_prefix(1);
        else if (c == '(')
            ++depth;
        else if (c == ')' && --depth == 0)
            return;
    }
}

void Cursor::skip_space_and_comments()
{
    while (!m_rest.empty()) {
        if (is_space(m_rest.front()))
            m_rest.remove_prefix(1);
        else if (m_rest.front() == '(')
            skip_comment();
        else
            return;
    }
}

std::string Cursor::token(std::string_view stops)
{
    std::size_t length = 0;
    while (length < m_rest.size() && !is_space(m_rest[length]) &&
           stops.find(m_rest[length]) == std::string_view::npos)
        ++length;
    std::string out(m_rest.substr(0, length));
    m_rest.remove_prefix(length);
    return out;
}

std::string Cursor::quoted()
{
    std::string out;
    m_rest.remove_prefix(1);
    while (!m_rest.empty()) {
        char c = m_rest.front();
        m_rest.remove_prefix(1);
        if (c == '"')
            break;
        if (c == '\\' && !m_rest.empty()) {
            c = m_rest.front();
            m_rest.remove_prefix(1);
        }
        if (c != '\r' && c != '\n')
            out += c;
    }
    return out;
}

void Cursor::skip_to_semicolon()
{
    while (!m_rest.empty() && m_rest.front() != ';') {
        if (m_rest.front() == '"')
            quoted();
        else
            m_rest.remove_prefix(1);
    }
}

Parameters parse_parameters(Cursor& in, std::size_t max)
{
    Parameters parameters;
    for (;;) {
        in.skip_to_semicolon();
        if (!in.take(';') || parameters.size() >= max)
            return parameters;
        in.skip_space_and_comments();
        std::string name = base::to_lower(in.token("=;(\""));
        in.skip_space_and_comments();
        if (name.empty() || !in.take('='))
            continue;
        in.skip_space_and_comments();
        std::string value = in.peek() == '"' ? in.quoted() : in.token(";(\"");
        parameters.push_back({std::move(name), std::move(value)});
    }
}

} // namespace

TypedValue parse_content_type(std::string_view value, std::size_t max_parameters)
{
    Cursor in(value);
    TypedValue out;
    in.skip_space_and_comments();
    std::string type = base::to_lower(in.token("/;(\""));
    in.skip_space_and_comments();
    if (type.empty() || !in.take('/'))
        return out;
    in.skip_space_and_comments();
    std::string subtype = base::to_lower(in.token(";(\"/"));
    in.skip_space_and_comments();
    // What follows must be a parameter; otherwise the field counts as absent, as it does with other servers.
    if (subtype.empty() || (!in.done() && in.peek() != ';'))
        return out;
    out.type = std::move(type);
    out.subtype = std::move(subtype);
    out.parameters = parse_parameters(in, max_parameters);
    return out;
}

TypedValue parse_disposition(std::string_view value, std::size_t max_parameters)
{
    Cursor in(value);
    TypedValue out;
    in.skip_space_and_comments();
    out.type = base::to_lower(in.token(";(\""));
    if (!out.type.empty())
        out.parameters = parse_parameters(in, max_parameters);
    return out;
}

std::optional<std::string_view> find_parameter(const Parameters& parameters, std::string_view name)
{
    for (const Parameter& parameter : parameters)
        if (base::equal_icase(parameter.name, name))
            return parameter.value;
    return std::nullopt;
}

} // namespace mansio::message
