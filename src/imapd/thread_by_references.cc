// Steps are those of REFERENCES in rfc5256#3.
#include "imapd/link_forest.h"
#include "imapd/thread_algorithms.h"

#include <algorithm>
#include <tuple>

namespace mansio::imapd {
namespace {

constexpr std::uint32_t none = UINT32_MAX;

/// Step 1: who is whose parent. A place stands for a message id, whether its message is there (else it is a
/// dummy); messages without an id of their own have places behind those of the ids.
class Links {
public:
    explicit Links(const ThreadInput& input)
        : m_places(std::size_t{input.ids()} + input.messages().size())
        , m_forest(m_places.size())
    {
        for (std::uint32_t i = 0; i < input.messages().size(); ++i)
            add(input, i);
    }

    std::uint32_t place_of(std::uint32_t message) const { return m_place_of[message]; }
    std::uint32_t message_at(std::uint32_t place) const { return m_places[place].message; }
    std::uint32_t parent_of(std::uint32_t place) const { return m_places[place].parent; }
    std::size_t size() const { return m_places.size(); }

private:
    struct Place {
        std::uint32_t message = none;
        std::uint32_t parent = none;
        std::uint32_t children = 0; ///< how many
    };

    void add(const ThreadInput& input, std::uint32_t message)
    {
        const ThreadInput::Message& facts = input.messages()[message];
        const bool has_own_id = facts.id != none && m_places[facts.id].message == none;
        const std::uint32_t place = has_own_id ? facts.id : input.ids() + message;
        m_places[place].message = message;
        m_place_of.push_back(place);
        std::uint32_t last = none;
        for (const std::uint32_t reference : input.references_of(facts)) {
            if (last != none && m_places[reference].parent == none)
                link(reference, last);
            last = reference;
        }
        set_parent(place, last);
    }

    /// Step 1.B: what was believed before was a guess from shortened references.
    void set_parent(std::uint32_t place, std::uint32_t parent)
    {
        const std::uint32_t before = m_places[place].parent;
        if (before == parent)
            return;
        if (before != none) {
            m_forest.cut(place);
            --m_places[before].children;
            m_places[place].parent = none;
        }
        if (parent != none)
            link(place, parent);
    }

    /// Unless that would make a loop. Where nothing hangs below the child, nothing can.
    void link(std::uint32_t child, std::uint32_t parent)
    {
        if (child == parent || (m_places[child].children > 0 && m_forest.root_of(parent) == child))
            return;
        m_forest.link(child, parent);
        m_places[child].parent = parent;
        ++m_places[parent].children;
    }

    std::vector<Place> m_places;
    std::vector<std::uint32_t> m_place_of; ///< of each message
    LinkForest m_forest;
};

/// Steps 2 to 5, on nodes: the messages by their indexes, behind them those dummies that stay.
class Threads {
public:
    explicit Threads(const ThreadInput& input)
        : m_input(input)
        , m_messages(static_cast<std::uint32_t>(input.messages().size()))
    {
        for (const ThreadInput::Message& message : input.messages())
            m_nodes.push_back({.number = message.number, .sent = message.sent});
    }

    std::vector<ThreadTree::Node> run(const Links& links)
    {
        prune(links);
        find_first_children();
        promote_only_children();
        const std::vector<std::uint32_t> roots = sorted_roots();
        fill_subject_table(roots);
        for (const std::uint32_t root : roots)
            merge(root);
        adopt_merged();
        return std::move(m_nodes);
    }

private:
    bool is_dummy(std::uint32_t node) const { return node >= m_messages; }
    bool is_childless_dummy(std::uint32_t node) const
    {
        return is_dummy(node) && m_dummies[node - m_messages].children == 0;
    }

    /// A dummy's oldest child stands for it.
    const ThreadInput::Message& face_of(std::uint32_t node) const
    {
        return m_input.messages()[is_dummy(node) ? m_dummies[node - m_messages].first_child : node];
    }

    auto age_of(std::uint32_t node) const
    {
        const ThreadInput::Message& face = face_of(node);
        return std::tuple(face.sent, face.number);
    }

    std::uint32_t add_dummy()
    {
        m_nodes.emplace_back();
        m_dummies.emplace_back();
        return static_cast<std::uint32_t>(m_nodes.size() - 1);
    }

    /// Steps 2 and 3: dummies go, their children take their place; but dummies at the top stay for now.
    void prune(const Links& links)
    {
        std::vector<std::uint32_t> above(links.size(), none); // for dummies: resolve() of them
        std::vector<std::uint32_t> dummies(links.size(), none);
        for (std::uint32_t message = 0; message < m_messages; ++message) {
            const std::uint32_t parent = links.parent_of(links.place_of(message));
            if (parent == none)
                continue;
            const std::uint32_t place = resolve(links, above, parent);
            if (links.message_at(place) != none) {
                m_nodes[message].parent = links.message_at(place);
                continue;
            }
            if (dummies[place] == none)
                dummies[place] = add_dummy();
            m_nodes[message].parent = dummies[place];
        }
    }

    /// The next message from `place` upwards, or else the dummy at the top. Every dummy is walked over once.
    static std::uint32_t resolve(const Links& links, std::vector<std::uint32_t>& above, std::uint32_t place)
    {
        std::vector<std::uint32_t> walked;
        while (links.message_at(place) == none && links.parent_of(place) != none && above[place] == none) {
            walked.push_back(place);
            place = links.parent_of(place);
        }
        const bool is_known = links.message_at(place) == none && above[place] != none;
        const std::uint32_t found = is_known ? above[place] : place;
        for (const std::uint32_t dummy : walked)
            above[dummy] = found;
        return found;
    }

    void find_first_children()
    {
        for (std::uint32_t message = 0; message < m_messages; ++message) {
            const std::uint32_t parent = m_nodes[message].parent;
            if (parent == none || !is_dummy(parent))
                continue;
            Dummy& dummy = m_dummies[parent - m_messages];
            if (dummy.children++ == 0 || age_of(message) < age_of(dummy.first_child))
                dummy.first_child = message;
        }
    }

    /// The end of step 3: a dummy at the top with one child goes too.
    void promote_only_children()
    {
        for (Dummy& dummy : m_dummies) {
            if (dummy.children != 1)
                continue;
            m_nodes[dummy.first_child].parent = none;
            dummy.children = 0;
        }
    }

    /// Step 4.
    std::vector<std::uint32_t> sorted_roots() const
    {
        std::vector<std::uint32_t> roots;
        for (std::uint32_t node = 0; node < m_nodes.size(); ++node)
            if (m_nodes[node].parent == none && !is_childless_dummy(node))
                roots.push_back(node);
        std::ranges::sort(roots, {}, [&](std::uint32_t node) { return age_of(node); });
        return roots;
    }

    /// Step 5.B
    void fill_subject_table(const std::vector<std::uint32_t>& roots)
    {
        m_table.assign(m_input.subjects(), none);
        for (const std::uint32_t root : roots) {
            std::uint32_t& held = m_table[face_of(root).subject];
            if (held == none || is_better(root, held))
                held = root;
        }
    }

    bool is_better(std::uint32_t root, std::uint32_t held) const
    {
        return !is_dummy(held) && (is_dummy(root) || (face_of(held).is_reply && !face_of(root).is_reply));
    }

    /// Step 5.C
    void merge(std::uint32_t root)
    {
        const std::uint32_t subject = face_of(root).subject;
        const std::uint32_t held = m_table[subject];
        const bool is_merged = m_nodes[root].parent != none;
        if (subject == ThreadInput::empty_subject || held == root || is_merged)
            return;
        if (is_dummy(held) && is_dummy(root)) {
            m_dummies[root - m_messages].merged_into = held;
        } else if (is_dummy(held) || (face_of(root).is_reply && !face_of(held).is_reply)) {
            m_nodes[root].parent = held;
        } else {
            const std::uint32_t both = add_dummy();
            m_nodes[root].parent = both;
            m_nodes[held].parent = both;
            m_table[subject] = both;
        }
    }

    /// The children of dummies that were merged follow them.
    void adopt_merged()
    {
        for (std::uint32_t message = 0; message < m_messages; ++message) {
            std::uint32_t& parent = m_nodes[message].parent;
            if (parent != none && is_dummy(parent) && m_dummies[parent - m_messages].merged_into != none)
                parent = m_dummies[parent - m_messages].merged_into;
        }
    }

    struct Dummy {
        std::uint32_t children = 0; ///< how many
        std::uint32_t first_child = none;
        std::uint32_t merged_into = none;
    };

    const ThreadInput& m_input;
    std::uint32_t m_messages; ///< how many; nodes from here on are dummies
    std::vector<ThreadTree::Node> m_nodes;
    std::vector<Dummy> m_dummies;
    std::vector<std::uint32_t> m_table; ///< the root of each subject
};

} // namespace

/// Step 6, sorting, is ThreadTree's.
ThreadTree thread_by_references(const ThreadInput& input)
{
    return ThreadTree(Threads(input).run(Links(input)));
}

} // namespace mansio::imapd
