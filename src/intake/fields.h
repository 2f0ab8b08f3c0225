#pragma once
#include "intake/intake.h"
#include "message/inspect.h"

#include <string>

namespace mansio::intake {

/// "Received: ..." with CRLF, folded. rfc5321#4.4
std::string received_field(const Staged& message, const std::string& trace_id, const IntakeSettings& settings,
                           base::Seconds now);
/// What rfc6409#8 lets a submission server add: Date, Message-ID, From; "" when nothing is missing.
std::string missing_fields(const Staged& message, const message::Overview& overview,
                           const IntakeSettings& settings, base::Seconds now);
/// "Return-Path: <...>" with CRLF: the local copies' first line.
std::string return_path_field(const Staged& message);

} // namespace mansio::intake
