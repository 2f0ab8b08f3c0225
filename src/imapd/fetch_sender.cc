#include "imapd/fetch_sender.h"

#include "imapd/fetch_content.h"
#include "imapd/message_bytes.h"
#include "imapd/object_id.h"
#include "imapd/sync.h"
#include "imapd/uid_only.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace mansio::imapd {
namespace {

using Kind = imap::FetchItem::Kind;

constexpr std::size_t share_from = 2 * 1024; // shorter literals are cheaper to copy
constexpr std::size_t yield_bytes = 64 * 1024;
constexpr std::size_t yield_items = 16; // each may go through a whole header

bool is_part_of(std::string_view part, std::string_view whole)
{
    return std::less_equal<>()(whole.data(), part.data()) &&
           std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size());
}

} // namespace

bool FetchSender::is_content(const imap::FetchItem& item) const
{
    switch (item.kind) {
    case Kind::section:
    case Kind::binary:
    case Kind::binary_size:
    case Kind::rfc822:
    case Kind::rfc822_header:
    case Kind::rfc822_text: return true;
    default: return false;
    }
}

Task<Outcome<void>> FetchSender::send(std::vector<std::size_t> batch)
{
    std::vector<mailbox::Account::Forms> stored;
    if (m_plan.forms) {
        const mailbox::UidRange range{m_view->at(batch.front()).uid, m_view->at(batch.back()).uid};
        const std::size_t between = batch.back() - batch.front() + 1;
        auto read = co_await m_session.account().forms(m_view->mailbox(), range, between);
        if (!read)
            co_return base::fail(std::move(read.error()), "forms");
        stored = std::move(*read);
    }
    auto next = stored.begin();
    for (const std::size_t index : batch) {
        const mailbox::Uid uid = m_view->at(index).uid;
        std::optional<message::ImapForms> forms;
        while (next != stored.end() && next->uid < uid)
            ++next;
        if (next != stored.end() && next->uid == uid)
            forms = message::unpack_imap_forms(next->packed);
        if (m_plan.forms && (!forms || (m_plan.preview && !forms->preview))) {
            forms = co_await make_forms(index);
            if (!forms)
                continue;
        }
        if (m_plan.content == FetchPlan::Content::none) {
            send_plain(index, forms ? &*forms : nullptr);
        } else {
            const message::ImapForms* known = forms ? &*forms : nullptr;
            const bool open = co_await (goes_in_pieces(m_view->at(index)) ? send_large(index, known)
                                                                          : send_content(index, known));
            if (!open)
                co_return Outcome<void>{};
        }
        if (m_session.channel.pending_output() >= yield_bytes) {
            const bool open = co_await make_room(m_session);
            if (!open)
                co_return Outcome<void>{};
        }
    }
    co_return Outcome<void>{};
}

/// Forms that are not stored: the message went meanwhile, or they are made anew from its bytes.
Task<std::optional<message::ImapForms>> FetchSender::make_forms(std::size_t index)
{
    const mailbox::Message& message = m_view->at(index);
    auto bytes = co_await m_session.account().read(message.blob);
    if (!bytes) {
        note_unreadable(bytes.error(), message.uid);
        co_return std::nullopt;
    }
    co_return message::make_imap_forms(*bytes);
}

/// Between the items of one message: many large ones must not pile up, nor keep others waiting.
Task<void> FetchSender::pass_on()
{
    if (m_out.size() + m_session.channel.pending_output() >= yield_bytes) {
        m_session.channel.write(m_out);
        m_out.clear();
        co_await make_room(m_session);
    } else if (++m_items % yield_items == 0) {
        co_await base::yield();
    }
}

void FetchSender::begin(std::size_t index)
{
    m_out.clear();
    write_fetch_head(m_out, m_session, index, m_view->at(index).uid);
}

void FetchSender::end(std::size_t index)
{
    m_out += ")\r\n";
    m_session.channel.write(m_out);
    const mailbox::Message& message = m_view->at(index);
    if (m_plan.sets_seen && !(message.system & mailbox::seen))
        m_read.push_back({message.uid, message.uid});
}

void FetchSender::write_facts(const imap::FetchItem& item, const mailbox::Message& message)
{
    const auto out = std::back_inserter(m_out);
    switch (item.kind) {
    case Kind::flags:
        m_out += "FLAGS ";
        write_message_flags(m_out, *m_view, message);
        break;
    case Kind::uid: fmt::format_to(out, "UID {}", message.uid); break;
    case Kind::size: fmt::format_to(out, "RFC822.SIZE {}", message.size); break;
    case Kind::mod_seq: fmt::format_to(out, "MODSEQ ({})", message.modseq); break;
    case Kind::internal_date:
        m_out += "INTERNALDATE ";
        imap::write_date_time(m_out, message.internal_date);
        break;
    case Kind::save_date:
        m_out += "SAVEDATE ";
        imap::write_date_time(m_out, message.save_date);
        break;
    case Kind::email_id: fmt::format_to(out, "EMAILID ({})", email_id(message)); break;
    case Kind::thread_id: m_out += "THREADID NIL"; break; // rfc8474#5.2: threads are the client's own here
    default: break;
    }
}

void FetchSender::write_form(const imap::FetchItem& item, const message::ImapForms& forms)
{
    if (item.kind == Kind::envelope)
        m_out += "ENVELOPE " + forms.envelope;
    else if (item.kind == Kind::body)
        m_out += "BODY " + forms.body;
    else if (item.kind == Kind::body_structure)
        m_out += "BODYSTRUCTURE " + forms.body_structure;
    else if (item.kind == Kind::preview)
        imap::write_string(m_out += "PREVIEW ", forms.preview.value_or(""));
}

/// Items that need no content.
void FetchSender::send_plain(std::size_t index, const message::ImapForms* forms)
{
    begin(index);
    const std::size_t start = m_out.size();
    for (const imap::FetchItem& item : m_plan.items) {
        if (m_out.size() != start)
            m_out += ' ';
        write_facts(item, m_view->at(index));
        if (forms)
            write_form(item, *forms);
    }
    end(index);
}

Task<Outcome<std::string>> FetchSender::read(const mailbox::Message& message, const message::ImapForms* forms)
{
    if (m_plan.common_fields && forms && forms->fields)
        co_return *forms->fields;
    switch (m_plan.content) {
    case FetchPlan::Content::header: co_return co_await read_header(m_session, message);
    case FetchPlan::Content::range:
        co_return co_await m_session.account().read(message.blob, m_plan.range.offset, m_plan.range.length);
    default: co_return co_await read_whole(message);
    }
}

void FetchSender::note_unreadable(const base::Failure& failure, mailbox::Uid uid)
{
    if (failure.fault == base::Fault::not_found) {
        m_met_expunged = true; // its bytes are reclaimed
        return;
    }
    m_failed = failure.fault;
    m_session.log.note("unreadable message", fmt::format("uid {}: {}", uid, failure.cause),
                       base::Level::error);
}

Task<bool> FetchSender::send_content(std::size_t index, const message::ImapForms* forms)
{
    const mailbox::Message& message = m_view->at(index);
    Content content;
    auto share = m_session.imapd.budget.share();
    const bool room = share.grow_to(std::min<std::uint64_t>(
        message.size, m_plan.content == FetchPlan::Content::range ? m_plan.range.length : message.size));
    auto bytes = Outcome<std::string>(std::unexpect, base::Failure{base::Fault::temporary, "memory budget"});
    if (room)
        bytes = co_await read(message, forms);
    if (!bytes) {
        note_unreadable(bytes.error(), message.uid);
        co_return true;
    }
    content.bytes = std::make_shared<const std::string>(std::move(*bytes));
    content.offset = m_plan.content == FetchPlan::Content::range ? m_plan.range.offset : 0;
    if (m_plan.structure)
        co_await find_structure(content);
    begin(index);
    bool first = true;
    for (const imap::FetchItem& item : m_plan.items) {
        if (!first)
            m_out += ' ';
        first = false;
        write_facts(item, message);
        if (forms)
            write_form(item, *forms);
        if (is_content(item)) {
            co_await write_content(item, content);
            co_await pass_on();
        }
        if (m_session.state == State::logout)
            co_return false;
    }
    end(index);
    co_return true;
}

void FetchSender::write_label(const imap::FetchItem& item)
{
    if (item.kind == Kind::rfc822)
        m_out += "RFC822";
    else if (item.kind == Kind::rfc822_header)
        m_out += "RFC822.HEADER";
    else if (item.kind == Kind::rfc822_text)
        m_out += "RFC822.TEXT";
    else
        m_out += section_label(item);
    m_out += ' ';
}

Task<void> FetchSender::write_content(const imap::FetchItem& item, const Content& content)
{
    write_label(item);
    const auto found = item_bytes(item, *content.bytes, content.structure ? &*content.structure : nullptr);
    if (!found) {
        m_unknown_encoding |= found.error().fault == base::Fault::invalid;
        m_out += item.kind == Kind::binary_size ? "0" : "NIL";
        co_return;
    }
    if (item.kind == Kind::binary_size) {
        imap::write_number(m_out, found->view().size());
        co_return;
    }
    auto partial = item.partial;
    if (m_plan.content == FetchPlan::Content::range)
        partial.reset(); // only the piece was read
    co_await write_literal(content, piece(found->view(), partial), item.kind == Kind::binary);
}

/// Without a copy. Sent with what comes after it: make_room() bounds how much that is.
void FetchSender::write_shared(const Content& content, std::string_view bytes)
{
    m_session.channel.write(m_out);
    m_out.clear();
    m_session.channel.write_shared(content.bytes, bytes);
}

/// NUL may stand in literal8 only: elsewhere 0x80 takes its place, so that no client stumbles (rfc9051#4.3).
Task<void> FetchSender::write_literal(const Content& content, std::string_view bytes, bool may_be_binary)
{
    const bool has_nul = bytes.contains('\0');
    std::string tame;
    if (has_nul && !may_be_binary) {
        tame = bytes;
        std::ranges::replace(tame, '\0', '\x80');
        bytes = tame;
    }
    if (has_nul && may_be_binary)
        imap::write_literal8_head(m_out, bytes.size());
    else
        imap::write_literal_head(m_out, bytes.size());
    if (bytes.size() < share_from) {
        m_out += bytes;
        co_return;
    }
    if (is_part_of(bytes, *content.bytes)) {
        write_shared(content, bytes);
        co_return;
    }
    m_session.channel.write(m_out);
    m_out.clear();
    auto sent = co_await m_session.channel.write_through(bytes, m_session.write_deadline());
    if (!sent)
        m_session.end(sent.error().fault == base::Fault::timed_out ? "peer does not read" : "peer closed");
}

} // namespace mansio::imapd
