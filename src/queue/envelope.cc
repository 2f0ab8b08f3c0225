#include "queue/envelope.h"

#include "base/bytes.h"

namespace mansio::queue {

std::string to_text(QueueId id)
{
    return base::hex(base::Writer().u64(id.value).text());
}

std::optional<QueueId> parse_queue_id(std::string_view text)
{
    const auto bytes = base::unhex(text);
    if (!bytes || bytes->size() != 8)
        return std::nullopt;
    return QueueId{base::Reader(*bytes).u64()};
}

std::string_view name(RecipientState state)
{
    switch (state) {
    case RecipientState::waiting: return "waiting";
    case RecipientState::held: return "held";
    case RecipientState::parked: return "parked";
    case RecipientState::done: return "done";
    }
    return "waiting";
}

} // namespace mansio::queue
