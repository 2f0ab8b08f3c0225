// message: fields, addresses, dates, words, encodings: the small parsers.
#include "fuzz/target.h"

#include "base/text.h"
#include "message/address.h"
#include "message/base_subject.h"
#include "message/casemap.h"
#include "message/charset.h"
#include "message/compose.h"
#include "message/date.h"
#include "message/encoded_word.h"
#include "message/header.h"
#include "message/inspect.h"
#include "message/message_id.h"
#include "message/section.h"
#include "message/structure.h"

#include <algorithm>

namespace mansio::fuzz {
namespace {

using namespace message;

bool is_within(std::string_view part, std::string_view whole)
{
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void header(std::string_view input)
{
    HeaderScanner scanner(input);
    std::size_t at = 0;
    while (const auto field = scanner.next()) {
        require(field->offset == at && !field->whole.empty(), "fields follow each other");
        require(is_within(field->whole, input) && is_within(field->value, field->whole), "views of the text");
        at += field->whole.size();
        unfold(field->value);
    }
    require(scanner.blank_line_offset() == at && scanner.body_offset() >= at, "then the empty line");
    require(scanner.body_offset() == find_body(input) && find_body(input) <= input.size(), "then the body");
    const Headers headers(input, {.fields = 50, .bytes = 4096});
    require(headers.fields().size() <= 50, "fields within the limit");
    for (const HeaderField& field : headers.fields()) {
        require(headers.has(field.name), "a field is found by its name");
        require(base::trim(headers.value(field.name)) == headers.value(field.name),
                "no space around a value");
    }
    const std::vector<std::string> names = {"From", "to"};
    const std::string head(input.substr(0, find_body(input)));
    const auto named = select_header_fields(head, names, FieldChoice::named);
    const auto others = select_header_fields(head, names, FieldChoice::others);
    require(named.size() + others.size() <= head.size() + 4, "each field is on one side");
}

void address(std::string_view input)
{
    std::size_t groups = 0;
    for (const Address& entry : parse_address_list(input, 100)) {
        groups += entry.kind == Address::Kind::group_start ? 1 : 0;
        require(entry.kind != Address::Kind::group_end || groups-- > 0, "a group that ends has begun");
        entry.address();
    }
    require(parse_address_list(input, 3).size() <= 3 + 1, "not more than asked for");
    for (const Address& mailbox : parse_mailboxes(input, 100))
        require(mailbox.mailbox && mailbox.host, "a mailbox has both halves");
    const auto one = parse_mailbox(input);
    if (!one)
        return;
    // One well-formed mailbox: printed by us it must stay that.
    const std::string name = decode_header_text(one->name.value_or(""));
    const std::string printed = format_mailbox(name, one->address());
    const auto again = parse_mailbox(printed);
    require(again.has_value(), "a mailbox of ours is read: " + printed);
    require_equal(again->address(), one->address(), "the same address in: " + printed);
}

void date(std::string_view input)
{
    if (const auto date = parse_date(input)) {
        const std::string text = base::format_rfc5322_date(date->time);
        const auto again = parse_date(text);
        if (date->time >= -62'135'596'800 && date->time < 253'402'300'800)
            require(again && again->time == date->time, "a date printed and read: " + text);
        written_day(*date);
    }
    if (const auto date = parse_internal_date(input)) {
        const std::string text = format_internal_date(*date);
        const auto again = parse_internal_date(text);
        require(again && *again == *date, "an internal date printed and read: " + text);
    }
    parse_imap_date(input);
}

void words(std::string_view input)
{
    const std::string decoded = decode_header_text(input);
    require(base::is_utf8(decoded), "decoded text is UTF-8");
    if (base::is_utf8(input)) {
        const std::string encoded = encode_header_text(input);
        require(base::is_ascii(encoded), "encoded text is ASCII");
        require(encoded.find_first_of("\r\n") == std::string::npos, "on one line");
        std::string expected(input);
        std::ranges::replace_if(expected, [](char c) { return c == '\r' || c == '\n'; }, ' ');
        require_equal(base::trim(decode_header_text(encoded)), base::trim(expected), "encoded and decoded");
    }
    require(base::is_ascii(encode_words(input, "x-unknown")), "words are ASCII");
}

void parameters(std::string_view input)
{
    const TypedValue type = parse_content_type(input, 20);
    require(type.parameters.size() <= 20, "parameters within the limit");
    require(type.type == base::to_lower(type.type) && type.subtype == base::to_lower(type.subtype),
            "lower case");
    for (const Parameter& parameter : type.parameters) {
        require(find_parameter(type.parameters, parameter.name).has_value(), "a parameter is found");
        if (const auto value = decode_parameter(type.parameters, parameter.name))
            require(base::is_utf8(*value), "a decoded parameter is UTF-8");
    }
    const TypedValue disposition = parse_disposition(input, 20);
    if (const auto name = decode_parameter(disposition.parameters, "filename"))
        require(base::is_utf8(*name), "a decoded file name is UTF-8");
}

void check_lines(std::string_view text)
{
    for (const std::string_view line : base::split(text, '\n'))
        require(line.size() <= 76 + 1, "an encoded line has 76 characters at most");
}

void transfer(std::string_view input)
{
    const std::string base64 = encode_base64_lines(input);
    check_lines(base64);
    require_equal(decode_base64(base64), input, "base64 encoded and decoded");
    require(decode_base64(input).size() <= input.size(), "base64 decoded is not longer");
    require(decode_quoted_printable(input).size() <= input.size() + 2,
            "quoted-printable decoded is not longer");
    const std::string lines = normalise_line_ends(std::string(input));
    const std::string quoted = encode_quoted_printable(lines);
    check_lines(quoted);
    require(base::is_ascii(quoted), "quoted-printable is ASCII");
    require_equal(decode_quoted_printable(quoted), lines, "quoted-printable encoded and decoded");
    require_equal(normalise_line_ends(lines), lines, "line ends are normal");
}

void charset(std::string_view input)
{
    Taste taste(input);
    const std::string_view name = taste.line();
    const std::string text = to_utf8(taste.rest(), name);
    require(base::is_utf8(text), "converted text is UTF-8");
    require(base::is_utf8(fold_for_search(text)) && base::is_utf8(fold_for_search(input)),
            "folded text is UTF-8");
    is_known_charset(name);
    if (base::is_utf8(taste.rest()) && name == "utf-8")
        require_equal(text, taste.rest(), "UTF-8 stays as it is");
}

void subject(std::string_view input)
{
    const BaseSubject found = base_subject(input);
    require(found.text.size() <= input.size(), "nothing is added to a subject");
    require_equal(base_subject(found.text).text, found.text, "a base subject is its own");
    require(base::is_utf8(casemap(input)), "mapped text is UTF-8");
    for (const std::string& id : message_ids(input))
        require(id.size() <= input.size() && id.contains('@'), "an id is what stands there");
}

ReportParts report_of(Taste& taste)
{
    ReportParts parts;
    parts.returned = taste.choice<ReportParts::Return>(2);
    parts.from = taste.line();
    parts.to = taste.line();
    parts.subject = taste.line();
    parts.message_id = "<1@here.example>";
    parts.text = taste.line();
    parts.status = taste.line();
    parts.original = taste.rest();
    return parts;
}

void compose(std::string_view input)
{
    Taste taste(input);
    const ReportParts parts = report_of(taste);
    const auto report = compose_report(parts);
    if (!report) {
        require(report.error().fault == base::Fault::invalid, "refused for what it is");
        return;
    }
    const Headers headers(*report);
    require(headers.has("From") && headers.has("Subject") && headers.has("Content-Type"), "fields are there");
    for (const HeaderField& field : headers.fields())
        require(!field.name.empty(), "a header of fields alone");
    const Structure structure = parse_structure(*report);
    require(structure.root().is("multipart", "report"), "a report is a report");
    require(structure.children(0).size() == (parts.original.empty() ? 2U : 3U), "of two or three parts");
    const Overview seen = inspect(*report);
    require(seen.bare_carriage_returns == 0 && seen.bare_line_feeds == 0, "CRLF alone");
    compose_notice({.from = parts.from,
                    .to = parts.to,
                    .subject = parts.subject,
                    .message_id = parts.message_id,
                    .text = parts.original,
                    .auto_submitted = {}});
}

void overview(std::string_view input)
{
    const Overview seen = inspect(input);
    require(seen.has_nul == (input.find('\0') != input.npos), "NUL is seen");
    require(seen.eight_bit == !base::is_ascii(input), "8-bit bytes are seen");
    require(seen.header_bytes == find_body(input), "the header ends where it ends");
    require(base::is_utf8(seen.subject), "the subject is UTF-8");
    std::size_t bare = 0;
    for (std::size_t i = 0; i < input.size(); ++i)
        if (input[i] == '\n' && (i == 0 || input[i - 1] != '\r'))
            ++bare;
    require(seen.bare_line_feeds == bare, "bare line feeds are counted");
}

const Register targets[] = {
    Register({"message-header", header, "mime"}),
    Register({"message-address", address, "mime", 512}),
    Register({"message-date", date, "mime", 128}),
    Register({"message-words", words, "mime", 512}),
    Register({"message-parameters", parameters, "mime", 512}),
    Register({"message-transfer", transfer, "mime", 512}),
    Register({"message-charset", charset, "mime", 256}),
    Register({"message-subject", subject, "mime", 512}),
    Register({"message-compose", compose, "mime", 1024}),
    Register({"message-inspect", overview, "mime", 1024}),
};

} // namespace
} // namespace mansio::fuzz
