// wire/imap: commands with their literals, names, sets, dates; what is written must read back.
#include "fuzz/target.h"

#include "base/text.h"
#include "wire/imap/command_reader.h"
#include "wire/imap/cursor.h"
#include "wire/imap/date_time.h"
#include "wire/imap/mailbox_name.h"
#include "wire/imap/message_url.h"
#include "wire/imap/parse.h"
#include "wire/imap/write.h"

#include <algorithm>

namespace mansio::fuzz {
namespace {

using namespace wire::imap;

constexpr unsigned max_depth = 8;

std::size_t depth_of(const SearchKey& key)
{
    std::size_t deepest = 0;
    for (const SearchKey& child : key.children)
        deepest = std::max(deepest, depth_of(child));
    return deepest + 1;
}

void check_set(const SequenceSet& set)
{
    require(set.saved_result || !set.ranges.empty(), "a set names something");
    for (const std::uint32_t largest : {0U, 1U, 7U, UINT32_MAX}) {
        const NumberSet numbers = set.resolve(largest);
        std::uint64_t above = 0;
        for (const NumberRange& range : numbers.ranges()) {
            require(range.first <= range.last && (above == 0 || range.first > above), "sorted, apart");
            require(numbers.contains(range.first) && numbers.contains(range.last), "holds its ends");
            above = std::uint64_t{range.last} + 1;
        }
        if (numbers.empty())
            continue;
        const ParseOptions options;
        const std::string text = numbers.text();
        Cursor in(text, options);
        SequenceSet again;
        require(in.sequence_set(again) && in.done(), "a printed set is read: " + text);
        require(again.resolve(largest).ranges() == numbers.ranges(), "and is the same");
    }
}

void check_append(const std::string& mailbox, const AppendStep& step)
{
    require(base::is_utf8(mailbox), "a mailbox name in UTF-8");
    require(!step.events.empty() && std::holds_alternative<AppendMessage>(step.events.front()),
            "an APPEND begins with a message");
    require(!step.literal || step.literal->size <= INT64_MAX, "a size of 63 bits");
    require(!step.literal || step.inside != AppendStep::Inside::nothing, "a literal stands in something");
    for (const auto& event : step.events)
        if (const auto* url = std::get_if<AppendUrl>(&event))
            if (const auto parsed = parse_message_url(url->url))
                require(parsed->uid != 0 && base::is_utf8(parsed->mailbox), "a URL that names a message");
}

/// What holds for commands of some kinds, whoever reads them.
struct Check {
    void operator()(const Fetch& fetch) const
    {
        require(!fetch.items.empty(), "FETCH wants something");
        check_set(fetch.set);
    }
    void operator()(const Search& search) const
    {
        require(depth_of(search.key) <= 3 * (max_depth + 2), "search keys are not deeper than allowed");
        require(!search.returns || !search.returns->all || !search.returns->partial, "ALL or PARTIAL");
    }
    void operator()(const Sort& sort) const
    {
        require(!sort.criteria.empty(), "SORT goes by something");
        require(depth_of(sort.key) <= 3 * (max_depth + 2), "search keys are not deeper than allowed");
    }
    void operator()(const Store& store) const { check_set(store.set); }
    void operator()(const Copy& copy) const
    {
        check_set(copy.set);
        require(base::is_utf8(copy.mailbox), "a mailbox name in UTF-8");
    }
    void operator()(const Select& select) const
    {
        require(base::is_utf8(select.mailbox), "a mailbox name in UTF-8");
    }
    void operator()(const Append& append) const { check_append(append.mailbox, append.first); }
    void operator()(const Replace& replace) const
    {
        require(replace.message.ranges.size() == 1, "REPLACE names one message");
        check_append(replace.mailbox, replace.first);
    }
    void operator()(const Create& create) const
    {
        require(base::is_utf8(create.mailbox), "a mailbox name in UTF-8");
    }
    template <class Other>
    void operator()(const Other&) const
    {
    }
};

void parse(std::string_view bytes, NameEncoding names)
{
    const ParseOptions options{.names = names, .depth = max_depth, .ranges = 100, .list_items = 100};
    const Head head = parse_head(bytes);
    const auto command = parse_command(bytes, options);
    if (!command) {
        require(command.error().at <= bytes.size(), "the error is in the command");
        require(!command.error().wanted.empty(), "an error says what was wanted");
        return;
    }
    require_equal(command->tag, head.tag, "head and command have one tag");
    require(!head.verb.empty(), "a command has a verb");
    std::visit(Check{}, command->body);
}

void parse_bytes(std::string_view input)
{
    parse(input, NameEncoding::modified_utf7);
    parse(input, NameEncoding::utf8);
}

/// As a session does: lines and literals through the reader, then the parser. Gives what is left.
std::string_view read_one(std::string_view stream)
{
    static const CommandReader::Limits limits{.line = 256, .literal = 128, .total = 512, .literals = 4};
    CommandReader reader(limits);
    for (;;) {
        const std::size_t end = stream.find("\r\n");
        if (end == stream.npos)
            return {};
        const auto next = reader.add_line(stream.substr(0, end));
        stream.remove_prefix(end + 2);
        require(reader.bytes().size() <= limits.total, "not more is kept than allowed");
        if (next == CommandReader::Next::refuse)
            return stream;
        if (next == CommandReader::Next::complete)
            break;
        const std::uint64_t size = reader.literal().size;
        require(size <= limits.literal, "no literal over the limit");
        if (stream.size() < size)
            return {};
        reader.add_literal(stream.substr(0, size));
        stream.remove_prefix(size);
    }
    parse(reader.bytes(), NameEncoding::modified_utf7);
    parse(reader.bytes(), NameEncoding::utf8);
    return stream;
}

void commands(std::string_view input)
{
    while (!input.empty())
        input = read_one(input);
}

void mailbox_name(std::string_view input)
{
    if (const auto decoded = decode_modified_utf7(input)) {
        require(base::is_utf8(*decoded), "decoded names are UTF-8");
        require_equal(encode_modified_utf7(*decoded), input, "one spelling for each name");
    }
    if (base::is_utf8(input)) {
        const std::string encoded = encode_modified_utf7(input);
        require(base::is_ascii(encoded), "modified UTF-7 is ASCII");
        const auto back = decode_modified_utf7(encoded);
        require(back.has_value(), "encoded names are read");
        require_equal(*back, input, "a name encoded and decoded");
    }
    for (const NameEncoding encoding : {NameEncoding::modified_utf7, NameEncoding::utf8}) {
        const auto name = mailbox_from_wire(input, encoding);
        if (!name)
            continue;
        require(base::is_utf8(*name), "names are UTF-8 inside");
        const auto again = mailbox_from_wire(mailbox_to_wire(*name, encoding), encoding);
        require(again.has_value(), "a name of ours is read");
        require_equal(*again, *name, "a name out and in");
    }
}

void sequence_set(std::string_view input)
{
    const ParseOptions options{.ranges = 200};
    Cursor in(input, options);
    SequenceSet set;
    if (in.sequence_set(set))
        check_set(set);
    std::uint64_t mod_sequence = 0;
    Cursor number(input, options);
    if (number.mod_sequence(mod_sequence))
        require(mod_sequence <= INT64_MAX, "63 bits");
}

void date(std::string_view input)
{
    if (const auto time = parse_date_time(input)) {
        const std::string text = format_date_time(*time);
        const auto again = parse_date_time(text);
        // A zone may carry 1-Jan-0000 and 31-Dec-9999 over the years that can be written.
        if (*time >= -62'167'219'200 && *time < 253'402'300'800)
            require(again == time, "a time written and read: " + text);
    }
    const auto day = parse_date(input);
    if (day)
        require(day_of(base::Seconds{*day} * 86'400 + 86'399) == *day, "the last second of a day");
    const ParseOptions options;
    Cursor cursor(input, options);
    Day other = 0;
    if (cursor.date(other) && day && cursor.done())
        require(other == *day, "a date is a date");
}

/// A string written by us, read as a client would, here with the same grammar.
void written(std::string_view input)
{
    const ParseOptions options;
    std::string expected(input);
    std::ranges::replace(expected, '\0', '\x80');
    std::string out;
    write_string(out, input);
    std::string read;
    Cursor string(out, options);
    require(string.string(read) && string.done(), "a string of ours is read");
    require_equal(read, expected, "a string written and read");
    out.clear();
    write_astring(out, input);
    Cursor astring(out, options);
    require(astring.astring(read) && astring.done(), "an astring of ours is read");
    require_equal(read, expected, "an astring written and read");
    if (!base::is_utf8(input))
        return;
    for (const NameEncoding encoding : {NameEncoding::modified_utf7, NameEncoding::utf8}) {
        const auto name = mailbox_from_wire(input, encoding);
        if (!name || name->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
            continue;
        out.clear();
        write_mailbox(out, *name, encoding);
        const ParseOptions naming{.names = encoding};
        Cursor mailbox(out, naming);
        require(mailbox.mailbox(read) && mailbox.done(), "a mailbox of ours is read");
        require_equal(read, *name, "a mailbox written and read");
    }
}

const Register targets[] = {
    Register({"imap-parse", parse_bytes, "imap"}),
    Register({"imap-commands", commands, "imap"}),
    Register({"imap-mailbox-name", mailbox_name, "imap", 256}),
    Register({"imap-sequence-set", sequence_set, "imap", 256}),
    Register({"imap-date", date, "imap", 64}),
    Register({"imap-write", written, "imap", 256}),
};

} // namespace
} // namespace mansio::fuzz
