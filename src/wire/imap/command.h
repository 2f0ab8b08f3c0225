#pragma once
#include "base/time.h"
#include "wire/imap/date_time.h"
#include "wire/imap/sequence_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What clients say, as plain values. Names are the RFCs' own; mailbox names are UTF-8, flags as sent.
namespace mansio::wire::imap {

/// Do the numbers in a command mean message numbers or unique ids? rfc9051#6.4.9
enum class Numbering : std::uint8_t { sequence, uid };

struct Capability {};
struct Noop {};
struct Logout {};
struct StartTls {};
struct Check {};
struct Close {};
struct Unselect {};
struct Idle {};
struct Namespace {};

struct Authenticate {
    std::string mechanism;                       ///< upper case
    std::optional<std::string> initial_response; ///< base64 as sent, "=" is the empty one: rfc4959
};

struct Login {
    std::string user;
    std::string password;
};

struct Enable {
    std::vector<std::string> capabilities; ///< upper case
};

struct Id {
    std::vector<std::pair<std::string, std::string>> fields; ///< NIL values are left out
};

/// rfc7162#3.2.5
struct QresyncParameters {
    std::uint32_t uid_validity = 0;
    std::uint64_t mod_seq = 0;
    std::optional<SequenceSet> known_uids;
    std::optional<SequenceSet> match_sequences; ///< as long as match_uids when resolved
    std::optional<SequenceSet> match_uids;
};

struct Select {
    enum class Access : std::uint8_t { read_write, read_only };
    Access access = Access::read_write; ///< read_only is EXAMINE
    std::string mailbox;
    bool condstore = false;
    std::optional<QresyncParameters> qresync;
};

struct Create {
    std::string mailbox;
    std::vector<std::string> special_use; ///< "\Drafts": rfc6154#3
};
struct Delete {
    std::string mailbox;
};
struct Rename {
    std::string from;
    std::string to;
};
struct Subscribe {
    std::string mailbox;
};
struct Unsubscribe {
    std::string mailbox;
};

enum class StatusItem : std::uint8_t {
    messages,
    recent,
    uid_next,
    uid_validity,
    unseen,
    deleted,
    size,
    highest_mod_seq,
    append_limit,
};
using StatusItems = std::vector<StatusItem>;

struct Status {
    std::string mailbox;
    StatusItems items;
};

/// rfc9051#6.3.9, rfc5258
struct List {
    std::string reference;
    std::vector<std::string> patterns;
    bool extended = false; ///< selection options, return options or several patterns were given
    struct {
        bool subscribed = false;
        bool remote = false;
        bool recursive_match = false;
        bool special_use = false;
    } select;
    struct {
        bool subscribed = false;
        bool children = false;
        bool special_use = false;
        StatusItems status;
    } returns;
};

struct Lsub {
    std::string reference;
    std::string pattern;
};

/// The command up to the head of its message literal; the session reads the literal itself. rfc9051#6.3.12
struct Append {
    std::string mailbox;
    std::vector<std::string> flags;
    std::optional<base::Seconds> internal_date;
    std::uint64_t size = 0;
    bool unasked = false; ///< a non-synchronizing literal: its bytes come without "+ "
    enum class Wrapping : std::uint8_t { none, utf8 }; ///< utf8: UTF8 (~{n}…), a ")" follows: rfc6855#4
    Wrapping wrapping = Wrapping::none;
};

struct Expunge {
    std::optional<SequenceSet> uids; ///< UID EXPUNGE: rfc4315#2.1
};

struct SearchKey {
    enum class Kind : std::uint8_t {
        all,        ///< every message
        every,      ///< all of `children`; also the whole program
        any,        ///< OR: one of two `children`
        negated,    ///< NOT: not the one child
        sequence,   ///< `set` in message numbers
        uid,        ///< `set` in UIDs
        has_flag,   ///< `text` is a flag: "\Seen" or a keyword
        lacks_flag, ///< the same
        recent,
        not_recent,
        is_new,
        header,      ///< `field`, `text`: rfc9051#6.4.4; from/to/cc/bcc/subject are headers too
        body,        ///< `text`
        text,        ///< `text`
        larger,      ///< `number` bytes
        smaller,     ///< `number` bytes
        before,      ///< `day`, internal date
        on,          ///< `day`, internal date
        since,       ///< `day`, internal date
        sent_before, ///< `day`, Date: header
        sent_on,     ///< `day`, Date: header
        sent_since,  ///< `day`, Date: header
        older,       ///< `number` seconds: rfc5032
        younger,     ///< `number` seconds: rfc5032
        mod_seq,     ///< `number`: rfc7162#3.1.5
    };
    Kind kind = Kind::all;
    std::string field;
    std::string text;
    std::uint64_t number = 0;
    Day day = 0;
    SequenceSet set;
    std::vector<SearchKey> children;
};

/// rfc4731, rfc5182
struct SearchReturn {
    bool min = false;
    bool max = false;
    bool all = false;
    bool count = false;
    bool save = false;
};

struct Search {
    Numbering numbering = Numbering::sequence;
    std::optional<SearchReturn> returns; ///< absent: the old untagged SEARCH of rfc3501
    std::string charset;                 ///< upper case, "" when not given
    SearchKey key;
};

/// section of rfc9051#9
struct Section {
    enum class Specifier : std::uint8_t { whole, header, header_fields, header_fields_not, text, mime };
    std::vector<std::uint32_t> part;
    Specifier specifier = Specifier::whole;
    std::vector<std::string> fields; ///< as sent
};

struct Partial {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

struct FetchItem {
    enum class Kind : std::uint8_t {
        flags,
        uid,
        internal_date,
        size,
        envelope,
        body,           ///< BODY without a section
        body_structure, ///< BODYSTRUCTURE
        mod_seq,
        section, ///< BODY[…]
        binary,  ///< BINARY[…]: rfc3516
        binary_size,
        rfc822,
        rfc822_header,
        rfc822_text,
    };
    enum class Seen : std::uint8_t { set, leave }; ///< leave: .PEEK, or an item that never sets \Seen
    Kind kind = Kind::flags;
    Seen seen = Seen::leave;
    Section section;
    std::optional<Partial> partial;
};

struct Fetch {
    Numbering numbering = Numbering::sequence;
    SequenceSet set;
    std::vector<FetchItem> items;
    std::optional<std::uint64_t> changed_since; ///< 0 is taken as it is: doc/compat.md#changedsince-zero
    bool vanished = false;
};

struct Store {
    enum class Action : std::uint8_t { replace, add, remove };
    enum class Answer : std::uint8_t { flags, silent };
    Numbering numbering = Numbering::sequence;
    SequenceSet set;
    std::optional<std::uint64_t> unchanged_since;
    Action action = Action::replace;
    Answer answer = Answer::flags;
    std::vector<std::string> flags;
};

struct Copy {
    Numbering numbering = Numbering::sequence;
    SequenceSet set;
    std::string mailbox;
};

struct Move {
    Numbering numbering = Numbering::sequence;
    SequenceSet set;
    std::string mailbox;
};

using Body = std::variant<Capability, Noop, Logout, StartTls, Check, Close, Unselect, Idle, Namespace,
                          Authenticate, Login, Enable, Id, Select, Create, Delete, Rename, Subscribe,
                          Unsubscribe, Status, List, Lsub, Append, Expunge, Search, Fetch, Store, Copy, Move>;

struct Command {
    std::string tag;
    Body body;
};

} // namespace mansio::wire::imap
