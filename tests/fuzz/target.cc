// libFuzzer's hooks and the list of targets.
//
//   MANSIO_FUZZ_TARGET=smtp-mail fuzz CORPUS...     libFuzzer's own arguments
//   fuzz --targets                                  a line for each: name, longest input, dictionary or "-"
#include "fuzz/target.h"

#include "base/task.h"
#include "base/text.h"

#include <cstdio>
#include <cstdlib>

namespace mansio::fuzz {
namespace {

std::vector<Target>& targets()
{
    static std::vector<Target> list;
    return list;
}

const Target* s_chosen = nullptr;

void list_targets()
{
    for (const Target& target : targets())
        std::printf("%s %zu %s\n", std::string(target.name).c_str(), target.max_length,
                    target.dictionary.empty() ? "-" : std::string(target.dictionary).c_str());
}

void choose(std::string_view name)
{
    for (const Target& target : targets())
        if (target.name == name)
            s_chosen = &target;
    if (s_chosen == nullptr) {
        std::fprintf(stderr, "MANSIO_FUZZ_TARGET must be one of:\n");
        list_targets();
        std::exit(2);
    }
}

/// Nothing may be thrown out of a session: what only ends a task elsewhere ends the process here.
void stray_exception(std::string_view what, std::string_view message)
{
    require(false, "exception out of " + std::string(what) + ": " + std::string(message));
}

} // namespace

Register::Register(const Target& target)
{
    targets().push_back(target);
}

void require(bool holds, std::string_view what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", base::escape_for_log(what, 4096).c_str());
    std::abort();
}

void require_equal(std::string_view left, std::string_view right, std::string_view what)
{
    if (left == right)
        return;
    std::fprintf(stderr, "  left:  %s\n  right: %s\n", base::escape_for_log(left, 4096).c_str(),
                 base::escape_for_log(right, 4096).c_str());
    require(false, what);
}

std::uint8_t Taste::byte()
{
    if (m_rest.empty())
        return 0;
    const auto first = static_cast<std::uint8_t>(m_rest.front());
    m_rest.remove_prefix(1);
    return first;
}

std::string_view Taste::line()
{
    const std::size_t end = m_rest.find('\n');
    const std::string_view line = m_rest.substr(0, end);
    m_rest.remove_prefix(end == std::string_view::npos ? m_rest.size() : end + 1);
    return line;
}

std::vector<std::string_view> cut(std::string_view text, std::uint8_t seed)
{
    if (seed == 0)
        return {text};
    std::vector<std::string_view> pieces;
    std::uint32_t state = seed;
    while (!text.empty()) {
        state = state * 1'103'515'245U + 12'345U;
        const std::size_t size = (state >> 16) % (seed < 128 ? 3 : 16) + 1;
        pieces.push_back(text.substr(0, size));
        text.remove_prefix(pieces.back().size());
    }
    return pieces;
}

} // namespace mansio::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    using namespace mansio;
    if (*count == 2 && std::string_view((*arguments)[1]) == "--targets") {
        fuzz::list_targets();
        std::exit(0);
    }
    const char* name = std::getenv("MANSIO_FUZZ_TARGET");
    fuzz::choose(name == nullptr ? "" : name);
    base::on_stray_exception(fuzz::stray_exception);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    mansio::fuzz::s_chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
