#pragma once
#include "imapd/session.h"
#include "wire/imap/command.h"

namespace mansio::imapd {

/// Which of the messages shown a set means, as message numbers (index + 1). UIDs that don't exist are left
/// out; so are message numbers over the last. "$" is the saved search result.
imap::NumberSet resolve(const Selected& selected, const imap::SequenceSet& set, imap::Numbering numbering);
/// The same for `view` and a saved result given one by one: for search keys.
imap::NumberSet resolve_uids(const mailbox::View& view, const imap::NumberSet& uids);

/// The UIDs of these messages.
mailbox::UidSet uids_of(const mailbox::View& view, const imap::NumberSet& messages);
imap::NumberSet to_number_set(const mailbox::UidSet& uids);
mailbox::UidSet to_uid_set(const imap::NumberSet& uids);
/// The largest UID shown, 0 when there are no messages: what "*" is.
mailbox::Uid largest_uid(const mailbox::View& view);

/// BAD for message numbers that name nothing, as rfc9051#9 seq-number asks; clients that count wrong must
/// notice.
bool names_nothing(const imap::NumberSet& messages, const imap::SequenceSet& set, imap::Numbering numbering);

/// Those at the places of `range` among the messages: rfc9394#3.1
imap::NumberSet part_of(const imap::NumberSet& messages, const imap::PartialRange& range);

/// Calls use(index) for every message of the set, in order.
template <class Use>
void for_each_index(const imap::NumberSet& messages, Use use)
{
    for (const imap::NumberRange& range : messages.ranges())
        for (std::size_t number = range.first; number <= range.last; ++number)
            use(number - 1);
}

} // namespace mansio::imapd
