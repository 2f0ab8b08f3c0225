#include "message/structure.h"

#include "base/text.h"
#include "message/header.h"

#include <algorithm>
#include <utility>

namespace mansio::message {

namespace {

/// An open multipart: the boundary that its next part starts with.
struct Boundary {
    std::uint32_t part;
    std::string text;
};

/// A line that is one of the open boundaries (rfc2046#5.1.1). Compared as a prefix, as both models do: the
/// RFC asks receivers to.
struct Match {
    std::size_t level;
    bool closing;
};

std::string_view part_view(std::string_view message, std::size_t begin, std::size_t end)
{
    return message.substr(begin, end - begin);
}

/// One pass over the lines. `m_open` holds the parts whose end is not yet known, outermost first; they
/// are an ancestor chain.
class Parser {
public:
    Parser(std::string_view message, StructureLimits limits)
        : m_message(message)
        , m_limits(limits)
    {
    }
    Structure run();

private:
    void open_part(std::uint32_t parent);
    void read_header(std::uint32_t index);
    void apply_header(std::uint32_t index);
    void apply_field(Part& part, const HeaderField& field);
    bool inside_digest(const Part& part) const;
    void enter_body(std::uint32_t index);
    std::optional<Match> match(std::string_view line) const;
    std::optional<Match> scan_body();
    void close_parts_until(std::uint32_t keep, std::size_t line);
    std::string_view take_line();

    std::string_view m_message;
    StructureLimits m_limits;
    Structure m_out;
    std::vector<Boundary> m_boundaries;
    std::vector<std::uint32_t> m_open;
    std::vector<std::uint32_t> m_last_child;  ///< by part
    std::vector<std::size_t> m_feeds_at_body; ///< by part: line feeds before its body
    std::vector<bool> m_blank_seen;           ///< by part: an empty line ended its header
    std::size_t m_at = 0;
    std::size_t m_feeds = 0;        ///< line feeds before m_at
    std::size_t m_boundary_end = 0; ///< where the last boundary line ended
    bool m_nested = false;          ///< enter_body() wants a message part opened at once
};

std::string_view Parser::take_line()
{
    std::size_t feed = m_message.find('\n', m_at);
    std::size_t end = feed == std::string_view::npos ? m_message.size() : feed + 1;
    m_feeds += feed != std::string_view::npos;
    std::string_view line = part_view(m_message, m_at, end);
    m_at = end;
    return line;
}

/// The longest boundary wins, so that an inner one which extends an outer one stays inner.
std::optional<Match> Parser::match(std::string_view line) const
{
    if (!line.starts_with("--") || m_boundaries.empty())
        return std::nullopt;
    line.remove_prefix(2);
    std::optional<std::size_t> best;
    for (std::size_t level = m_boundaries.size(); level-- > 0;)
        if (line.starts_with(m_boundaries[level].text) &&
            (!best || m_boundaries[level].text.size() > m_boundaries[*best].text.size()))
            best = level;
    if (!best)
        return std::nullopt;
    return Match{*best, line.substr(m_boundaries[*best].text.size()).starts_with("--")};
}

void Parser::open_part(std::uint32_t parent)
{
    auto index = static_cast<std::uint32_t>(m_out.parts.size());
    Part& part = m_out.parts.emplace_back();
    part.parent = parent;
    part.header_begin = m_at;
    if (parent != Part::none) {
        std::uint32_t& last = m_last_child[parent];
        (last == Part::none ? m_out.parts[parent].first_child : m_out.parts[last].next_sibling) = index;
        last = index;
    }
    m_last_child.push_back(Part::none);
    m_feeds_at_body.push_back(0);
    m_blank_seen.push_back(false);
    m_open.push_back(index);
    read_header(index);
    apply_header(index);
    enter_body(index);
}

/// To the empty line, a boundary line, or the end.
void Parser::read_header(std::uint32_t index)
{
    while (m_at < m_message.size()) {
        std::size_t begin = m_at;
        std::size_t feeds = m_feeds;
        std::string_view line = take_line();
        if (match(line)) {
            m_at = begin;
            m_feeds = feeds;
            break;
        }
        if (line == "\r\n" || line == "\n") {
            m_blank_seen[index] = true;
            break;
        }
    }
    m_out.parts[index].header_end = m_out.parts[index].body_begin = m_at;
    m_feeds_at_body[index] = m_feeds;
}

/// One token and nothing else; everything else counts as absent.
std::string parse_encoding(std::string_view value)
{
    std::string text = unfold(value);
    std::size_t comment = text.find('(');
    std::string_view token = base::trim(std::string_view(text).substr(0, comment));
    if (token.find_first_of(" \t;,\"/") != std::string_view::npos)
        return {};
    return base::to_lower(token);
}

void Parser::apply_field(Part& part, const HeaderField& field)
{
    auto is = [&](std::string_view name) { return base::equal_icase(field.name, name); };
    auto keep_first = [&](std::optional<std::string>& slot) {
        if (!slot)
            slot = unfold(field.value);
    };
    if (is("content-id")) {
        keep_first(part.id);
    } else if (is("content-description")) {
        keep_first(part.description);
    } else if (is("content-md5")) {
        keep_first(part.md5);
    } else if (is("content-location")) {
        keep_first(part.location);
    } else if (is("content-transfer-encoding") && part.encoding.empty()) {
        part.encoding = parse_encoding(field.value);
    } else if (is("content-disposition") && !part.disposition) {
        TypedValue value = parse_disposition(field.value, m_limits.parameters);
        if (!value.type.empty())
            part.disposition = std::move(value.type);
        part.disposition_parameters = std::move(value.parameters);
    } else if (is("content-language") && part.languages.empty()) {
        std::string list = unfold(field.value);
        for (std::string_view tag : base::split(list, ','))
            if (!base::trim(tag).empty() && part.languages.size() < m_limits.parameters)
                part.languages.emplace_back(base::trim(tag));
    }
}

bool Parser::inside_digest(const Part& part) const
{
    return part.parent != Part::none && m_out.parts[part.parent].kind == PartKind::multipart &&
           m_out.parts[part.parent].subtype == "digest";
}

void Parser::apply_header(std::uint32_t index)
{
    Part& part = m_out.parts[index];
    std::string_view header = part_view(m_message, part.header_begin, part.header_end);
    HeaderScanner scanner(header.substr(0, m_limits.header_bytes));
    bool typed = false;
    while (auto field = scanner.next()) {
        if (base::equal_icase(field->name, "content-type")) {
            if (!std::exchange(typed, true)) {
                TypedValue value = parse_content_type(field->value, m_limits.parameters);
                typed = !value.type.empty();
                if (typed) {
                    part.type = std::move(value.type);
                    part.subtype = std::move(value.subtype);
                    part.parameters = std::move(value.parameters);
                }
            }
        } else if (base::starts_with_icase(field->name, "content-")) {
            apply_field(part, *field);
        }
    }
    if (!typed && inside_digest(part)) {
        part.type = "message";
        part.subtype = "rfc822";
    }
}

void Parser::enter_body(std::uint32_t index)
{
    Part& part = m_out.parts[index];
    m_nested = false;
    bool full = m_out.parts.size() >= m_limits.parts || m_open.size() >= m_limits.depth;
    if (part.type == "multipart") {
        part.kind = PartKind::multipart;
        auto boundary = find_parameter(part.parameters, "boundary");
        if (!boundary || boundary->empty())
            return;
        if (full) {
            m_out.truncated = true;
            return;
        }
        m_boundaries.push_back({index, std::string(boundary->substr(0, m_limits.boundary))});
    } else if (part.is("message", "rfc822")) {
        if (full) {
            // A message/rfc822 must show what is inside (rfc9051#7.5.2); one that is not looked into is no
            // such thing.
            m_out.truncated = true;
            part.type = "application";
            part.subtype = "octet-stream";
            return;
        }
        part.kind = PartKind::message;
        m_nested = true;
    }
}

/// Skips lines up to a boundary; m_at is then the start of that line.
std::optional<Match> Parser::scan_body()
{
    while (m_at < m_message.size()) {
        std::size_t begin = m_at;
        std::size_t feeds = m_feeds;
        auto found = match(take_line());
        if (found) {
            m_at = begin;
            m_feeds = feeds;
            return found;
        }
    }
    return std::nullopt;
}

/// Ends the open parts inside `keep` at the boundary line that starts at `line`.
void Parser::close_parts_until(std::uint32_t keep, std::size_t line)
{
    std::size_t end = line;
    std::size_t feeds = m_feeds;
    // The line end before a boundary belongs to it, unless it already belongs to the boundary line above.
    if (keep != Part::none && end > m_boundary_end && m_message[end - 1] == '\n') {
        --end;
        --feeds;
        if (end > 0 && m_message[end - 1] == '\r')
            --end;
    }
    for (std::size_t at = m_open.size(); at-- > 0 && m_open[at] != keep;) {
        // The empty line after a header is the line end before the boundary: it stays the header's.
        if (end < m_out.parts[m_open[at]].header_end && m_blank_seen[m_open[at]]) {
            end = m_out.parts[m_open[at]].header_end;
            feeds = m_feeds_at_body[m_open[at]];
        }
    }
    while (!m_open.empty() && m_open.back() != keep) {
        Part& part = m_out.parts[m_open.back()];
        if (end < part.header_end) {
            part.header_begin = std::min(part.header_begin, end); // a part inside stays inside
            part.header_end = part.body_begin = end;
        }
        bool empty = end <= part.body_begin;
        part.body_end = empty ? part.body_begin : end;
        part.body_lines = empty ? 0 : feeds - m_feeds_at_body[m_open.back()];
        m_open.pop_back();
    }
}

Structure Parser::run()
{
    open_part(Part::none);
    for (;;) {
        if (m_nested) {
            open_part(m_open.back());
            continue;
        }
        auto found = scan_body();
        if (!found)
            break;
        std::uint32_t owner = m_boundaries[found->level].part;
        close_parts_until(owner, m_at);
        m_boundaries.resize(found->level + (found->closing ? 0 : 1));
        take_line();
        m_boundary_end = m_at;
        if (found->closing)
            continue;
        if (m_out.parts.size() >= m_limits.parts) {
            m_out.truncated = true;
            m_boundaries.resize(found->level);
            continue;
        }
        open_part(owner);
    }
    close_parts_until(Part::none, m_message.size());
    return std::move(m_out);
}

} // namespace

bool Part::is(std::string_view wanted_type, std::string_view wanted_subtype) const
{
    return type == wanted_type && (wanted_subtype.empty() || subtype == wanted_subtype);
}

std::vector<std::uint32_t> Structure::children(std::uint32_t part) const
{
    std::vector<std::uint32_t> out;
    for (auto child = parts[part].first_child; child != Part::none; child = parts[child].next_sibling)
        out.push_back(child);
    return out;
}

Structure parse_structure(std::string_view message, StructureLimits limits)
{
    return Parser(message, limits).run();
}

} // namespace mansio::message
