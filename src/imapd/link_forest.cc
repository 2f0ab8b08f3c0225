#include "imapd/link_forest.h"

namespace mansio::imapd {

bool LinkForest::is_top(std::uint32_t node) const
{
    const std::uint32_t up = m_nodes[node].up;
    return up == none || (m_nodes[up].left != node && m_nodes[up].right != node);
}

void LinkForest::rotate(std::uint32_t node)
{
    const std::uint32_t parent = m_nodes[node].up;
    const std::uint32_t grandparent = m_nodes[parent].up;
    const bool parent_is_top = is_top(parent);
    const bool is_left = m_nodes[parent].left == node;
    std::uint32_t& inner = is_left ? m_nodes[node].right : m_nodes[node].left;
    (is_left ? m_nodes[parent].left : m_nodes[parent].right) = inner;
    if (inner != none)
        m_nodes[inner].up = parent;
    inner = parent;
    m_nodes[parent].up = node;
    m_nodes[node].up = grandparent;
    if (!parent_is_top)
        (m_nodes[grandparent].left == parent ? m_nodes[grandparent].left : m_nodes[grandparent].right) = node;
}

void LinkForest::splay(std::uint32_t node)
{
    while (!is_top(node)) {
        const std::uint32_t parent = m_nodes[node].up;
        if (!is_top(parent)) {
            const std::uint32_t grandparent = m_nodes[parent].up;
            const bool in_line = (m_nodes[grandparent].left == parent) == (m_nodes[parent].left == node);
            rotate(in_line ? parent : node);
        }
        rotate(node);
    }
}

void LinkForest::expose(std::uint32_t node)
{
    std::uint32_t below = none;
    for (std::uint32_t at = node; at != none; at = m_nodes[at].up) {
        splay(at);
        m_nodes[at].right = below;
        below = at;
    }
    splay(node);
}

std::uint32_t LinkForest::root_of(std::uint32_t node)
{
    expose(node);
    while (m_nodes[node].left != none)
        node = m_nodes[node].left;
    splay(node);
    return node;
}

void LinkForest::link(std::uint32_t root, std::uint32_t parent)
{
    expose(root);
    expose(parent);
    m_nodes[root].up = parent;
}

void LinkForest::cut(std::uint32_t node)
{
    expose(node);
    const std::uint32_t above = m_nodes[node].left;
    m_nodes[above].up = none;
    m_nodes[node].left = none;
}

} // namespace mansio::imapd
