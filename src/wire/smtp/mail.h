#pragma once
#include "wire/smtp/path.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mansio::wire::smtp {

enum class Body { seven_bit, eight_bit_mime };
/// RET of rfc3461#4.3.
enum class Return { unset, full, headers };

/// The arguments of MAIL with the parameters of the extensions we offer.
struct MailCommand {
    Path reverse_path;
    std::uint64_t size = 0; ///< SIZE of rfc1870, 0: not given
    Body body = Body::seven_bit;
    bool smtputf8 = false;
    Return ret = Return::unset;
    std::string envid;               ///< xtext as received, rfc3461#4.4
    std::optional<std::string> auth; ///< AUTH= of rfc4954#5, decoded; "<>" stays
};

/// "MAIL" SP "FROM:" Reverse-path [SP Mail-parameters]   rfc5321#4.1.1.2; `args` is what follows the verb.
/// A UTF-8 address without SMTPUTF8 is ErrorKind::utf8_without_smtputf8.
Parsed<MailCommand> parse_mail(std::string_view args, Dialect dialect);

} // namespace mansio::wire::smtp
