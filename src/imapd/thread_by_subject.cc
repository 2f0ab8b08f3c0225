#include "imapd/thread_algorithms.h"

#include <tuple>

namespace mansio::imapd {

ThreadTree thread_by_subject(const ThreadInput& input)
{
    const auto& messages = input.messages();
    const auto age = [&](std::uint32_t i) { return std::tuple(messages[i].sent, messages[i].number); };
    std::vector<std::uint32_t> first(input.subjects(), ThreadTree::none); // message of each subject
    for (std::uint32_t i = 0; i < messages.size(); ++i) {
        std::uint32_t& oldest = first[messages[i].subject];
        if (oldest == ThreadTree::none || age(i) < age(oldest))
            oldest = i;
    }
    std::vector<ThreadTree::Node> nodes;
    nodes.reserve(messages.size());
    for (std::uint32_t i = 0; i < messages.size(); ++i) {
        const std::uint32_t oldest = first[messages[i].subject];
        nodes.push_back({.number = messages[i].number,
                         .sent = messages[i].sent,
                         .parent = oldest == i ? ThreadTree::none : oldest});
    }
    return ThreadTree(nodes);
}

} // namespace mansio::imapd
