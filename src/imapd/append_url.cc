#include "imapd/append_url.h"

#include "imapd/fetch_content.h"
#include "imapd/find_mailbox.h"
#include "message/structure.h"
#include "wire/imap/message_url.h"

namespace mansio::imapd {
namespace {

using base::Fault;

/// The view of the mailbox the URL names: as it is now, or as this client sees its own.
Task<Outcome<mailbox::ViewPtr>> view_for(Session& session, imap::MessageUrl url)
{
    if (url.mailbox.empty()) {
        if (!session.selected)
            co_return base::fail(Fault::not_found, "a relative URL without a selected mailbox");
        co_return session.selected->shown;
    }
    auto info = co_await find_mailbox(session, url.mailbox);
    if (!info)
        co_return base::fail(std::move(info.error()), "mailbox of the URL");
    auto view = co_await session.account().view(info->id);
    co_return view;
}

Outcome<std::string> section_of(const imap::MessageUrl& url, const std::string& message)
{
    const imap::FetchItem item{.kind = imap::FetchItem::Kind::section, .section = url.section, .partial = {}};
    const auto structure = message::parse_structure(message);
    const auto found = item_bytes(item, message, &structure);
    if (!found)
        return base::fail(Fault::not_found, "no such section");
    return std::string(piece(found->view(), url.partial));
}

} // namespace

Task<Outcome<std::string>> read_url(Session& session, std::string text)
{
    const auto url = imap::parse_message_url(text);
    if (!url)
        co_return base::fail(Fault::not_found, "no URL of a message");
    auto view = co_await view_for(session, *url);
    if (!view)
        co_return base::fail(std::move(view.error()), "view");
    const bool same = !url->uid_validity || *url->uid_validity == (*view)->uid_validity();
    const auto index = (*view)->find(url->uid);
    if (!same || !index)
        co_return base::fail(Fault::not_found, "no such message");
    const mailbox::Message& message = (*view)->at(*index);
    auto share = session.imapd.budget.share();
    if (!share.grow_to(message.size))
        co_return base::fail(Fault::temporary, "memory budget");
    auto bytes = co_await session.account().read(message.blob);
    if (!bytes)
        co_return base::fail(std::move(bytes.error()), "message of the URL");
    co_return section_of(*url, *bytes);
}

std::string bad_url_code(std::string_view url)
{
    constexpr std::size_t most = 500; // clients read lines into small buffers
    std::string out = "BADURL \"";
    for (const char c : url.substr(0, most))
        out += c > ' ' && c < '\x7F' && c != '"' && c != '\\' && c != ']' ? c : '?';
    return out + '"';
}

} // namespace mansio::imapd
