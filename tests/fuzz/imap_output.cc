// What an IMAP server says: well formed, no tag answered too often, no message that does not exist.
#include "fuzz/imap_syntax.h"
#include "fuzz/output.h"
#include "fuzz/target.h"

#include "base/text.h"

#include <algorithm>
#include <map>

namespace mansio::fuzz {
namespace {

/// The lines the client said, literals included: at least as many as there are commands. Marks of
/// House::converse are taken out, as they are not sent.
std::vector<std::string> lines_said(std::string_view said)
{
    std::string sent(said);
    std::erase_if(sent, [](char c) { return static_cast<unsigned char>(c) >= 0xfb; });
    std::vector<std::string> lines;
    for (const std::string_view line : base::split(sent, '\n'))
        lines.emplace_back(line);
    return lines;
}

class ImapOutput {
public:
    ImapOutput(std::string_view heard, std::string_view said, bool hung_up)
        : m_rest(heard)
        , m_said(lines_said(said))
        , m_hung_up(hung_up)
    {
    }

    void check()
    {
        require(m_hung_up || m_rest.starts_with("* OK "), "a greeting");
        while (!m_rest.empty()) {
            const auto response = take_response();
            if (!response)
                return;
            if (response->starts_with("* "))
                untagged(response->substr(2));
            else if (!response->starts_with("+ "))
                tagged(*response);
        }
    }

private:
    /// A line with its literals; nothing for one that was cut.
    std::optional<std::string_view> take_response()
    {
        std::size_t at = 0;
        for (;;) {
            const std::size_t end = m_rest.find("\r\n", at);
            if (end == m_rest.npos) {
                require(m_hung_up, "the last line ends too");
                return std::nullopt;
            }
            const std::string_view line = m_rest.substr(at, end - at);
            require(m_hung_up || line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos,
                    "CRLF alone outside of literals");
            const std::size_t open = line.ends_with('}') ? line.rfind('{') : line.npos;
            const auto size = open == line.npos
                                  ? std::nullopt
                                  : base::parse_number(line.substr(open + 1, line.size() - open - 2));
            at = end + 2;
            if (!size) {
                const std::string_view response = m_rest.substr(0, end);
                m_rest.remove_prefix(at);
                return response;
            }
            if (*size > m_rest.size() - at) {
                require(m_hung_up, "a literal is whole");
                return std::nullopt;
            }
            at += *size;
        }
    }

    void tagged(std::string_view response)
    {
        const std::string tag(response.substr(0, response.find(' ')));
        const std::string_view rest = response.substr(std::min(tag.size() + 1, response.size()));
        require(rest.starts_with("OK ") || rest.starts_with("NO ") || rest.starts_with("BAD "),
                "a tagged answer says OK, NO or BAD: " + std::string(response));
        const auto said =
            std::ranges::count_if(m_said, [&](const auto& line) { return line.starts_with(tag); });
        require(++m_answered[tag] <= said, "a command is answered once: " + tag);
        check_text(rest);
        if (m_selecting && rest.starts_with("OK ")) {
            m_selected = true;
            m_selecting = false;
        }
    }

    /// "OK [CODE …] text": the text is never empty.
    static void check_text(std::string_view rest)
    {
        rest.remove_prefix(rest.find(' ') + 1);
        if (rest.starts_with('[')) {
            const std::size_t close = rest.find("] ");
            require(close != rest.npos, "a code ends");
            rest.remove_prefix(close + 2);
        }
        require(!rest.empty(), "a status has a text");
    }

    void untagged(std::string_view response)
    {
        const std::size_t space = response.find(' ');
        const std::string_view word = response.substr(0, space);
        if (const auto number = base::parse_number(word, UINT32_MAX)) {
            require(space != response.npos, "a number of something");
            numbered(*number, response.substr(space + 1));
            return;
        }
        if (word == "OK" || word == "NO" || word == "BAD" || word == "BYE" || word == "PREAUTH") {
            check_text(response);
            if (response.starts_with("OK [CLOSED]"))
                m_selected = false;
            return;
        }
        if (word == "THREAD") {
            check_threads(response.substr(std::min(word.size() + 1, response.size())));
            return;
        }
        if (word == "VANISHED" && !response.starts_with("VANISHED (EARLIER)"))
            m_vanished = true; // how many is in the client's own list of UIDs
        check_values(response);
    }

    void numbered(std::uint64_t number, std::string_view rest)
    {
        if (rest == "EXISTS") {
            m_exists = number;
            m_selecting = !m_selected;
            m_vanished = false;
        } else if (rest == "EXPUNGE") {
            require(number >= 1 && (m_vanished || number <= m_exists), "what is expunged was there");
            m_exists -= m_exists > 0 ? 1 : 0;
        } else if (rest.starts_with("FETCH ")) {
            require(number >= 1 && number <= m_exists, "what is fetched is there");
            check_values(rest);
        } else if (rest.starts_with("UIDFETCH ")) {
            require(number >= 1, "a UID is no zero");
            check_values(rest);
        } else {
            require(rest == "RECENT",
                    "a number is of EXISTS, EXPUNGE, FETCH, UIDFETCH or RECENT: " + std::string(rest));
        }
    }

    /// Lists without spaces between: rfc5256#5
    static void check_threads(std::string_view text)
    {
        for (std::size_t at = 0; at < text.size();)
            require(text[at] == '(' && skip_imap_value(text, at),
                    "threads are well formed: " + std::string(text));
    }

    static void check_values(std::string_view text)
    {
        std::size_t at = 0;
        while (at < text.size()) {
            require(skip_imap_value(text, at), "values are well formed: " + std::string(text));
            require(at == text.size() || text[at] == ' ',
                    "values are divided by spaces: " + std::string(text));
            at += at < text.size() ? 1 : 0;
        }
    }

    std::string_view m_rest;
    std::vector<std::string> m_said;
    std::map<std::string, std::ptrdiff_t> m_answered;
    bool m_hung_up;
    bool m_selected = false;
    bool m_selecting = false;
    bool m_vanished = false;
    std::uint64_t m_exists = 0;
};

} // namespace

void check_imap_output(std::string_view heard, std::string_view said, bool hung_up)
{
    ImapOutput(heard, said, hung_up).check();
}

} // namespace mansio::fuzz
