#include "base/outcome.h"

namespace mansio::base {

std::string_view name(Fault fault)
{
    switch (fault) {
    case Fault::temporary: return "temporary";
    case Fault::refused: return "refused";
    case Fault::not_found: return "not-found";
    case Fault::exists: return "exists";
    case Fault::invalid: return "invalid";
    case Fault::too_large: return "too-large";
    case Fault::over_quota: return "over-quota";
    case Fault::full: return "full";
    case Fault::conflict: return "conflict";
    case Fault::corrupt: return "corrupt";
    case Fault::closed: return "closed";
    case Fault::timed_out: return "timed-out";
    case Fault::unauthorized: return "unauthorized";
    }
    return "temporary";
}

} // namespace mansio::base
