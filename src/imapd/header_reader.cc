#include "imapd/header_reader.h"

#include "imapd/message_bytes.h"

namespace mansio::imapd {

Task<std::string_view> HeaderReader::of(std::size_t index)
{
    const auto fields = co_await m_ahead.of(index);
    if (fields)
        co_return *fields;
    auto header = co_await read_header(m_session, m_view->at(index));
    co_await base::yield();
    if (!header) {
        m_session.refuse(header.error(), "read header");
        co_return std::string_view();
    }
    m_header = std::move(*header);
    co_return std::string_view(m_header);
}

} // namespace mansio::imapd
