#pragma once
#include "base/outcome.h"
#include "intake/intake.h"
#include "wire/smtp/cursor.h"
#include "wire/smtp/reply.h"

namespace mansio::smtpd {

using wire::smtp::Reply;

/// Fixed words: rfc5321#4.2.3 and the enhanced codes of rfc3463. Nothing a peer said is in them.
namespace reply {

Reply ok();
Reply bad_sequence(std::string_view text);
Reply unknown_command();
Reply not_offered();
Reply line_too_long();
Reply trouble();       ///< 451, for all we don't understand
Reply shutting_down(); ///< 421
Reply too_many_errors();
Reply timed_out();

/// Which address was malformed: rfc3463 tells sender from recipient.
enum class AddressOf { sender, recipient };
Reply syntax(const wire::smtp::SyntaxError& error, AddressOf address = AddressOf::sender);

/// What a message or a recipient was refused for.
Reply refused(const base::Failure& failure);
Reply refused(const intake::Rejection& rejection);

} // namespace reply
} // namespace mansio::smtpd
