#include "fuzz/output.h"

#include "fuzz/target.h"

#include "base/text.h"

#include <set>

namespace mansio::fuzz {

bool has_bare_line_end(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
            return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            return true;
    }
    return false;
}

std::string_view take_line(std::string_view& text, bool hung_up)
{
    const std::size_t end = text.find("\r\n");
    require(end != text.npos || hung_up, "the last line ends too");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
    require(hung_up || line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "CRLF alone");
    return line;
}

SmtpOutput check_smtp_output(std::string_view heard, bool hung_up)
{
    SmtpOutput output;
    std::set<std::string_view> ids;
    std::string_view code; // of a reply that goes on
    while (!heard.empty()) {
        const std::string_view line = take_line(heard, hung_up);
        if (hung_up && heard.empty())
            break;
        const bool well_formed = line.size() >= 4 && line[0] >= '2' && line[0] <= '5' &&
                                 base::is_digit(line[1]) && base::is_digit(line[2]) &&
                                 (line[3] == ' ' || line[3] == '-');
        require(well_formed, "a reply line is code, mark, text: " + std::string(line));
        require(line.size() <= 510, "a reply line has 512 bytes at most: rfc5321#4.5.3.1.5");
        require(code.empty() || code == line.substr(0, 3), "one reply, one code");
        code = line[3] == '-' ? line.substr(0, 3) : std::string_view();
        output.replies += line[3] == ' ' ? 1 : 0;
        if (const std::size_t at = line.find("Accepted as "); at != line.npos && line[0] == '2')
            ids.insert(line.substr(at));
    }
    require(code.empty() || hung_up, "the last reply ends");
    output.accepted = ids.size();
    return output;
}

namespace {

bool is_pop3_status(std::string_view line)
{
    return line.starts_with("+OK") || line.starts_with("-ERR") || line.starts_with("+ ");
}

} // namespace

/// No message and no listing here begins a line like a status, so the two are told apart by their looks.
void check_pop3_output(std::string_view heard, bool hung_up)
{
    require(hung_up || heard.starts_with("+OK "), "a greeting");
    bool after_ok = false;
    while (!heard.empty()) {
        std::string_view line = take_line(heard, hung_up);
        if (is_pop3_status(line)) {
            require(line.size() <= 510 || line.starts_with("+ "),
                    "a status has 512 bytes at most: rfc2449#4");
            after_ok = line.starts_with("+OK");
            continue;
        }
        if (hung_up && heard.empty())
            return;
        require(after_ok, "lines follow +OK alone: " + std::string(line));
        while (line != ".") {
            require(!line.starts_with('.') || line.starts_with(".."), "dots are stuffed");
            if (hung_up && heard.empty())
                return;
            require(!heard.empty(), "an answer of several lines ends");
            line = take_line(heard, hung_up);
        }
        after_ok = false;
    }
}

} // namespace mansio::fuzz
