#pragma once
#include <cstdint>
#include <vector>

namespace mansio::imapd {

/// Trees that are joined and cut, and asked which tree a node is in, each in logarithmic time on average,
/// however deep they are: the link-cut trees of Sleator and Tarjan. Nodes are numbers from 0. THREAD needs
/// it: a thread of 100,000 replies is a tree as deep, and whoever sends mail chooses its shape.
class LinkForest {
public:
    explicit LinkForest(std::size_t nodes)
        : m_nodes(nodes)
    {
    }

    std::uint32_t root_of(std::uint32_t node);
    /// `root` has no parent, and `parent` is in another tree.
    void link(std::uint32_t root, std::uint32_t parent);
    /// `node` has a parent.
    void cut(std::uint32_t node);

private:
    static constexpr std::uint32_t none = UINT32_MAX;

    /// A tree is divided into paths that lead downwards; each path is a splay tree ordered by depth, whose
    /// top knows the parent of the path's first node.
    struct Node {
        std::uint32_t left = none;  ///< above, in the same path
        std::uint32_t right = none; ///< below, in the same path
        std::uint32_t up = none;    ///< in the splay tree; for its top: the parent of the path
    };

    bool is_top(std::uint32_t node) const;
    void rotate(std::uint32_t node);
    void splay(std::uint32_t node);
    /// Makes the way from the root to `node` one path that ends here, with `node` as its top.
    void expose(std::uint32_t node);

    std::vector<Node> m_nodes;
};

} // namespace mansio::imapd
