#include "imapd/search_program.h"

#include "base/text.h"
#include "imapd/messages.h"
#include "message/charset.h"
#include "message/common_fields.h"
#include "message/date.h"
#include "message/header.h"
#include "message/search_text.h"
#include "wire/imap/date_time.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

constexpr std::size_t max_text_keys = 50; // each reads the whole message once more; people type one

Verdict verdict(bool yes)
{
    return yes ? Verdict::yes : Verdict::no;
}

bool is_sent(wire::imap::SearchKey::Kind kind)
{
    using Kind = wire::imap::SearchKey::Kind;
    return kind == Kind::sent_before || kind == Kind::sent_on || kind == Kind::sent_since;
}

bool charset_known(std::string_view charset)
{
    return charset.empty() || charset == "UTF-8" || charset == "US-ASCII" ||
           message::is_known_charset(charset);
}

std::string folded(std::string_view text, std::string_view charset)
{
    return message::fold_for_search(message::to_utf8(text, charset.empty() ? "UTF-8" : charset));
}

/// What EMAILID names, as email_id() spells it; case is significant (rfc8474#7).
std::optional<storage::BlobId> blob_of(std::string_view id)
{
    const auto blob = id.starts_with('M') ? storage::BlobId::from_hex(id.substr(1)) : std::nullopt;
    return blob && blob->hex() == id.substr(1) ? blob : std::nullopt;
}

} // namespace

base::Outcome<SearchProgram> SearchProgram::make(const imap::SearchKey& key, std::string_view charset,
                                                 const Context& context)
{
    if (!charset_known(charset))
        return base::fail(base::Fault::invalid, "unknown charset");
    SearchProgram program;
    program.m_root = program.compile(key, context, charset);
    if (program.m_text_keys > max_text_keys)
        return base::fail(base::Fault::too_large, "too many BODY and TEXT keys");
    return program;
}

void SearchProgram::compile_flag(const imap::SearchKey& key, const Context& context, Node& out)
{
    if (key.text.starts_with('\\'))
        out.system = mailbox::system_flag_bit(key.text);
    else
        out.keywords = context.view.keyword_bit(key.text);
}

void SearchProgram::compile_set(const imap::SearchKey& key, const Context& context, Node& out)
{
    const auto& view = context.view;
    if (key.set.saved_result)
        out.messages = resolve_uids(view, to_number_set(context.saved_result));
    else if (key.kind == Kind::uid)
        out.messages = resolve_uids(view, key.set.resolve(largest_uid(view)));
    else
        out.messages = key.set.resolve(static_cast<std::uint32_t>(view.size()));
}

SearchProgram::Node SearchProgram::compile(const imap::SearchKey& key, const Context& context,
                                           std::string_view charset)
{
    ++m_size;
    m_common_keys += is_sent(key.kind) || (key.kind == Kind::header && message::is_common_field(key.field));
    m_text_keys += key.kind == Kind::body || key.kind == Kind::text;
    Node out;
    out.kind = key.kind;
    out.number = key.number;
    out.day = key.day;
    out.field = key.field;
    switch (key.kind) {
    case Kind::has_flag:
    case Kind::lacks_flag: compile_flag(key, context, out); break;
    case Kind::sequence:
    case Kind::uid: compile_set(key, context, out); break;
    case Kind::header:
    case Kind::body:
    case Kind::text: out.text = folded(key.text, charset); break;
    case Kind::older:
    case Kind::younger:
        out.time = context.now - static_cast<base::Seconds>(std::min<std::uint64_t>(key.number, INT32_MAX));
        break;
    case Kind::mod_seq: m_uses_mod_seq = true; break;
    case Kind::email_id: out.blob = blob_of(key.text); break;
    default: break;
    }
    for (const imap::SearchKey& child : key.children)
        out.children.push_back(compile(child, context, charset));
    return out;
}

Verdict SearchProgram::judge(std::size_t index, const mailbox::Message& message, const SearchText& text) const
{
    return judge(m_root, index, message, text);
}

Verdict SearchProgram::judge_all(const Node& node, std::size_t index, const mailbox::Message& message,
                                 const SearchText& text)
{
    Verdict all = Verdict::yes;
    for (const Node& child : node.children) {
        const Verdict one = judge(child, index, message, text);
        if (one == Verdict::no)
            return Verdict::no;
        if (one == Verdict::unknown)
            all = Verdict::unknown;
    }
    return all;
}

Verdict SearchProgram::judge_any(const Node& node, std::size_t index, const mailbox::Message& message,
                                 const SearchText& text)
{
    Verdict any = Verdict::no;
    for (const Node& child : node.children) {
        const Verdict one = judge(child, index, message, text);
        if (one == Verdict::yes)
            return Verdict::yes;
        if (one == Verdict::unknown)
            any = Verdict::unknown;
    }
    return any;
}

Verdict SearchProgram::judge_text(const Node& node, const SearchText& text)
{
    if (node.kind == Kind::header) {
        if (!text.has_header && !(text.fields && message::is_common_field(node.field)))
            return Verdict::unknown;
        const auto header =
            text.has_header ? text.header.substr(0, message::find_body(text.header)) : *text.fields;
        return verdict(message::header_contains(header, node.field, node.text));
    }
    if (!text.structure)
        return Verdict::unknown;
    const auto where = node.kind == Kind::body ? message::SearchWhere::body : message::SearchWhere::text;
    return verdict(message::contains_text(text.whole, *text.structure, node.text, where));
}

/// The day written in the Date field, whatever its zone; a message without one matches nothing.
Verdict SearchProgram::judge_sent(const Node& node, const SearchText& text)
{
    if (!text.has_header && !text.fields)
        return Verdict::unknown;
    message::HeaderScanner scanner(text.has_header ? text.header : *text.fields);
    while (const auto field = scanner.next()) {
        if (!base::equal_icase(field->name, "Date"))
            continue;
        const auto date = message::parse_date(message::unfold(field->value));
        if (!date)
            return Verdict::no;
        const auto day = message::written_day(*date);
        if (node.kind == Kind::sent_before)
            return verdict(day < node.day);
        return verdict(node.kind == Kind::sent_on ? day == node.day : day >= node.day);
    }
    return Verdict::no;
}

bool SearchProgram::judge_facts(const Node& node, std::size_t index, const mailbox::Message& message)
{
    const bool flagged = (message.system & node.system) != 0 || (message.keywords & node.keywords) != 0;
    const auto day = [&] { return wire::imap::day_of(message.internal_date); };
    const auto saved_day = [&] { return wire::imap::day_of(message.save_date); };
    switch (node.kind) {
    case Kind::all:
    case Kind::not_recent: return true;
    case Kind::sequence:
    case Kind::uid: return node.messages.contains(static_cast<std::uint32_t>(index + 1));
    case Kind::has_flag: return flagged;
    case Kind::lacks_flag: return !flagged;
    case Kind::larger: return message.size > node.number;
    case Kind::smaller: return message.size < node.number;
    case Kind::before: return day() < node.day;
    case Kind::on: return day() == node.day;
    case Kind::since: return day() >= node.day;
    case Kind::older: return message.internal_date <= node.time;
    case Kind::younger: return message.internal_date >= node.time;
    case Kind::mod_seq: return message.modseq >= node.number;
    case Kind::saved_before: return saved_day() < node.day;
    case Kind::saved_on: return saved_day() == node.day;
    case Kind::saved_since: return saved_day() >= node.day;
    case Kind::email_id: return node.blob == message.blob;
    default: return false; // RECENT and NEW: there is no \Recent. THREADID: messages have none
    }
}

Verdict SearchProgram::judge(const Node& node, std::size_t index, const mailbox::Message& message,
                             const SearchText& text)
{
    switch (node.kind) {
    case Kind::every: return judge_all(node, index, message, text);
    case Kind::any: return judge_any(node, index, message, text);
    case Kind::negated: {
        const Verdict inner = judge(node.children.front(), index, message, text);
        return inner == Verdict::unknown ? inner : verdict(inner == Verdict::no);
    }
    case Kind::header:
    case Kind::body:
    case Kind::text: return judge_text(node, text);
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: return judge_sent(node, text);
    default: return verdict(judge_facts(node, index, message));
    }
}

} // namespace mansio::imapd
