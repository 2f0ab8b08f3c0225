#include "imapd/thread_input.h"

#include <algorithm>

namespace mansio::imapd {
namespace {

constexpr std::uint64_t entry_size = 96; // of a hash table, with its string and what the heap adds
constexpr std::uint64_t node_size = 120; // what threading keeps of a message or of an id

// Of one message. Ancestors further away are known from the messages between.
constexpr std::size_t max_references = 1000;

} // namespace

std::uint32_t TextNumbers::number_of(std::string_view text)
{
    if (const auto found = m_numbers.find(text); found != m_numbers.end())
        return found->second;
    const std::uint32_t number = count();
    m_numbers.emplace(std::string(text), number);
    m_text += text.size();
    return number;
}

std::uint64_t TextNumbers::bytes() const
{
    return m_text + m_numbers.size() * entry_size;
}

void ThreadInput::add(const Facts& facts)
{
    Message message;
    message.number = facts.number;
    message.sent = facts.sent;
    message.is_reply = facts.is_reply;
    message.subject = m_subjects.number_of(facts.subject);
    if (!facts.message_id.empty())
        message.id = m_ids.number_of(facts.message_id);
    const auto references = facts.references.last(std::min(max_references, facts.references.size()));
    message.first_reference = static_cast<std::uint32_t>(m_references.size());
    message.references = static_cast<std::uint32_t>(references.size());
    for (const std::string& reference : references)
        m_references.push_back(m_ids.number_of(reference));
    m_messages.push_back(message);
}

std::uint64_t ThreadInput::bytes() const
{
    const std::uint64_t nodes = m_messages.size() + ids() + subjects();
    return m_messages.capacity() * sizeof(Message) + m_references.capacity() * sizeof(std::uint32_t) +
           m_ids.bytes() + m_subjects.bytes() + nodes * node_size;
}

} // namespace mansio::imapd
