#pragma once
#include "intake/intake.h"
#include "message/inspect.h"

namespace mansio::intake {

/// May this message come in at all? Looks at the header fields only; asks the directory who owns a From
/// address.
Task<std::expected<void, Rejection>> judge(const Staged& message, const message::Overview& overview,
                                           directory::Directory& directory, const IntakeSettings& settings);

} // namespace mansio::intake
