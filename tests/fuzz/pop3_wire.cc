// wire/pop3: command lines and the two filters a message passes on its way out.
#include "fuzz/target.h"

#include "base/text.h"
#include "wire/pop3/apop.h"
#include "wire/pop3/command.h"
#include "wire/pop3/content.h"
#include "wire/pop3/reply.h"

namespace mansio::fuzz {
namespace {

using namespace wire::pop3;

void command(std::string_view input)
{
    const auto line = parse_command(input);
    const std::string_view arguments = line ? line->arguments : input;
    parse_nothing(arguments);
    if (const auto message = parse_message(arguments))
        require(*message > 0 && parse_message(std::to_string(*message)).value_or(0) == *message,
                "a message number");
    parse_optional_message(arguments);
    if (const auto top = parse_top(arguments)) {
        const auto again = parse_top(std::to_string(top->message) + " " + std::to_string(top->lines));
        require(again && again->message == top->message && again->lines == top->lines,
                "TOP printed and read");
    }
    if (const auto word = parse_login_word(arguments))
        require(base::is_utf8(*word), "a name in UTF-8");
    if (const auto apop = parse_apop(arguments)) {
        const auto again = parse_apop(apop->name + " " + apop->digest);
        require(again && again->digest == apop->digest, "APOP printed and read");
        require_equal(again->name, apop->name, "APOP printed and read");
    }
    if (const auto auth = parse_auth(arguments))
        require(auth->mechanism.size() <= 20, "a mechanism's name is short");
    if (const auto range = parse_lang(arguments); range && *range) {
        static constexpr std::string_view offered[] = {"en", "de-CH"};
        match_language(**range, offered, 2);
    }
}

void reply(std::string_view input)
{
    Taste taste(input);
    const Reply made{taste.choice<Status>(2), std::string(taste.rest()), taste.choice<ResponseCode>(5)};
    const std::string text = print(made);
    require(text.size() <= 512, "a reply of 512 bytes at most");
    require(text.find_first_of(std::string_view("\r\n\0", 3)) == text.size() - 2, "a reply is one line");
    require(text.starts_with(made.status == Status::ok ? "+OK" : "-ERR"), "a reply says which");
    make_timestamp(input, 1'700'000'000'000, "here.example");
    require(apop_digest("<1.2@here.example>", input).size() == 32, "a digest of 32 digits");
}

std::string stuffed(const std::vector<std::string_view>& pieces, Nul nul)
{
    DotStuffer stuffer(nul);
    std::string out;
    for (const std::string_view piece : pieces) {
        const std::size_t before = out.size();
        stuffer.add(piece, out);
        require(out.size() - before <= 2 * piece.size(), "at most twice as many bytes");
    }
    stuffer.finish(out);
    return out;
}

/// What a client makes of it; the message alone.
std::string unstuffed(std::string_view lines)
{
    std::string out;
    for (;;) {
        const std::size_t end = lines.find("\r\n");
        require(end != lines.npos, "every line ends with CRLF");
        std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        if (line == ".")
            break;
        if (line.starts_with('.'))
            line.remove_prefix(1);
        out.append(line).append("\r\n");
    }
    require(lines.empty(), "nothing behind the final dot");
    return out;
}

std::string with_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\n' && !out.ends_with('\r'))
            out += '\r';
        out += c;
    }
    if (!out.empty() && !out.ends_with("\r\n"))
        out += out.ends_with('\r') ? "\n" : "\r\n";
    return out;
}

std::string top(const std::vector<std::string_view>& pieces, std::uint64_t lines)
{
    TopCutter cutter(lines);
    std::string out;
    for (const std::string_view piece : pieces) {
        if (cutter.done())
            break;
        out += cutter.take(piece);
    }
    return out;
}

bool needs_utf8(const std::vector<std::string_view>& pieces)
{
    HeaderScan scan;
    for (const std::string_view piece : pieces)
        if (!scan.done())
            scan.add(piece);
    return scan.needs_utf8();
}

void content(std::string_view input)
{
    Taste taste(input);
    const auto pieces_seed = static_cast<std::uint8_t>(taste.byte() | 1);
    const std::uint8_t lines = taste.byte();
    const std::string_view text = taste.rest();
    const auto pieces = cut(text, pieces_seed);
    const std::string whole = stuffed({text}, Nul::keep);
    require_equal(stuffed(pieces, Nul::keep), whole, "stuffed the same however it is cut");
    require_equal(unstuffed(whole), with_crlf(text), "stuffed and unstuffed");
    require(stuffed(pieces, Nul::as_0x80).find('\0') == std::string::npos, "no NUL is left");
    const std::string head = top({text}, lines);
    require_equal(top(pieces, lines), head, "TOP the same however it is cut");
    require(text.starts_with(head), "TOP is the beginning");
    require(needs_utf8(pieces) == needs_utf8({text}), "the header's bytes the same however it is cut");
}

const Register targets[] = {
    Register({"pop3-command", command, "pop3", 256}),
    Register({"pop3-reply", reply, "pop3", 1024}),
    Register({"pop3-content", content, "lines"}),
};

} // namespace
} // namespace mansio::fuzz
