#include "pop3d/maildrop.h"

#include <fmt/format.h>

namespace mansio::pop3d {

Maildrop::Maildrop(mailbox::ViewPtr view)
    : m_view(std::move(view))
{
}

std::expected<const mailbox::Message*, NoMessage> Maildrop::find(std::uint32_t number) const
{
    if (number == 0 || number > size())
        return std::unexpected(NoMessage::out_of_range);
    if (is_deleted(number))
        return std::unexpected(NoMessage::deleted);
    return &m_view->at(number - 1);
}

std::string Maildrop::unique_id(const mailbox::Message& message) const
{
    return fmt::format("{:08x}{:08x}", m_view->uid_validity(), message.uid);
}

void Maildrop::mark_deleted(std::uint32_t number)
{
    if (m_deleted.empty())
        m_deleted.resize(m_view->size());
    m_deleted[number - 1] = true;
    ++m_deleted_messages;
    m_deleted_octets += m_view->at(number - 1).size;
}

void Maildrop::unmark_all()
{
    m_deleted.clear();
    m_deleted_messages = 0;
    m_deleted_octets = 0;
}

mailbox::UidSet Maildrop::deleted_uids() const
{
    std::vector<mailbox::UidRange> ranges;
    for (std::size_t index = 0; index < m_deleted.size(); ++index)
        if (m_deleted[index])
            ranges.push_back({m_view->at(index).uid, m_view->at(index).uid});
    return mailbox::UidSet(std::move(ranges));
}

} // namespace mansio::pop3d
