#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mansio::load {

/// What an IMAP command is made from.
struct ImapContext {
    std::string mailbox; ///< quoted
    std::string target;  ///< quoted
    std::string word;    ///< quoted
    std::uint64_t exists = 0;
};

enum class Counted {
    commands, ///< one operation each
    fetched,  ///< one for each FETCH response
    messages, ///< one for each message of the mailbox
};

/// A work of IMAP that is one command again and again.
struct ImapWork {
    std::string_view name;
    bool selects; ///< the mailbox, beforehand
    Counted counted;
    void (*put)(std::string& out, const ImapContext& context, std::uint64_t ticket);
};

/// Of that name, or nullptr.
const ImapWork* find_imap_work(std::string_view name);

} // namespace mansio::load
