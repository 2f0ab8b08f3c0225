#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::fuzz {

/// Something that bytes are thrown at. `run` is called once per input, on libFuzzer's thread.
struct Target {
    std::string_view name; ///< also the folder of its corpus
    void (*run)(std::string_view input);
    std::string_view dictionary = {}; ///< dictionaries/<this>.dict
    std::size_t max_length = 1024;    ///< of an input, bytes
};

/// A static one of these makes a target known.
struct Register {
    explicit Register(const Target& target);
};

/// What must hold for every input. When it does not, the process ends with these words and libFuzzer keeps
/// the input.
void require(bool holds, std::string_view what);
/// The same for two texts that must be equal; shows both.
void require_equal(std::string_view left, std::string_view right, std::string_view what);

/// Choices and the rest from the bytes of one input. Past the end everything is 0 and "".
class Taste {
public:
    explicit Taste(std::string_view input)
        : m_rest(input)
    {
    }
    std::uint8_t byte();
    bool flag() { return byte() % 2 != 0; }
    template <class Enum>
    Enum choice(unsigned count)
    {
        return static_cast<Enum>(byte() % count);
    }
    /// Up to the next line feed, that left out.
    std::string_view line();
    bool done() const { return m_rest.empty(); }
    std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

/// The text in pieces of 1 to 16 bytes, or one piece; `seed` decides. For feeding what must not care.
std::vector<std::string_view> cut(std::string_view text, std::uint8_t seed);

} // namespace mansio::fuzz
