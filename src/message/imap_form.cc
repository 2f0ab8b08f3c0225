#include "message/imap_form.h"

#include "base/bytes.h"
#include "base/text.h"
#include "message/address.h"
#include "message/common_fields.h"
#include "message/encoded_word.h"
#include "message/header.h"
#include "message/preview.h"

#include <vector>

namespace mansio::message {

namespace {

// What stands in for the missing half of an address: NIL there would read as group syntax (rfc9051#7.5.2).
constexpr std::string_view missing_mailbox = "MISSING_MAILBOX";
constexpr std::string_view missing_domain = "MISSING_DOMAIN";

// The form of a message with absurd addressees stays a size a client can take.
constexpr std::size_t max_addresses = 10'000;

/// Seven bits, whatever the header holds.
std::string ascii_text(std::string_view text)
{
    if (base::is_ascii(text))
        return std::string(text);
    return encode_words(text, base::is_utf8(text) ? "utf-8" : "unknown-8bit");
}

void append_string(std::string& out, std::string_view text)
{
    out += imap_string(ascii_text(text));
}

void append_nstring(std::string& out, const std::optional<std::string>& text)
{
    if (text)
        append_string(out, *text);
    else
        out += "NIL";
}

/// A header value as ENVELOPE shows it: white space before the first character and line ends removed.
std::string envelope_text(std::string_view value)
{
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    std::string out;
    for (char c : value)
        if (c != '\r' && c != '\n' && c != '\0')
            out += c;
    return out;
}

enum Field : std::uint8_t { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id };
constexpr std::string_view field_names[] = {"date", "subject", "from", "sender",      "reply-to",
                                            "to",   "cc",      "bcc",  "in-reply-to", "message-id"};

bool is_text_field(std::size_t field)
{
    return field == date || field == subject || field == in_reply_to || field == message_id;
}

struct Envelope {
    std::optional<std::string> texts[std::size(field_names)];
    std::vector<Address> addresses[std::size(field_names)];
};

void take_field(Envelope& envelope, std::size_t which, std::string_view value)
{
    if (is_text_field(which)) {
        envelope.texts[which] = envelope_text(value); // the last one counts
        return;
    }
    // Several fields count as one list: what one program checks another must not hide.
    auto& list = envelope.addresses[which];
    if (list.size() >= max_addresses)
        return;
    for (Address& address : parse_address_list(value, max_addresses - list.size()))
        list.push_back(std::move(address));
}

Envelope read_envelope(std::string_view header)
{
    Envelope envelope;
    HeaderScanner scanner(header);
    while (auto field = scanner.next())
        for (std::size_t which = 0; which < std::size(field_names); ++which)
            if (base::equal_icase(field->name, field_names[which]))
                take_field(envelope, which, field->value);
    return envelope;
}

void append_address(std::string& out, const Address& address)
{
    out += '(';
    if (address.kind == Address::Kind::mailbox) {
        append_nstring(out, address.name);
        out += ' ';
        append_nstring(out, address.route);
        out += ' ';
        append_string(out, address.mailbox ? *address.mailbox : missing_mailbox);
        out += ' ';
        append_string(out, address.host ? *address.host : missing_domain);
    } else {
        out += "NIL NIL ";
        append_nstring(out, address.mailbox);
        out += " NIL";
    }
    out += ')';
}

std::string address_list_form(const std::vector<Address>& list)
{
    if (list.empty())
        return "NIL";
    std::string out = "(";
    for (const Address& address : list)
        append_address(out, address);
    return out + ")";
}

/// A value with 8-bit bytes goes out as it stands, as a literal: clients know file names in that form.
void append_parameter(std::string& out, const Parameter& parameter)
{
    append_string(out, parameter.name);
    out += ' ';
    out += imap_string(parameter.value);
}

void append_parameters(std::string& out, const Parameters& parameters)
{
    if (parameters.empty()) {
        out += "NIL";
        return;
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        out += i == 0 ? '(' : ' ';
        append_parameter(out, parameters[i]);
    }
    out += ')';
}

void append_languages(std::string& out, const std::vector<std::string>& languages)
{
    if (languages.empty()) {
        out += "NIL";
        return;
    }
    for (std::size_t i = 0; i < languages.size(); ++i) {
        out += i == 0 ? '(' : ' ';
        append_string(out, languages[i]);
    }
    out += ')';
}

/// " disposition language location"
void append_extension(std::string& out, const Part& part)
{
    out += ' ';
    if (part.disposition) {
        out += '(';
        append_string(out, *part.disposition);
        out += ' ';
        append_parameters(out, part.disposition_parameters);
        out += ')';
    } else {
        out += "NIL";
    }
    out += ' ';
    append_languages(out, part.languages);
    out += ' ';
    append_nstring(out, part.location);
}

constexpr std::string_view empty_part = R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0))";
constexpr std::string_view empty_part_extended =
    R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))";

/// Writes parts from the outside in without recursion: a stack of parts whose closing half is due.
class BodyWriter {
public:
    BodyWriter(std::string_view message, const Structure& structure, Extended extended)
        : m_message(message)
        , m_structure(structure)
        , m_extended(extended)
    {
    }
    std::string run();

private:
    struct Due {
        std::uint32_t part;
        std::uint32_t next_child; ///< to be written before the part closes
    };
    void open(std::uint32_t index);
    void open_single(const Part& part);
    void close(std::uint32_t index);

    std::string_view m_message;
    const Structure& m_structure;
    Extended m_extended;
    std::string m_out;
    std::vector<Due> m_due;
};

void BodyWriter::open_single(const Part& part)
{
    append_string(m_out, part.type);
    m_out += ' ';
    append_string(m_out, part.subtype);
    m_out += ' ';
    if (part.type == "text" && !find_parameter(part.parameters, "charset")) {
        Parameters parameters = part.parameters;
        parameters.push_back({"charset", "us-ascii"}); // the default: rfc2046#4.1.2
        append_parameters(m_out, parameters);
    } else {
        append_parameters(m_out, part.parameters);
    }
    m_out += ' ';
    append_nstring(m_out, part.id);
    m_out += ' ';
    append_nstring(m_out, part.description);
    m_out += ' ';
    append_string(m_out, part.encoding.empty() ? "7bit" : std::string_view(part.encoding));
    m_out += " " + std::to_string(part.body_size());
}

void BodyWriter::open(std::uint32_t index)
{
    const Part& part = m_structure.parts[index];
    m_out += '(';
    m_due.push_back({index, part.first_child});
    if (part.kind == PartKind::multipart) {
        // A multipart needs a part, else clients stop at it.
        if (part.first_child == Part::none)
            m_out += m_extended == Extended::yes ? empty_part_extended : empty_part;
        return;
    }
    open_single(part);
    if (part.kind == PartKind::message) {
        const Part& inner = m_structure.parts[part.first_child];
        std::size_t size = inner.header_end - inner.header_begin;
        m_out += " " + envelope_form(m_message.substr(inner.header_begin, size)) + " ";
    }
}

void BodyWriter::close(std::uint32_t index)
{
    const Part& part = m_structure.parts[index];
    if (part.kind == PartKind::multipart) {
        m_out += ' ';
        append_string(m_out, part.subtype);
        if (m_extended == Extended::yes) {
            m_out += ' ';
            append_parameters(m_out, part.parameters);
        }
    } else {
        if (part.kind == PartKind::message || part.type == "text")
            m_out += " " + std::to_string(part.body_lines);
        if (m_extended == Extended::yes) {
            m_out += ' ';
            append_nstring(m_out, part.md5);
        }
    }
    if (m_extended == Extended::yes)
        append_extension(m_out, part);
    m_out += ')';
}

std::string BodyWriter::run()
{
    open(0);
    while (!m_due.empty()) {
        Due& due = m_due.back();
        if (due.next_child == Part::none) {
            std::uint32_t part = due.part;
            m_due.pop_back();
            close(part);
            continue;
        }
        std::uint32_t child = due.next_child;
        due.next_child = m_structure.parts[child].next_sibling;
        open(child);
    }
    return std::move(m_out);
}

} // namespace

std::string imap_string(std::string_view value)
{
    std::string text(value);
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    if (!base::is_ascii(text))
        return "{" + std::to_string(text.size()) + "}\r\n" + text;
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string imap_nstring(const std::optional<std::string>& value)
{
    return value ? imap_string(*value) : "NIL";
}

std::string envelope_form(std::string_view header)
{
    Envelope envelope = read_envelope(header);
    for (Field field : {sender, reply_to})
        if (envelope.addresses[field].empty())
            envelope.addresses[field] = envelope.addresses[from];
    std::string out;
    for (std::size_t which = 0; which < std::size(field_names); ++which) {
        out += which == 0 ? '(' : ' ';
        if (is_text_field(which))
            append_nstring(out, envelope.texts[which]);
        else
            out += address_list_form(envelope.addresses[which]);
    }
    return out + ")";
}

std::string body_structure_form(std::string_view message, const Structure& structure, Extended extended)
{
    return BodyWriter(message, structure, extended).run();
}

ImapForms make_imap_forms(std::string_view message)
{
    return make_imap_forms(message, parse_structure(message));
}

ImapForms make_imap_forms(std::string_view message, const Structure& structure)
{
    const Part& root = structure.root();
    return {.envelope = envelope_form(message.substr(0, root.header_end)),
            .body = body_structure_form(message, structure, Extended::no),
            .body_structure = body_structure_form(message, structure, Extended::yes),
            .fields = common_fields(message),
            .preview = preview_text(message, structure)};
}

} // namespace mansio::message
