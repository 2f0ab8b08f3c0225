#include "load/users.h"

namespace mansio::load {

std::string Users::name(std::uint64_t index) const
{
    std::string name = m_options.pattern;
    const std::size_t place = name.find("%d");
    if (place != std::string::npos)
        name.replace(place, 2, std::to_string(index % m_options.count + 1));
    return name;
}

} // namespace mansio::load
