#include "imapd/thread_tree.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace mansio::imapd {

std::vector<ThreadTree::Age> ThreadTree::ages_of(const std::vector<Node>& nodes)
{
    std::vector<Age> ages(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        if (node.number == 0)
            continue;
        ages[i] = {node.sent, node.number};
        if (node.parent != none && nodes[node.parent].number == 0)
            ages[node.parent] = std::min(ages[node.parent], ages[i]);
    }
    return ages;
}

ThreadTree::ThreadTree(const std::vector<Node>& nodes)
    : m_begins(nodes.size() + 2)
{
    const std::vector<Age> ages = ages_of(nodes);
    std::vector<std::uint32_t> order;
    order.reserve(nodes.size());
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        m_numbers.push_back(nodes[i].number);
        if (ages[i] != Age{})
            order.push_back(i);
    }
    std::ranges::sort(order, {}, [&](std::uint32_t node) { return ages[node]; });
    const auto place = [&](std::uint32_t node) -> std::size_t {
        return nodes[node].parent == none ? 0 : std::size_t{nodes[node].parent} + 1;
    };
    for (const std::uint32_t node : order)
        ++m_begins[place(node) + 1];
    std::partial_sum(m_begins.begin(), m_begins.end(), m_begins.begin());
    std::vector<std::uint32_t> next = m_begins;
    m_siblings.resize(order.size());
    for (const std::uint32_t node : order)
        m_siblings[next[place(node)]++] = node;
}

namespace {

class Writer {
public:
    Writer(std::string& out, const ThreadTree& tree)
        : m_out(out)
        , m_tree(tree)
    {
    }

    void run(std::uint32_t root)
    {
        open(root);
        while (!m_open.empty()) {
            const Siblings left = m_open.back();
            if (left.empty()) {
                m_out += ')';
                m_open.pop_back();
            } else {
                m_open.back() = left.subspan(1);
                open(left.front());
            }
        }
    }

private:
    using Siblings = std::span<const std::uint32_t>;

    /// "(" and members as long as each has one child; then those of the last one are to be written.
    void open(std::uint32_t node)
    {
        m_out += '(';
        add_number(node);
        Siblings children = m_tree.children(node);
        for (; children.size() == 1; children = m_tree.children(node)) {
            node = children.front();
            add_number(node);
        }
        if (!children.empty())
            add_space();
        m_open.push_back(children);
    }

    void add_number(std::uint32_t node)
    {
        if (m_tree.number(node) == 0)
            return;
        add_space();
        fmt::format_to(std::back_inserter(m_out), "{}", m_tree.number(node));
    }

    void add_space()
    {
        if (!m_out.ends_with('('))
            m_out += ' ';
    }

    std::string& m_out;
    const ThreadTree& m_tree;
    std::vector<Siblings> m_open; ///< for each open parenthesis the threads to be written in it
};

} // namespace

void write_thread(std::string& out, const ThreadTree& tree, std::uint32_t root)
{
    Writer(out, tree).run(root);
}

} // namespace mansio::imapd
