#pragma once
#include "base/time.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mansio::imapd {

/// Threads as THREAD tells them. Nodes are numbers from 0. Pure.
class ThreadTree {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    struct Node {
        std::uint32_t number = 0; ///< of the message; 0 for a parent that is not there: rfc5256#4
        base::Seconds sent = 0;
        std::uint32_t parent = none; ///< none: it begins a thread
    };

    /// Sorts siblings by the sent date, then by number; a parent that is not there is as old as its first
    /// child, and is left out without children. Such parents have none themselves.
    explicit ThreadTree(const std::vector<Node>& nodes);

    std::span<const std::uint32_t> roots() const { return siblings(0); }
    std::span<const std::uint32_t> children(std::uint32_t node) const { return siblings(node + 1); }
    std::uint32_t number(std::uint32_t node) const { return m_numbers[node]; }

private:
    /// What a node is sorted by.
    struct Age {
        base::Seconds sent = INT64_MAX;
        std::uint32_t number = UINT32_MAX;
        auto operator<=>(const Age&) const = default;
    };
    static std::vector<Age> ages_of(const std::vector<Node>& nodes);

    std::span<const std::uint32_t> siblings(std::size_t place) const
    {
        return std::span(m_siblings).subspan(m_begins[place], m_begins[place + 1] - m_begins[place]);
    }

    std::vector<std::uint32_t> m_numbers;
    std::vector<std::uint32_t> m_siblings; ///< roots, then the children of each node
    std::vector<std::uint32_t> m_begins;   ///< where they begin in m_siblings
};

/// "(3 6 (4 23)(44 7 96))": rfc5256#4. However deep, without recursion.
void write_thread(std::string& out, const ThreadTree& tree, std::uint32_t root);

} // namespace mansio::imapd
