#include "imapd/vanished.h"

#include "imapd/messages.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

/// What is in both; both sorted and disjoint.
std::vector<imap::NumberRange> intersection(const std::vector<imap::NumberRange>& a,
                                            const std::vector<imap::NumberRange>& b)
{
    std::vector<imap::NumberRange> out;
    for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
        const std::uint32_t first = std::max(a[i].first, b[k].first);
        const std::uint32_t last = std::min(a[i].last, b[k].last);
        if (first <= last)
            out.push_back({first, last});
        if (a[i].last < b[k].last)
            ++i;
        else
            ++k;
    }
    return out;
}

/// Without the messages still shown: their end is announced in its own time.
imap::NumberSet without_shown(const std::vector<imap::NumberRange>& ranges, const mailbox::View& view)
{
    std::vector<imap::NumberRange> out;
    for (imap::NumberRange rest : ranges) {
        for (std::size_t i = view.lower_bound(rest.first); i < view.size() && view.at(i).uid <= rest.last;
             ++i) {
            const mailbox::Uid uid = view.at(i).uid;
            if (uid > rest.first)
                out.push_back({rest.first, uid - 1});
            rest.first = uid + 1;
        }
        if (rest.first <= rest.last && rest.first != 0)
            out.push_back(rest);
    }
    return imap::NumberSet(std::move(out));
}

} // namespace

Task<Outcome<void>> write_vanished_since(Session& session, imap::NumberSet uids, base::ModSeq since)
{
    const Selected& selected = *session.selected;
    auto vanished = co_await session.account().vanished_since(selected.mailbox, since);
    if (!vanished)
        co_return base::fail(std::move(vanished.error()), "vanished");
    const auto both = intersection(to_number_set(*vanished).ranges(), uids.ranges());
    const auto gone = without_shown(both, *selected.shown);
    if (!gone.empty())
        session.channel.write(fmt::format("* VANISHED (EARLIER) {}\r\n", gone.text()));
    co_return Outcome<void>{};
}

} // namespace mansio::imapd
