#pragma once
#include "imapd/fields_ahead.h"

#include <string>
#include <string_view>

namespace mansio::imapd {

/// What SORT and THREAD look at in messages, one after another in the order of the mailbox: their stored
/// common fields where there are any, else their headers.
class HeaderReader {
public:
    HeaderReader(Session& session, const mailbox::ViewPtr& view)
        : m_session(session)
        , m_view(view)
        , m_ahead(session, view)
    {
    }

    /// Of the message at this index, which grows from call to call. "" when it is gone or can't be read,
    /// which the log says. The text stays until the next call; possibly some of the body stands behind it.
    Task<std::string_view> of(std::size_t index);

private:
    Session& m_session;
    mailbox::ViewPtr m_view;
    FieldsAhead m_ahead;
    std::string m_header;
};

} // namespace mansio::imapd
