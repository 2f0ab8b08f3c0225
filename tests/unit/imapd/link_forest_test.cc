#include "imapd/link_forest.h"

#include <gtest/gtest.h>
#include <optional>
#include <random>

namespace mansio::imapd::test {

namespace {

/// The same with parents alone.
class PlainForest {
public:
    explicit PlainForest(std::size_t nodes)
        : m_parents(nodes)
    {
    }
    std::optional<std::uint32_t>& parent(std::uint32_t node) { return m_parents[node]; }
    std::uint32_t root_of(std::uint32_t node) const
    {
        while (m_parents[node])
            node = *m_parents[node];
        return node;
    }

private:
    std::vector<std::optional<std::uint32_t>> m_parents;
};

} // namespace

TEST(LinkForest, KnowsTheRootsThroughLinksAndCuts)
{
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        const std::uint32_t nodes = 2 + random() % 40;
        LinkForest forest(nodes);
        PlainForest plain(nodes);
        for (int step = 0; step < 200; ++step) {
            const std::uint32_t node = random() % nodes;
            const std::uint32_t other = random() % nodes;
            ASSERT_EQ(forest.root_of(other), plain.root_of(other));
            if (plain.parent(node)) {
                forest.cut(node);
                plain.parent(node).reset();
            } else if (plain.root_of(other) != node) {
                forest.link(node, other);
                plain.parent(node) = other;
            }
        }
    }
}

TEST(LinkForest, IsFastOnDeepTrees)
{
    constexpr std::uint32_t deep = 200'000;
    LinkForest forest(2 * deep);
    for (std::uint32_t node = 1; node < deep; ++node)
        forest.link(node, node - 1);
    for (std::uint32_t node = deep; node < 2 * deep; ++node) {
        forest.link(node, deep - 1 - (node % 2)); // both at the far end
        EXPECT_EQ(forest.root_of(node), 0U);
    }
}

} // namespace mansio::imapd::test
