#pragma once
#include "imapd/session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::imapd {

/// The stored common fields (message/common_fields.h) of a mailbox's messages, for a search that goes through
/// them in order. Reads ahead: few where it skips most messages, many where it wants each.
class FieldsAhead {
public:
    FieldsAhead(Session& session, mailbox::ViewPtr view)
        : m_session(session)
        , m_view(std::move(view))
    {
    }

    /// Of the message at this index, which grows from call to call. Nothing where they are not stored or
    /// can't be read now: look into the message. The text stays until the next call.
    Task<std::optional<std::string_view>> of(std::size_t index);

private:
    Task<void> read(std::size_t index);

    Session& m_session;
    mailbox::ViewPtr m_view;
    std::vector<mailbox::Account::Forms> m_forms; ///< ascending
    std::size_t m_next = 0;                       ///< of m_forms
    std::size_t m_end = 0;                        ///< index behind the last that was read for
    std::size_t m_batch = 0;
    std::optional<std::string> m_fields;
};

} // namespace mansio::imapd
