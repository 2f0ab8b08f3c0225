#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace mansio::base {

/// A number with a meaning: ids of different things don't mix.
template <class Tag, class Number = std::uint64_t>
struct Id {
    Number value = 0;
    auto operator<=>(const Id&) const = default;
    explicit operator bool() const { return value != 0; }
};

using AccountId = Id<struct AccountTag>;                ///< never reused; 0 is nobody
using MailboxId = Id<struct MailboxTag, std::uint32_t>; ///< unique within its account, never reused
using QueueId = Id<struct QueueTag>;                    ///< one queued message
using Uid = std::uint32_t;                              ///< rfc9051#2.3.1.1
using ModSeq = std::uint64_t;                           ///< rfc7162#3.1, 63 bits

} // namespace mansio::base

template <class Tag, class Number>
struct std::hash<mansio::base::Id<Tag, Number>> {
    std::size_t operator()(mansio::base::Id<Tag, Number> id) const noexcept
    {
        return std::hash<Number>{}(id.value);
    }
};
