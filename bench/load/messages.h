#pragma once
#include "load/options.h"

#include "base/outcome.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::load {

enum class Form {
    literal, ///< as it is: IMAP
    dotted,  ///< dots doubled and the final dot added: SMTP
};

/// A message ready for the wire, but for the Message-ID line between its halves.
struct Message {
    std::string before;
    std::string after;
    std::uint64_t size = 0; ///< as a mailbox counts it, with the Message-ID
    bool eight_bit = false;
};

/// A Message-ID line of its own for every message sent: servers recognise copies, and a bench that sends the
/// same bytes again and again would measure that.
class MessageId {
public:
    static constexpr std::size_t size = 68;
    MessageId(std::uint64_t run, std::uint64_t number);
    std::string_view line() const { return {m_line.data(), m_line.size()}; }

private:
    std::array<char, size> m_line;
};

/// What is sent, by turns. Immutable, usable from any thread.
class Messages {
public:
    /// Fault::not_found when the folder has no *.eml, Fault::invalid when one is no message with CRLF.
    static base::Outcome<Messages> load(const MessageOptions& options, Form form);

    const Message& at(std::uint64_t number) const { return m_messages[number % m_messages.size()]; }
    std::size_t count() const { return m_messages.size(); }
    MessageId id(std::uint64_t number) const { return {m_run, number}; }

private:
    std::vector<Message> m_messages;
    std::uint64_t m_run = 0;
};

} // namespace mansio::load
