#pragma once
#include "mailbox/uid_set.h"
#include "mailbox/view.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace mansio::pop3d {

enum class NoMessage {
    out_of_range,
    deleted, ///< marked in this session: as good as gone, rfc1939#5
};

/// A mailbox as one POP3 session sees it: the messages of its login, numbered from 1, and the marks of DELE.
class Maildrop {
public:
    explicit Maildrop(mailbox::ViewPtr view);

    /// Highest message number; deleted ones count.
    std::uint32_t size() const { return static_cast<std::uint32_t>(m_view->size()); }
    /// Without the deleted ones.
    std::uint32_t messages() const { return size() - m_deleted_messages; }
    std::uint64_t octets() const { return m_view->totals().size - m_deleted_octets; }

    bool is_deleted(std::uint32_t number) const { return !m_deleted.empty() && m_deleted[number - 1]; }
    std::expected<const mailbox::Message*, NoMessage> find(std::uint32_t number) const;
    /// "0000001a00000007": UIDVALIDITY and UID. Never changes and is never given to another message, as long
    /// as the mailbox keeps its UIDVALIDITY, rfc1939#7.
    std::string unique_id(const mailbox::Message& message) const;

    /// The number must be one that find() gives.
    void mark_deleted(std::uint32_t number);
    void unmark_all();
    mailbox::UidSet deleted_uids() const;

    mailbox::MailboxId mailbox() const { return m_view->mailbox(); }

private:
    mailbox::ViewPtr m_view;
    std::vector<bool> m_deleted; ///< empty until the first DELE
    std::uint32_t m_deleted_messages = 0;
    std::uint64_t m_deleted_octets = 0;
};

} // namespace mansio::pop3d
