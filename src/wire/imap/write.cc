#include "wire/imap/write.h"

#include "base/text.h"
#include "wire/imap/cursor.h"
#include "wire/imap/date_time.h"
#include "wire/imap/mailbox_name.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::wire::imap {
namespace {

constexpr std::size_t max_quoted = 1000; // old clients keep lines in small buffers

bool fits_quotes(std::string_view text)
{
    return text.size() <= max_quoted && std::ranges::all_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte >= 0x20 && byte < 0x7F;
           });
}

void write_quoted(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    out += '"';
}

void write_literal(std::string& out, std::string_view text)
{
    write_literal_head(out, text.size());
    const std::size_t from = out.size();
    out += text;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), '\0', '\x80');
}

std::string_view name(Condition condition)
{
    switch (condition) {
    case Condition::ok: return "OK";
    case Condition::no: return "NO";
    case Condition::bad: return "BAD";
    case Condition::preauth: return "PREAUTH";
    case Condition::bye: return "BYE";
    }
    return "BAD";
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

void write_string(std::string& out, std::string_view text)
{
    if (fits_quotes(text))
        write_quoted(out, text);
    else
        write_literal(out, text);
}

void write_astring(std::string& out, std::string_view text)
{
    const bool atom = !text.empty() && text.size() <= max_quoted && std::ranges::all_of(text, is_atom_char) &&
                      !base::equal_icase(text, "NIL");
    if (atom)
        out += text;
    else
        write_string(out, text);
}

void write_nstring(std::string& out, const std::optional<std::string>& text)
{
    if (text)
        write_string(out, *text);
    else
        out += "NIL";
}

void write_literal_head(std::string& out, std::uint64_t size)
{
    fmt::format_to(std::back_inserter(out), "{{{}}}\r\n", size);
}

void write_literal8_head(std::string& out, std::uint64_t size)
{
    fmt::format_to(std::back_inserter(out), "~{{{}}}\r\n", size);
}

void write_mailbox(std::string& out, std::string_view mailbox, NameEncoding names)
{
    if (names == NameEncoding::utf8 && !base::is_ascii(mailbox) && !has_control(mailbox)) {
        write_quoted(out, mailbox); // rfc9051#9: QUOTED-CHAR may be UTF-8
        return;
    }
    write_astring(out, mailbox_to_wire(mailbox, names));
}

void write_number(std::string& out, std::uint64_t number)
{
    fmt::format_to(std::back_inserter(out), "{}", number);
}

void write_date_time(std::string& out, base::Seconds time)
{
    out += '"';
    out += format_date_time(time);
    out += '"';
}

void write_status(std::string& out, std::string_view tag, const StatusLine& line)
{
    out += tag.empty() ? std::string_view("*") : tag;
    out += ' ';
    out += name(line.condition);
    if (!line.code.empty()) {
        out += " [";
        out += line.code;
        out += ']';
    }
    out += ' ';
    out += line.text.empty() ? std::string_view("done") : line.text;
    out += "\r\n";
}

void write_continuation(std::string& out, std::string_view text)
{
    out += "+ ";
    out += text;
    out += "\r\n";
}

} // namespace mansio::wire::imap
