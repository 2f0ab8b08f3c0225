#include "smtpd/replies.h"

namespace mansio::smtpd::reply {

using base::Fault;
using wire::smtp::ErrorKind;

Reply ok()
{
    return {250, {2, 0, 0}, "OK"};
}

Reply bad_sequence(std::string_view text)
{
    return {503, {5, 5, 1}, std::string(text)};
}

Reply unknown_command()
{
    return {500, {5, 5, 2}, "There is no such command"};
}

Reply not_offered()
{
    return {502, {5, 5, 1}, "This command is not offered here"};
}

Reply line_too_long()
{
    return {500, {5, 5, 6}, "The line is too long"};
}

Reply trouble()
{
    return {451, {4, 3, 0}, "Trouble on our side, try again later"};
}

Reply shutting_down()
{
    return {421, {4, 3, 2}, "The server is shutting down, try again later"};
}

Reply too_many_errors()
{
    return {421, {4, 7, 0}, "Too many errors, goodbye"};
}

Reply timed_out()
{
    return {421, {4, 4, 2}, "Waited too long, goodbye"};
}

Reply syntax(const wire::smtp::SyntaxError& error, AddressOf address)
{
    const std::string wanted = "wanted " + error.wanted;
    switch (error.kind) {
    case ErrorKind::unknown_parameter: return {555, {5, 5, 4}, "Unknown parameter"};
    case ErrorKind::bad_parameter: return {501, {5, 5, 4}, "Parameter: " + wanted};
    case ErrorKind::utf8_without_smtputf8:
        return {553, {5, 6, 7}, "An address with UTF-8 needs the parameter SMTPUTF8"};
    case ErrorKind::address:
        if (address == AddressOf::recipient)
            return {501, {5, 1, 3}, "Recipient address: " + wanted};
        return {501, {5, 1, 7}, "Sender address: " + wanted};
    case ErrorKind::syntax: break;
    }
    return {501, {5, 5, 4}, "Syntax: " + wanted};
}

Reply refused(const base::Failure& failure)
{
    switch (failure.fault) {
    case Fault::not_found: return {550, {5, 1, 1}, "There is no such mailbox here"};
    case Fault::over_quota: return {552, {5, 2, 2}, "The mailbox is full"};
    case Fault::full: return {452, {4, 3, 1}, "No room on our side, try again later"};
    case Fault::too_large: return {552, {5, 3, 4}, "The message is too large"};
    case Fault::invalid: return {554, {5, 6, 0}, "The message is malformed"};
    case Fault::refused:
    case Fault::unauthorized: return {550, {5, 7, 1}, "Refused by a rule of this server"};
    default: return trouble();
    }
}

Reply refused(const intake::Rejection& rejection)
{
    switch (rejection.refusal) {
    case intake::Refusal::loop: return {554, {5, 4, 6}, "Too many Received fields: the message is in a loop"};
    case intake::Refusal::no_from: return {550, {5, 6, 0}, "The message has no From field"};
    case intake::Refusal::several_from:
        return {550, {5, 6, 0}, "The message must have one From field with valid addresses"};
    case intake::Refusal::from_not_owned:
        return {550, {5, 7, 1}, "The From or Sender address does not belong to your account"};
    case intake::Refusal::none: break;
    }
    return refused(rejection.failure);
}

} // namespace mansio::smtpd::reply
