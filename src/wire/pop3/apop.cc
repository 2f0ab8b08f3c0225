#include "wire/pop3/apop.h"

#include "base/bytes.h"
#include "base/scram.h"

#include <fmt/format.h>

namespace mansio::wire::pop3 {

std::string apop_digest(std::string_view timestamp, std::string_view secret)
{
    return base::hex(base::md5(std::string(timestamp) + std::string(secret)));
}

std::string make_timestamp(std::string_view random, std::int64_t milliseconds, std::string_view hostname)
{
    return fmt::format("<{}.{}@{}>", random, milliseconds, hostname);
}

} // namespace mansio::wire::pop3
