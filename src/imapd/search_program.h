#pragma once
#include "base/outcome.h"
#include "base/time.h"
#include "mailbox/uid_set.h"
#include "mailbox/view.h"
#include "message/structure.h"
#include "wire/imap/command.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::imapd {

/// How much of a message is at hand.
struct SearchText {
    std::string_view header{};                     ///< at least the header, when `has_header`
    std::string_view whole{};                      ///< when `structure` is there
    const message::Structure* structure = nullptr; ///< of `whole`
    bool has_header = false;
    std::optional<std::string_view> fields{}; ///< message::common_fields(), instead of the header
};

enum class Verdict : std::uint8_t {
    no,
    yes,
    unknown, ///< more of the message is needed
};

/// A search key made ready for one view: flags as bits, sets resolved, texts folded. Pure; evaluating never
/// waits. rfc9051#6.4.4
class SearchProgram {
public:
    struct Context {
        const mailbox::View& view;
        const mailbox::UidSet& saved_result;
        base::Seconds now = 0;
    };
    /// Fault::invalid for a charset we don't have (BADCHARSET), Fault::too_large for too many BODY and TEXT
    /// keys.
    static base::Outcome<SearchProgram> make(const wire::imap::SearchKey& key, std::string_view charset,
                                             const Context& context);

    Verdict judge(std::size_t index, const mailbox::Message& message, const SearchText& text) const;
    bool uses_mod_seq() const { return m_uses_mod_seq; }
    /// True when some key is about what common fields say.
    bool asks_common_fields() const { return m_common_keys > 0; }
    /// True when some key is about the text of bodies: the header alone may not be enough.
    bool reads_bodies() const { return m_text_keys > 0; }
    /// Number of keys: what judging one message costs.
    std::size_t size() const { return m_size; }

private:
    using Kind = wire::imap::SearchKey::Kind;
    struct Node {
        Kind kind = Kind::all;
        std::uint16_t system = 0;
        std::uint64_t keywords = 0;
        std::uint64_t number = 0;
        wire::imap::Day day = 0;
        base::Seconds time = 0;
        wire::imap::NumberSet messages;
        std::string field;
        std::string text;                    ///< folded
        std::optional<storage::BlobId> blob; ///< nothing: no message has that EMAILID
        std::vector<Node> children;
    };

    Node compile(const wire::imap::SearchKey& key, const Context& context, std::string_view charset);
    static void compile_flag(const wire::imap::SearchKey& key, const Context& context, Node& out);
    static void compile_set(const wire::imap::SearchKey& key, const Context& context, Node& out);
    static Verdict judge(const Node& node, std::size_t index, const mailbox::Message& message,
                         const SearchText& text);
    static Verdict judge_all(const Node& node, std::size_t index, const mailbox::Message& message,
                             const SearchText& text);
    static Verdict judge_any(const Node& node, std::size_t index, const mailbox::Message& message,
                             const SearchText& text);
    static Verdict judge_text(const Node& node, const SearchText& text);
    static Verdict judge_sent(const Node& node, const SearchText& text);
    static bool judge_facts(const Node& node, std::size_t index, const mailbox::Message& message);

    Node m_root;
    bool m_uses_mod_seq = false;
    std::size_t m_size = 0;
    std::size_t m_text_keys = 0;
    std::size_t m_common_keys = 0;
};

} // namespace mansio::imapd
