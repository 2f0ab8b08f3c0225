#include "imapd/message_bytes.h"

namespace mansio::imapd {
namespace {

bool has_whole_header(std::string_view bytes)
{
    return bytes.contains("\r\n\r\n") || bytes.contains("\n\n");
}

} // namespace

Task<Outcome<std::string>> read_header(Session& session, const mailbox::Message& message)
{
    auto start = co_await session.account().read(message.blob, 0, header_read_size);
    if (!start || start->size() < header_read_size || has_whole_header(*start))
        co_return start;
    auto whole = co_await session.account().read(message.blob);
    co_return whole;
}

} // namespace mansio::imapd
