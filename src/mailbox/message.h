#pragma once
#include "base/ids.h"
#include "base/time.h"
#include "storage/engine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::mailbox {

using base::AccountId;
using base::MailboxId;
using base::ModSeq;
using base::Seconds;
using base::Uid;

/// System flags, rfc9051#2.3.2, as bits. \Recent is not kept (rfc9051 dropped it).
enum SystemFlag : std::uint16_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };
/// "\Seen" and so on for one bit.
std::string_view system_flag_name(SystemFlag flag);
/// The bit for "\Seen" in any case, or 0.
std::uint16_t system_flag_bit(std::string_view name);

/// Keywords of a mailbox in the order they were first used: bit n of Message::keywords is keywords[n].
/// A mailbox has at most 64; one more is Fault::too_large.
using Keywords = std::vector<std::string>;
inline constexpr std::size_t max_keywords = 64;

/// Flags by name, as a client gives them: system bits and keywords (case kept, compared without case).
struct FlagNames {
    std::uint16_t system = 0;
    std::vector<std::string> keywords;
};

/// What the index knows of one message; 64 bytes, shared by all sessions.
struct Message {
    Uid uid = 0;
    std::uint32_t size = 0; ///< octets as stored, CRLF line ends
    ModSeq modseq = 0;
    Seconds internal_date = 0; ///< rfc9051#2.3.3
    Seconds save_date = 0;     ///< rfc8514
    std::uint64_t keywords = 0;
    storage::BlobId blob;
    std::uint16_t system = 0;
    bool operator==(const Message&) const = default;
};

} // namespace mansio::mailbox
