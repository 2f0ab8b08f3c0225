#include "imapd/notification.h"

#include "imapd/fetch_plan.h"
#include "imapd/fetch_sender.h"
#include "imapd/status.h"
#include "imapd/sync.h"

#include <algorithm>
#include <utility>

namespace mansio::imapd {
namespace {

using imap::NotifyGroup;
using imap::StatusItem;
using Which = NotifyGroup::Which;

constexpr std::size_t most_mailboxes = 500; // each change of the account looks at all of them

bool is_below(std::string_view name, std::string_view parent)
{
    return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == '/';
}

/// rfc5465#6. Mail may be filed into any mailbox here, so INBOXES are all.
bool matches(const NotifyGroup& group, std::string_view name, const mailbox::MailboxList& names)
{
    const auto named = [&](const std::string& wanted) { return name == wanted; };
    const auto below = [&](const std::string& wanted) { return name == wanted || is_below(name, wanted); };
    switch (group.which) {
    case Which::selected:
    case Which::selected_delayed: return false;
    case Which::inboxes:
    case Which::personal: return true;
    case Which::subscribed: return names.subscribed(name);
    case Which::mailboxes: return std::ranges::any_of(group.names, named);
    case Which::subtree: return std::ranges::any_of(group.names, below);
    }
    return false;
}

void add(imap::NotifyEvents& sum, const imap::NotifyEvents& more)
{
    sum.message_new |= more.message_new;
    sum.message_expunge |= more.message_expunge;
    sum.flag_change |= more.flag_change;
    sum.mailbox_name |= more.mailbox_name;
    sum.subscription_change |= more.subscription_change;
}

} // namespace

Notification::Notification(Session& session, std::vector<imap::NotifyGroup> groups)
    : m_session(session)
    , m_groups(std::move(groups))
    , m_watch(session.account().watch(mailbox::MailboxId{}, m_changed))
{
}

const NotifyGroup* Notification::selected() const
{
    const auto found = std::ranges::find_if(m_groups, &NotifyGroup::of_selected);
    return found == m_groups.end() ? nullptr : &*found;
}

imap::NotifyEvents Notification::events_of(const mailbox::MailboxInfo& info,
                                           const mailbox::MailboxList& names) const
{
    imap::NotifyEvents events;
    for (const NotifyGroup& group : m_groups)
        if (matches(group, info.name, names))
            add(events, group.events);
    return events;
}

Task<Outcome<void>> Notification::begin(bool status)
{
    auto names = co_await m_session.account().list();
    if (!names)
        co_return base::fail(std::move(names.error()), "names");
    m_names = *names;
    for (const mailbox::MailboxInfo& info : (*names)->mailboxes) {
        const auto events = events_of(info, **names);
        if (!events.of_messages())
            continue;
        if (m_standing.size() == most_mailboxes)
            co_return base::fail(base::Fault::too_large, "too many mailboxes to watch");
        auto looked = co_await look(info, events, status);
        if (!looked)
            co_return looked;
    }
    co_return Outcome<void>{};
}

/// How a mailbox stands before the first change that is told; rfc5465#3.1 says what STATUS has to say.
Task<Outcome<void>> Notification::look(const mailbox::MailboxInfo& info, const imap::NotifyEvents& events,
                                       bool status)
{
    auto view = co_await m_session.account().view(info.id);
    if (!view && view.error().fault == base::Fault::not_found)
        co_return Outcome<void>{};
    if (!view)
        co_return base::fail(std::move(view.error()), "view");
    m_standing[info.id] = {(*view)->size(), (*view)->uid_next(), (*view)->highest_modseq()};
    const bool is_selected = m_session.selected && m_session.selected->mailbox == info.id;
    if (!status || is_selected)
        co_return Outcome<void>{};
    imap::StatusItems items{StatusItem::messages, StatusItem::uid_next, StatusItem::uid_validity};
    if (events.flag_change)
        items.push_back(StatusItem::highest_mod_seq);
    co_return co_await write_status_of(m_session, info, items);
}

Task<void> Notification::tell()
{
    if (m_session.state == State::logout || !m_changed.take())
        co_return;
    co_await tell_selected();
    auto names = co_await m_session.account().list();
    if (!names) {
        m_session.refuse(names.error(), "notify"); // the next change tells of this one too
        co_return;
    }
    const mailbox::MailboxListPtr now = *names;
    if (now != m_names)
        tell_names(*now);
    m_names = now;
    for (const mailbox::MailboxInfo& info : now->mailboxes) {
        const auto events = events_of(info, *now);
        if (events.of_messages() && m_session.state != State::logout)
            co_await tell_mailbox(info, events);
    }
}

/// rfc5465#6.1: at once, but for the expunges of SELECTED-DELAYED.
Task<void> Notification::tell_selected()
{
    const NotifyGroup* const group = selected();
    if (m_session.state != State::selected || !group || !group->events.of_messages())
        co_return;
    const mailbox::Uid next = m_session.selected->shown->uid_next();
    co_await sync(m_session, group->which == Which::selected_delayed ? Expunges::hold : Expunges::announce);
    if (m_session.state == State::selected && !group->events.new_items.empty())
        co_await tell_new_messages(*group, next);
}

/// What the client wants fetched of each message that is new: rfc5465#5.2
Task<void> Notification::tell_new_messages(const NotifyGroup& group, mailbox::Uid from)
{
    constexpr std::size_t at_once = 256;
    const mailbox::ViewPtr view = m_session.selected->shown;
    imap::Fetch wanted;
    wanted.items = group.events.new_items;
    const FetchPlan plan = plan_fetch(wanted);
    FetchSender sender(m_session, plan, view);
    for (std::size_t index = view->lower_bound(from); index < view->size();) {
        std::vector<std::size_t> batch;
        while (batch.size() < at_once && index < view->size())
            batch.push_back(index++);
        auto sent = co_await sender.send(std::move(batch));
        if (!sent) {
            m_session.refuse(sent.error(), "notify fetch");
            co_return;
        }
        if (m_session.state == State::logout)
            co_return;
    }
}

/// rfc5465#5.1 to #5.3, for a mailbox that is not selected.
Task<void> Notification::tell_mailbox(const mailbox::MailboxInfo& info, const imap::NotifyEvents& events)
{
    auto view = co_await m_session.account().view(info.id);
    if (!view)
        co_return; // gone meanwhile: the names tell it
    const Standing now{(*view)->size(), (*view)->uid_next(), (*view)->highest_modseq()};
    const auto [place, is_new] = m_standing.try_emplace(info.id);
    const Standing before = std::exchange(place->second, now);
    const bool is_selected = m_session.selected && m_session.selected->mailbox == info.id;
    if (is_selected || (!is_new && before.modseq == now.modseq))
        co_return;
    imap::StatusItems items;
    if (is_new || before.messages != now.messages || before.uid_next != now.uid_next)
        items = {StatusItem::messages, StatusItem::uid_next, StatusItem::uid_validity};
    else if (events.flag_change)
        items = {StatusItem::uid_validity, StatusItem::unseen};
    if (items.empty())
        co_return;
    if (m_session.enabled.condstore)
        items.push_back(StatusItem::highest_mod_seq);
    auto written = co_await write_status_of(m_session, info, items);
    if (!written)
        m_session.refuse(written.error(), "notify status");
}

/// rfc5465#5.4, #5.5: names that came, went, have another name, are subscribed now or not any more.
void Notification::tell_names(const mailbox::MailboxList& now)
{
    for (const mailbox::MailboxInfo& before : m_names->mailboxes)
        if (!now.find(before.id) && !now.find(before.name) && events_of(before, *m_names).mailbox_name)
            write_list(before.name, now, "");
    for (const mailbox::MailboxInfo& info : now.mailboxes)
        tell_name(info, now);
    std::vector<std::string> changed;
    std::ranges::set_symmetric_difference(m_names->subscriptions, now.subscriptions,
                                          std::back_inserter(changed));
    for (const std::string& name : changed) {
        mailbox::MailboxInfo info;
        info.name = name;
        if (events_of(info, now).subscription_change || events_of(info, *m_names).subscription_change)
            write_list(name, now, "");
    }
}

void Notification::tell_name(const mailbox::MailboxInfo& info, const mailbox::MailboxList& now)
{
    const mailbox::MailboxInfo* const before = m_names->find(info.id);
    if ((before && before->name == info.name) || !events_of(info, now).mailbox_name)
        return;
    if (!before) {
        write_list(info.name, now, "");
        return;
    }
    const auto moved_along = [&](const mailbox::MailboxInfo& parent) { // children are not told one by one
        const mailbox::MailboxInfo* const was = m_names->find(parent.id);
        return was && was->name != parent.name && is_below(info.name, parent.name) &&
               is_below(before->name, was->name);
    };
    if (std::ranges::none_of(now.mailboxes, moved_along))
        write_list(info.name, now, before->name);
}

void Notification::write_list(std::string_view name, const mailbox::MailboxList& now,
                              std::string_view old_name)
{
    std::string out = "* LIST (";
    const auto has_children = [&](const mailbox::MailboxInfo& info) { return is_below(info.name, name); };
    out += now.find(name) ? "" : "\\NonExistent ";
    out += std::ranges::any_of(now.mailboxes, has_children) ? "\\HasChildren" : "\\HasNoChildren";
    out += now.subscribed(name) ? " \\Subscribed" : "";
    out += ") \"/\" ";
    imap::write_mailbox(out, name, m_session.names());
    if (!old_name.empty()) {
        out += " (\"OLDNAME\" (";
        imap::write_mailbox(out, old_name, m_session.names());
        out += "))";
    }
    m_session.channel.write(out + "\r\n");
}

} // namespace mansio::imapd
