#include "storage/counter.h"

#include "base/bytes.h"

#include <algorithm>

namespace mansio::storage {

void Counter::apply(const Counter& step)
{
    if (step.kind == CellKind::highest)
        bits = std::max(shown(), step.bits);
    else
        bits += step.bits;
    kind = step.kind;
}

std::uint64_t Counter::shown() const
{
    return kind == CellKind::sum && static_cast<std::int64_t>(bits) < 0 ? 0 : bits;
}

std::string Counter::bytes() const
{
    return base::Writer().u64(bits).take();
}

} // namespace mansio::storage
