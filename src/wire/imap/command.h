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

/// partial-range: places in a result, both included; "-1:-100" counts from its end. rfc9394#3.1
struct PartialRange {
    std::uint32_t first = 1; ///< not above `last`
    std::uint32_t last = 1;
    bool from_end = false;
};

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
    mailbox_id,      ///< rfc8474#4.3
    deleted_storage, ///< rfc9208#4.1.4
};
using StatusItems = std::vector<StatusItem>;

struct Status {
    std::string mailbox;
    StatusItems items;
};

/// What of the annotations is asked for: rfc5464#4.2, rfc9590#3
struct MetadataItems {
    enum class Depth : std::uint8_t { zero, one, infinity };
    std::vector<std::string> entries; ///< lower case; "/private" and "/shared" too
    Depth depth = Depth::zero;
    std::optional<std::uint64_t> max_size; ///< octets of a value
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
        MetadataItems metadata; ///< without entries: not asked for
    } returns;
};

/// rfc5464#4.2; `mailbox` "" is the server
struct GetMetadata {
    std::string mailbox;
    MetadataItems items;
};

/// rfc5464#4.3; `mailbox` "" is the server
struct SetMetadata {
    struct Change {
        std::string entry;                ///< lower case
        std::optional<std::string> value; ///< nothing is NIL: the entry goes
    };
    std::string mailbox;
    std::vector<Change> changes; ///< at least one
};

/// rfc9208#4.1
struct GetQuota {
    std::string root;
};
struct GetQuotaRoot {
    std::string mailbox;
};
struct SetQuota {
    std::string root;
    std::vector<std::pair<std::string, std::uint64_t>> limits; ///< resource in upper case
};

struct Lsub {
    std::string reference;
    std::string pattern;
};

/// One message of an APPEND, before its content: rfc9051#6.3.12
struct AppendMessage {
    std::vector<std::string> flags;
    std::optional<base::Seconds> internal_date;
};

/// A piece of a message that the server has already: rfc4469#3
struct AppendUrl {
    std::string url; ///< as sent: message_url.h reads it
};

/// An APPEND as far as the head of the next literal that is (a piece of) a message, or as far as its end. The
/// session reads such literals itself. rfc3502#6.3.11, rfc4469#5
struct AppendStep {
    /// What the literal stands in: says how the bytes behind it go on.
    enum class Inside : std::uint8_t {
        nothing,  ///< no literal was there yet
        whole,    ///< it is a message
        utf8,     ///< the same in UTF8 (~{n}…): rfc6855#4
        catenate, ///< it is a TEXT of CATENATE (…)
    };
    struct Literal {
        std::uint64_t size = 0;
        bool unasked = false; ///< a non-synchronizing literal: its bytes come without "+ "
    };
    using Event = std::variant<AppendMessage, AppendUrl>;
    std::vector<Event> events; ///< in order; an AppendMessage ends the message before it
    Inside inside = Inside::nothing;
    std::optional<Literal> literal; ///< nothing: the command ends here
};

struct Append {
    std::string mailbox;
    AppendStep first;
};

/// rfc8508#3
struct Replace {
    Numbering numbering = Numbering::sequence;
    SequenceSet message; ///< one number
    std::string mailbox;
    AppendStep first;
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
        header,       ///< `field`, `text`: rfc9051#6.4.4; from/to/cc/bcc/subject are headers too
        body,         ///< `text`
        text,         ///< `text`
        larger,       ///< `number` bytes
        smaller,      ///< `number` bytes
        before,       ///< `day`, internal date
        on,           ///< `day`, internal date
        since,        ///< `day`, internal date
        sent_before,  ///< `day`, Date: header
        sent_on,      ///< `day`, Date: header
        sent_since,   ///< `day`, Date: header
        older,        ///< `number` seconds: rfc5032
        younger,      ///< `number` seconds: rfc5032
        mod_seq,      ///< `number`: rfc7162#3.1.5
        saved_before, ///< `day`, save date: rfc8514#4.3
        saved_on,     ///< the same
        saved_since,  ///< the same
        email_id,     ///< `text`: rfc8474#6
        thread_id,    ///< `text`: rfc8474#6
    };
    Kind kind = Kind::all;
    std::string field;
    std::string text;
    std::uint64_t number = 0;
    Day day = 0;
    SequenceSet set;
    std::vector<SearchKey> children;
};

/// rfc4731, rfc5182, rfc6203#4, rfc9394#3
struct SearchReturn {
    bool min = false;
    bool max = false;
    bool all = false;
    bool count = false;
    bool save = false;
    bool relevancy = false;
    std::optional<PartialRange> partial = std::nullopt; ///< never beside `all`
    bool partial_reversed = false;                      ///< it was written from its end to its beginning
};

struct Search {
    Numbering numbering = Numbering::sequence;
    std::optional<SearchReturn> returns; ///< absent: the old untagged SEARCH of rfc3501
    std::string charset;                 ///< upper case, "" when not given
    SearchKey key;
};

/// sort-criterion of rfc5256#5, rfc5957#5, rfc6203#7
struct SortCriterion {
    enum class Key : std::uint8_t {
        arrival,
        cc,
        date,
        from,
        size,
        subject,
        to,
        display_from,
        display_to,
        relevancy,
    };
    Key key = Key::arrival;
    bool reverse = false;
};

/// rfc5256#3, rfc5267#3
struct Sort {
    Numbering numbering = Numbering::sequence;
    std::optional<SearchReturn> returns; ///< absent: the untagged SORT of rfc5256#4
    std::vector<SortCriterion> criteria; ///< at least one
    std::string charset;                 ///< upper case
    SearchKey key;
};

/// rfc5256#3
struct Thread {
    enum class Algorithm : std::uint8_t { ordered_subject, references };
    Numbering numbering = Numbering::sequence;
    Algorithm algorithm = Algorithm::references;
    std::string charset; ///< upper case
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
        save_date, ///< rfc8514#4.2
        email_id,  ///< rfc8474#5.1
        thread_id, ///< rfc8474#5.2
        preview,   ///< rfc8970#3
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
    std::optional<PartialRange> partial; ///< rfc9394#3.3
};

/// What a client wants to hear of some mailboxes: rfc5465#5
struct NotifyEvents {
    bool message_new = false;
    bool message_expunge = false;
    bool flag_change = false;
    bool mailbox_name = false;
    bool subscription_change = false;
    bool unsupported = false;         ///< an event we don't have: NO [BADEVENT …]
    std::vector<FetchItem> new_items; ///< to be fetched of each new message; for the selected mailbox only
    bool of_messages() const { return message_new || message_expunge || flag_change; }
};

/// event-group of rfc5465#8
struct NotifyGroup {
    enum class Which : std::uint8_t {
        selected,
        selected_delayed, ///< expunges wait for a command that allows them
        inboxes,
        personal,
        subscribed,
        subtree,   ///< `names` and what is below
        mailboxes, ///< `names`
    };
    Which which = Which::personal;
    std::vector<std::string> names;
    NotifyEvents events;
    bool of_selected() const { return which == Which::selected || which == Which::selected_delayed; }
};

struct Notify {
    bool status = false;             ///< tell how the mailboxes stand first
    std::vector<NotifyGroup> groups; ///< empty: NOTIFY NONE
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

using Body =
    std::variant<Capability, Noop, Logout, StartTls, Check, Close, Unselect, Idle, Namespace, Authenticate,
                 Login, Enable, Id, Select, Create, Delete, Rename, Subscribe, Unsubscribe, Status, List,
                 Lsub, GetMetadata, SetMetadata, GetQuota, GetQuotaRoot, SetQuota, Append, Replace, Notify,
                 Expunge, Search, Sort, Thread, Fetch, Store, Copy, Move>;

struct Command {
    std::string tag;
    Body body;
};

} // namespace mansio::wire::imap
