#pragma once
#include "base/outcome.h"
#include "message/section.h"
#include "message/structure.h"
#include "wire/imap/command.h"

#include <optional>
#include <string_view>

namespace mansio::imapd {

/// The bytes of BODY[…], BINARY[…] and RFC822… in a message, without the partial range. `structure` may be
/// null when the item names no part. Fault::not_found: no such part (NIL). Fault::invalid: unknown transfer
/// encoding.
base::Outcome<message::SectionBytes> item_bytes(const wire::imap::FetchItem& item, std::string_view message,
                                                const message::Structure* structure);

/// The piece of `bytes` a partial asks for; all when there is none. rfc9051#6.4.5
std::string_view piece(std::string_view bytes, const std::optional<wire::imap::Partial>& partial);

} // namespace mansio::imapd
