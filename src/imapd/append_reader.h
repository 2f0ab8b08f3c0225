#pragma once
#include "imapd/session.h"
#include "intake/budget.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::imapd {

/// The limits the account's own mail has to keep.
mailbox::Quota quota_of(const Session& session);

/// Reads the messages of one APPEND or REPLACE: their literals, and what CATENATE takes from messages that
/// are here already. Holds a share of the memory budget for all of them until it is destroyed. rfc3502,
/// rfc4469
class AppendReader {
public:
    explicit AppendReader(Session& session)
        : m_session(session)
        , m_share(session.imapd.budget.share())
    {
    }

    /// All messages, up to the end of the command. A reply when they can't be had: what was left of the
    /// command is dropped then, or the connection ended.
    Task<std::optional<Reply>> read(imap::AppendStep step);
    /// Instead of read(): drops the command, literals that come unasked included.
    Task<void> skip(imap::AppendStep step);
    std::vector<mailbox::NewMessage> take_messages() { return std::move(m_messages); }

private:
    Task<std::optional<Reply>> take_events(std::vector<imap::AppendStep::Event> events);
    std::optional<Reply> judge(const imap::AppendStep& step);
    Task<std::optional<Reply>> read_literal(std::uint64_t size);
    Task<std::optional<Reply>> add_url(std::string url);
    Task<std::optional<Reply>> finish_message();
    std::uint64_t room() const;

    Session& m_session;
    intake::MemoryBudget::Share m_share;
    std::vector<mailbox::NewMessage> m_messages;
    std::optional<imap::AppendMessage> m_open; ///< whose content is being collected
    std::string m_content;
    std::uint64_t m_finished = 0; ///< bytes of the messages before it
    std::uint32_t m_literals = 0;
};

} // namespace mansio::imapd
