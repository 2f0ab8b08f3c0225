// The message between DATA and the final dot, both ways, however it is cut.
#include "fuzz/target.h"

#include "wire/smtp/data_decoder.h"
#include "wire/smtp/data_encoder.h"

#include <algorithm>

namespace mansio::fuzz {
namespace {

using namespace wire::smtp;

struct Decoded {
    std::string message;
    std::size_t used = 0;
    bool done = false;
    std::uint64_t bare = 0;
    bool operator==(const Decoded&) const = default;
};

Decoded decode(const std::vector<std::string_view>& pieces, BareLineEnds mode)
{
    DataDecoder decoder(mode);
    Decoded result;
    for (const std::string_view piece : pieces) {
        const std::size_t used = decoder.decode(piece, result.message);
        require(used == piece.size() || decoder.done(), "all is used until the end");
        require(used <= piece.size(), "not more is used than there is");
        result.used += used;
        if (decoder.done())
            break;
    }
    result.done = decoder.done();
    result.bare = decoder.bare_carriage_returns() + decoder.bare_line_feeds();
    return result;
}

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

/// The end as rfc5321#4.1.1.4 says it, found the slow way.
std::size_t end_of_data(std::string_view text)
{
    if (text.starts_with(".\r\n"))
        return 3;
    const std::size_t at = text.find("\r\n.\r\n");
    return at == text.npos ? text.npos : at + 5;
}

void data(std::string_view input)
{
    Taste taste(input);
    const auto mode = taste.choice<BareLineEnds>(2);
    const std::uint8_t seed = taste.byte();
    const std::string_view text = taste.rest();
    const Decoded whole = decode({text}, mode);
    require(decode(cut(text, seed | 1), mode) == whole, "the same result however it is cut");
    const std::size_t end = end_of_data(text);
    require(whole.done == (end != text.npos), "the end is where the standard says");
    if (!whole.done)
        return;
    require(whole.used == end, "used to the end");
    require(has_bare_line_end(text.substr(0, end)) == (whole.bare != 0), "bare line ends are counted");
    if (mode == BareLineEnds::normalise)
        require(!has_bare_line_end(whole.message), "no bare line end is left");
    if (has_bare_line_end(whole.message))
        return;
    const Decoded again = decode({dot_stuff(whole.message)}, BareLineEnds::keep);
    require(again.done, "what is encoded ends");
    require_equal(again.message, whole.message, "encoded and decoded");
}

std::string encode(const std::vector<std::string_view>& pieces)
{
    DataEncoder encoder;
    std::string out;
    for (const std::string_view piece : pieces)
        encoder.add(piece, out);
    encoder.finish(out);
    return out;
}

bool naive_line_over(std::string_view text, std::size_t limit)
{
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find("\r\n", at), text.size());
        if (end - at > limit)
            return true;
        at = end + 2;
    }
    return false;
}

void encoder(std::string_view input)
{
    Taste taste(input);
    const std::uint8_t seed = taste.byte();
    const std::size_t limit = taste.byte();
    const std::string_view text = taste.rest();
    const std::string whole = encode({text});
    require_equal(encode(cut(text, seed | 1)), whole, "the same result however it is cut");
    require_equal(dot_stuff(text), whole, "at once");
    require(!has_bare_line_end(whole), "nothing bare leaves");
    const Decoded decoded = decode({whole}, BareLineEnds::keep);
    require(decoded.done && decoded.used == whole.size(), "one end, ours");
    if (!has_bare_line_end(text) && (text.empty() || text.ends_with("\r\n")))
        require_equal(decoded.message, text, "encoded and decoded");
    if (!has_bare_line_end(text))
        require(has_line_over(text, limit) == naive_line_over(text, limit), "line lengths");
    const std::size_t dot = find_line_dot(text);
    require(dot == text.find("\n."), "a line that begins with a dot");
}

const Register targets[] = {
    Register({"smtp-data", data, "lines"}),
    Register({"smtp-data-encoder", encoder, "lines"}),
};

} // namespace
} // namespace mansio::fuzz
