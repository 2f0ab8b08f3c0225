#include "message/message_id.h"

namespace mansio::message {

namespace {

bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool has_both_halves(std::string_view id)
{
    const std::size_t at = id.rfind('@');
    return at != id.npos && at > 0 && at + 1 < id.size();
}

} // namespace

std::vector<std::string> message_ids(std::string_view value)
{
    std::vector<std::string> found;
    std::string id;
    bool inside = false;
    bool quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (!quoted && c == '<') {
            id.clear();
            inside = true;
        } else if (!inside || is_white(c)) {
            continue;
        } else if (c == '"' && (quoted || id.empty())) { // no-fold-quote; one amid an id means nothing
            quoted = !quoted;
        } else if (quoted && c == '\\' && i + 1 < value.size()) {
            id += value[++i];
        } else if (quoted || c != '>') {
            id += c;
        } else {
            if (has_both_halves(id))
                found.push_back(id);
            inside = false;
        }
    }
    return found;
}

} // namespace mansio::message
