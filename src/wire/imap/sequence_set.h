#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mansio::wire::imap {

/// One range of a sequence set as it was written; `star` stands for the largest number in use.
struct SequenceRange {
    static constexpr std::uint32_t star = 0; ///< nz-number leaves 0 free: rfc9051#9
    std::uint32_t first = star;
    std::uint32_t last = star;
    bool operator==(const SequenceRange&) const = default;
};

/// First and last, both included, first <= last, no star.
struct NumberRange {
    std::uint32_t first;
    std::uint32_t last;
    bool operator==(const NumberRange&) const = default;
};

/// Sorted, disjoint, not touching. What the rest of the server works with.
class NumberSet {
public:
    NumberSet() = default;
    explicit NumberSet(std::vector<NumberRange> ranges);
    bool contains(std::uint32_t number) const;
    bool empty() const { return m_ranges.empty(); }
    const std::vector<NumberRange>& ranges() const { return m_ranges; }
    /// Numbers must come in rising order; equal ones count once.
    void add(std::uint32_t number);
    /// How many numbers the ranges cover.
    std::uint64_t count() const;
    /// "2:4,7", rfc9051#9 sequence-set; "" when empty.
    std::string text() const;

private:
    std::vector<NumberRange> m_ranges;
};

/// sequence-set of rfc9051#9 or "$", the saved search result (rfc5182).
struct SequenceSet {
    std::vector<SequenceRange> ranges;
    bool saved_result = false;
    /// With `largest` in place of "*". rfc9051#9: "5:*" is "3:5" when the largest is 3. Where nothing exists
    /// (largest 0) "*" is nothing.
    NumberSet resolve(std::uint32_t largest) const;
};

} // namespace mansio::wire::imap
