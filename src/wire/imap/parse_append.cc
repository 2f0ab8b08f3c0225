#include "wire/imap/parse.h"
#include "wire/imap/parse_parts.h"

namespace mansio::wire::imap {
namespace {

using Inside = AppendStep::Inside;

bool add_event(Cursor& in, AppendStep& out, AppendStep::Event event)
{
    if (out.events.size() == in.options().list_items)
        return in.wanted("fewer messages and URLs");
    out.events.push_back(std::move(event));
    return true;
}

/// The head of a literal that is content: the last thing in these bytes.
bool content(Cursor& in, AppendStep& out, Inside inside)
{
    Cursor::LiteralHead head;
    if (!in.last_literal(head))
        return false;
    out.literal = AppendStep::Literal{head.size, head.unasked};
    out.inside = inside;
    return true;
}

/// cat-part *(SP cat-part) ")", as far as the next TEXT: rfc4469#5
bool pieces(Cursor& in, AppendStep& out)
{
    do {
        if (in.take_word("TEXT"))
            return in.space() && content(in, out, Inside::catenate);
        AppendUrl piece;
        if (!in.take_word("URL"))
            return in.wanted("TEXT or URL");
        if (!in.space() || !in.astring(piece.url) || !add_event(in, out, std::move(piece)))
            return false;
    } while (in.take(' '));
    return in.expect(')');
}

/// literal / literal8 / "UTF8" SP "(" literal8 ")" / "CATENATE" SP "(" cat-part… ")": rfc9051#6.3.12,
/// rfc6855#4, rfc4469#5
bool append_data(Cursor& in, AppendStep& out)
{
    if (in.take_word("UTF8"))
        return in.space() && in.expect('(') && content(in, out, Inside::utf8);
    if (in.take_word("CATENATE"))
        return in.space() && in.expect('(') && pieces(in, out);
    return content(in, out, Inside::whole);
}

/// SP [flag-list SP] [date-time SP] append-data: append-message of rfc3502#6.3.11
bool append_message(Cursor& in, AppendStep& out)
{
    AppendMessage message;
    if (!in.space())
        return false;
    if (in.peek() == '(' && (!in.flag_list(message.flags) || !in.space()))
        return false;
    if (in.peek() == '"' && (!in.date_time(message.internal_date.emplace()) || !in.space()))
        return false;
    return add_event(in, out, std::move(message)) && append_data(in, out);
}

/// What follows a literal of the message it belongs to.
bool end_of_message(Cursor& in, AppendStep& out, Inside behind)
{
    if (behind == Inside::utf8)
        return in.expect(')');
    if (behind == Inside::catenate)
        return in.take(' ') ? pieces(in, out) : in.expect(')');
    return true;
}

} // namespace

bool parse_append_step(Cursor& in, AppendStep& out, AppendStep::Inside behind)
{
    if (behind == Inside::nothing && !append_message(in, out))
        return false;
    if (!end_of_message(in, out, behind))
        return false;
    while (!out.literal && in.peek() == ' ')
        if (!append_message(in, out))
            return false;
    return true;
}

std::expected<AppendStep, SyntaxError> parse_append_step(std::string_view bytes, AppendStep::Inside behind,
                                                         const ParseOptions& options)
{
    Cursor in(bytes, options);
    AppendStep step;
    if (!parse_append_step(in, step, behind) || !in.end())
        return std::unexpected(in.error());
    return step;
}

/// SP mailbox 1*append-message, as far as the head of the first literal: rfc9051#6.3.12, rfc3502#6.3.11
bool parse_append(Cursor& in, Append& out)
{
    return in.space() && in.mailbox(out.mailbox) && parse_append_step(in, out.first, Inside::nothing);
}

/// SP seq-number SP mailbox append-message: rfc8508#5
bool parse_replace(Cursor& in, Replace& out)
{
    if (!in.space() || !in.sequence_set(out.message))
        return false;
    const auto& ranges = out.message.ranges;
    if (out.message.saved_result || ranges.size() != 1 || ranges.front().first != ranges.front().last)
        return in.wanted("one message");
    return in.space() && in.mailbox(out.mailbox) && parse_append_step(in, out.first, Inside::nothing);
}

} // namespace mansio::wire::imap
