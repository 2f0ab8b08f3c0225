#pragma once
#include "mailbox/account.h"

#include <mutex>
#include <unordered_map>

namespace mansio::mailbox {

/// What an account's owner shows to everybody: its names, and the views that are made and still true. Reading
/// it saves the way to the owner's thread and back. The owner takes a view away before anybody is told of a
/// change, so who was told never finds an older one. Thread-safe.
class Board {
public:
    MailboxListPtr names() const
    {
        std::lock_guard lock(m_mutex);
        return m_names;
    }
    /// Null: ask the owner.
    ViewPtr view(MailboxId mailbox) const
    {
        std::lock_guard lock(m_mutex);
        const auto found = m_views.find(mailbox);
        return found == m_views.end() ? nullptr : found->second;
    }

    void show(MailboxListPtr names)
    {
        std::lock_guard lock(m_mutex);
        m_names = std::move(names);
    }
    void show(ViewPtr view)
    {
        std::lock_guard lock(m_mutex);
        m_views[view->mailbox()] = std::move(view);
    }
    void take_away(MailboxId mailbox)
    {
        std::lock_guard lock(m_mutex);
        m_views.erase(mailbox);
    }

private:
    mutable std::mutex m_mutex;
    MailboxListPtr m_names;
    std::unordered_map<MailboxId, ViewPtr> m_views;
};

} // namespace mansio::mailbox
