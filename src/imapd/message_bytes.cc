#include "imapd/message_bytes.h"

namespace mansio::imapd {
namespace {

constexpr std::uint64_t first_look = 32 * 1024; // most headers are under 10 KiB

bool has_whole_header(std::string_view bytes)
{
    return bytes.contains("\r\n\r\n") || bytes.contains("\n\n");
}

} // namespace

Task<Outcome<std::string>> read_header(Session& session, const mailbox::Message& message)
{
    auto start = co_await session.account().read(message.blob, 0, first_look);
    if (!start || start->size() < first_look || has_whole_header(*start))
        co_return start;
    auto whole = co_await session.account().read(message.blob);
    co_return whole;
}

} // namespace mansio::imapd
