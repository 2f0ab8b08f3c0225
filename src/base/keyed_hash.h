#pragma once
#include <cstdint>
#include <string_view>

namespace mansio::base {

/// SipHash-2-4: nobody without the key can make texts that collide. For hash tables whose keys a peer
/// chooses.
std::uint64_t sip_hash(std::uint64_t first_key, std::uint64_t second_key, std::string_view text);

/// A hash for std::unordered_map with a random key of its own; finds std::string keys by string_view.
class KeyedHash {
public:
    using is_transparent = void;
    KeyedHash();
    std::size_t operator()(std::string_view text) const { return sip_hash(m_first, m_second, text); }

private:
    std::uint64_t m_first;
    std::uint64_t m_second;
};

} // namespace mansio::base
