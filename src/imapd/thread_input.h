#pragma once
#include "base/keyed_hash.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mansio::imapd {

/// Gives each text a number, from 0 on, equal texts the same one.
class TextNumbers {
public:
    std::uint32_t number_of(std::string_view text);
    std::uint32_t count() const { return static_cast<std::uint32_t>(m_numbers.size()); }
    std::uint64_t bytes() const;

private:
    std::unordered_map<std::string, std::uint32_t, base::KeyedHash, std::equal_to<>> m_numbers;
    std::uint64_t m_text = 0;
};

/// What THREAD goes by: messages in the order of the mailbox, their texts as numbers. Pure. rfc5256#3
class ThreadInput {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::uint32_t empty_subject = 0;

    struct Message {
        std::uint32_t number = 0; ///< in the answer
        std::uint32_t id = none;
        std::uint32_t subject = empty_subject;
        std::uint32_t first_reference = 0;
        std::uint32_t references = 0; ///< how many
        bool is_reply = false;        ///< or a forward, says its subject
        base::Seconds sent = 0;
    };
    struct Facts {
        std::uint32_t number = 0;
        base::Seconds sent = 0;
        std::string_view message_id{};             ///< "" for none
        std::span<const std::string> references{}; ///< oldest first
        std::string_view subject{};                ///< a key: text_key() of the base subject
        bool is_reply = false;
    };

    ThreadInput() { m_subjects.number_of(""); }
    void add(const Facts& facts);

    const std::vector<Message>& messages() const { return m_messages; }
    std::span<const std::uint32_t> references_of(const Message& message) const
    {
        return std::span(m_references).subspan(message.first_reference, message.references);
    }
    std::uint32_t ids() const { return m_ids.count(); }
    std::uint32_t subjects() const { return m_subjects.count(); }
    /// Bytes of memory taken, with what threading is going to take.
    std::uint64_t bytes() const;

private:
    std::vector<Message> m_messages;
    std::vector<std::uint32_t> m_references;
    TextNumbers m_ids;
    TextNumbers m_subjects;
};

} // namespace mansio::imapd
