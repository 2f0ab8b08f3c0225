#pragma once
#include "imapd/fetch_plan.h"
#include "imapd/session.h"
#include "message/imap_form.h"
#include "message/structure.h"

#include <optional>
#include <string>
#include <vector>

namespace mansio::imapd {

/// Writes FETCH responses. What a message needs is read before its response begins, so each is whole or
/// absent; only a large message that is asked for as it is goes out piece by piece (fetch_large.cc).
class FetchSender {
public:
    FetchSender(Session& session, const FetchPlan& plan, mailbox::ViewPtr view)
        : m_session(session)
        , m_plan(plan)
        , m_view(std::move(view))
    {
    }

    /// Messages of these indexes, ascending. A failure means the store could not be read at all.
    Task<Outcome<void>> send(std::vector<std::size_t> batch);

    mailbox::UidSet take_read() { return mailbox::UidSet(std::move(m_read)); } ///< to be marked \Seen
    bool met_expunged() const { return m_met_expunged; }
    /// Why messages that exist could not be sent.
    std::optional<base::Fault> failed() const { return m_failed; }
    bool unknown_encoding() const { return m_unknown_encoding; }

private:
    /// One message's bytes, as far as the plan asks for them.
    struct Content {
        std::shared_ptr<const std::string> bytes; ///< shared with the output until that is sent
        std::uint64_t offset = 0;                 ///< of `bytes` in the message
        std::optional<message::Structure> structure;
    };

    Task<bool> send_content(std::size_t index, const message::ImapForms* forms);
    bool goes_in_pieces(const mailbox::Message& message) const;
    Task<bool> send_large(std::size_t index, const message::ImapForms* forms);
    Task<void> write_pieces(const mailbox::Message& message, std::string piece);
    Task<Outcome<std::string>> read_whole(const mailbox::Message& message);
    Task<void> find_structure(Content& content);
    Task<Outcome<std::string>> read(const mailbox::Message& message, const message::ImapForms* forms);
    Task<std::optional<message::ImapForms>> make_forms(std::size_t index);
    Task<void> pass_on();
    void note_unreadable(const base::Failure& failure, mailbox::Uid uid);
    void begin(std::size_t index);
    void end(std::size_t index);
    void write_facts(const imap::FetchItem& item, const mailbox::Message& message);
    void write_form(const imap::FetchItem& item, const message::ImapForms& forms);
    void write_label(const imap::FetchItem& item);
    Task<void> write_content(const imap::FetchItem& item, const Content& content);
    Task<void> write_literal(const Content& content, std::string_view bytes, bool may_be_binary);
    void write_shared(const Content& content, std::string_view bytes);
    void send_plain(std::size_t index, const message::ImapForms* forms);
    bool is_content(const imap::FetchItem& item) const;

    Session& m_session;
    const FetchPlan& m_plan;
    mailbox::ViewPtr m_view;
    std::string m_out; ///< the response in the making, as far as it is small
    std::vector<mailbox::UidRange> m_read;
    std::size_t m_items = 0;
    bool m_met_expunged = false;
    std::optional<base::Fault> m_failed;
    bool m_unknown_encoding = false;
};

} // namespace mansio::imapd
