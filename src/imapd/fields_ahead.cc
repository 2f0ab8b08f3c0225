#include "imapd/fields_ahead.h"

#include "message/imap_form.h"

#include <algorithm>

namespace mansio::imapd {

namespace {

constexpr std::size_t least_batch = 8;
constexpr std::size_t most_batch = 256; // about 300 KB

} // namespace

Task<std::optional<std::string_view>> FieldsAhead::of(std::size_t index)
{
    if (index >= m_end)
        co_await read(index);
    const mailbox::Uid uid = m_view->at(index).uid;
    while (m_next < m_forms.size() && m_forms[m_next].uid < uid)
        ++m_next;
    m_fields.reset();
    if (m_next < m_forms.size() && m_forms[m_next].uid == uid)
        if (auto forms = message::unpack_imap_forms(m_forms[m_next].packed))
            m_fields = std::move(forms->fields);
    co_return m_fields ? std::optional<std::string_view>(*m_fields) : std::nullopt;
}

Task<void> FieldsAhead::read(std::size_t index)
{
    m_batch = index == m_end ? std::min(most_batch, m_batch * 2) : least_batch;
    m_batch = std::max(m_batch, least_batch);
    m_end = std::min(index + m_batch, m_view->size());
    m_forms.clear();
    m_next = 0;
    const mailbox::UidRange range{m_view->at(index).uid, m_view->at(m_end - 1).uid};
    auto forms = co_await m_session.account().forms(m_view->mailbox(), range, m_end - index);
    if (forms)
        m_forms = std::move(*forms);
    co_await base::yield();
}

} // namespace mansio::imapd
