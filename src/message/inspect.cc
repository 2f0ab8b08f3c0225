#include "message/inspect.h"

#include "base/text.h"
#include "message/encoded_word.h"
#include "message/header.h"

#include <algorithm>

namespace mansio::message {

namespace {

// Of one message; a From with more is refused by intake anyway.
constexpr std::size_t max_mailboxes = 1000;

void append(std::vector<Address>& to, std::vector<Address> from)
{
    for (Address& address : from)
        if (to.size() < max_mailboxes)
            to.push_back(std::move(address));
}

std::string first_word(std::string_view value)
{
    std::string text = base::to_lower(unfold(value));
    return text.substr(0, text.find_first_of(" \t;("));
}

void take_from(Overview& out, std::string_view value)
{
    ++out.from_count;
    for (const Address& address : parse_address_list(value, max_mailboxes))
        out.from_broken |= address.broken;
    append(out.from, parse_mailboxes(value, max_mailboxes));
}

void take_field(Overview& out, const HeaderField& field)
{
    auto is = [&](std::string_view name) { return base::equal_icase(field.name, name); };
    if (is("received")) {
        ++out.received_count;
    } else if (is("from")) {
        take_from(out, field.value);
    } else if (is("sender")) {
        append(out.sender, parse_mailboxes(field.value, max_mailboxes));
    } else if (is("date")) {
        out.has_date = true;
    } else if (is("message-id") && !out.has_message_id) {
        out.has_message_id = true;
        out.message_id = unfold(field.value);
    } else if (is("subject") && out.subject.empty()) {
        out.subject = decode_header_text(field.value);
    } else if (is("delivered-to") && out.delivered_to.size() < max_mailboxes) {
        out.delivered_to.push_back(unfold(field.value));
    } else if (is("auto-submitted") && out.auto_submitted.empty()) {
        out.auto_submitted = first_word(field.value);
    }
}

bool has_eight_bit(std::string_view text)
{
    unsigned char all = 0;
    for (char c : text)
        all |= static_cast<unsigned char>(c);
    return all > 127;
}

/// For how many places below `size` it is so. A block is counted in one byte: the compiler makes vector code
/// of it that counts bytes side by side, several times as fast as with a wide counter.
template <class IsSo>
std::size_t count_places(std::size_t size, IsSo is_so)
{
    constexpr std::size_t block = 255;
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < size; begin += block) {
        const std::size_t end = std::min(size, begin + block);
        std::uint8_t in_block = 0;
        for (std::size_t i = begin; i < end; ++i)
            in_block = static_cast<std::uint8_t>(in_block + is_so(i));
        count += in_block;
    }
    return count;
}

void count_bytes(Overview& out, std::string_view message)
{
    const std::size_t before_last = message.empty() ? 0 : message.size() - 1;
    const std::size_t pairs = count_places(before_last, [&](std::size_t i) {
        const bool carriage_return = message[i] == '\r';
        const bool feed = message[i + 1] == '\n';
        return carriage_return && feed;
    });
    out.bare_carriage_returns =
        count_places(message.size(), [&](std::size_t i) { return message[i] == '\r'; }) - pairs;
    out.bare_line_feeds =
        count_places(message.size(), [&](std::size_t i) { return message[i] == '\n'; }) - pairs;
    out.has_nul = message.find('\0') != std::string_view::npos;
    out.eight_bit = has_eight_bit(message);
}

std::size_t longest_line(std::string_view message)
{
    std::size_t longest = 0;
    for (std::size_t begin = 0; begin < message.size();) {
        std::size_t feed = std::min(message.find('\n', begin), message.size());
        std::size_t end =
            feed > begin && feed < message.size() && message[feed - 1] == '\r' ? feed - 1 : feed;
        longest = std::max(longest, end - begin);
        begin = feed + 1;
    }
    return longest;
}

} // namespace

Overview inspect(std::string_view message)
{
    Overview out;
    HeaderScanner scanner(message);
    while (auto field = scanner.next()) {
        ++out.header_fields;
        take_field(out, *field);
    }
    out.header_bytes = scanner.body_offset();
    out.eight_bit_header = has_eight_bit(message.substr(0, out.header_bytes));
    count_bytes(out, message);
    out.max_line_length = longest_line(message);
    return out;
}

std::string normalise_line_ends(std::string text)
{
    Overview counts;
    count_bytes(counts, text);
    if (counts.bare_carriage_returns + counts.bare_line_feeds == 0)
        return text;
    std::string out;
    out.reserve(text.size() + counts.bare_carriage_returns + counts.bare_line_feeds);
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool carriage_return = text[i] == '\r';
        if (!carriage_return && text[i] != '\n') {
            out += text[i];
            continue;
        }
        out += "\r\n";
        if (carriage_return && i + 1 < text.size() && text[i + 1] == '\n')
            ++i;
    }
    return out;
}

} // namespace mansio::message
