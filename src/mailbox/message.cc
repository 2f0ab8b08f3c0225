#include "mailbox/message.h"

#include "base/text.h"

#include <array>

namespace mansio::mailbox {
namespace {

struct Row {
    SystemFlag flag;
    std::string_view name;
};
constexpr std::array rows = {Row{seen, "\\Seen"}, Row{answered, "\\Answered"}, Row{flagged, "\\Flagged"},
                             Row{deleted, "\\Deleted"}, Row{draft, "\\Draft"}};

} // namespace

std::string_view system_flag_name(SystemFlag flag)
{
    for (const Row& row : rows)
        if (row.flag == flag)
            return row.name;
    return {};
}

std::uint16_t system_flag_bit(std::string_view name)
{
    for (const Row& row : rows)
        if (base::equal_icase(row.name, name))
            return row.flag;
    return 0;
}

} // namespace mansio::mailbox
