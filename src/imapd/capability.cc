#include "imapd/capability.h"

#include "base/text.h"
#include "imapd/commands.h"
#include "login/mechanisms.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

constexpr std::string_view always[] = {"IMAP4rev1", "IMAP4rev2", "LITERAL+", "SASL-IR",
                                       "ENABLE",    "ID",        "IDLE"};

constexpr std::string_view after_login[] = {
    "NAMESPACE",
    "UIDPLUS",
    "MOVE",
    "UNSELECT",
    "CHILDREN",
    "SPECIAL-USE",
    "CREATE-SPECIAL-USE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "LIST-METADATA",
    "METADATA",
    "METADATA-SERVER",
    "QUOTA",
    "QUOTA=RES-STORAGE",
    "QUOTA=RES-MESSAGE",
    "QUOTA=RES-MAILBOX",
    "STATUS=SIZE",
    "ESEARCH",
    "SEARCHRES",
    "SEARCH=FUZZY",
    "PARTIAL",
    "WITHIN",
    "SORT",
    "SORT=DISPLAY",
    "ESORT",
    "THREAD=ORDEREDSUBJECT",
    "THREAD=REFERENCES",
    "CONDSTORE",
    "QRESYNC",
    "BINARY",
    "UTF8=ACCEPT",
    "MULTIAPPEND",
    "CATENATE",
    "URL-PARTIAL",
    "REPLACE",
    "OBJECTID",
    "SAVEDATE",
    "PREVIEW",
    "UIDONLY",
    "INPROGRESS",
    "NOTIFY",
};

class Names {
public:
    explicit Names(const Session& session)
        : m_session(session)
    {
    }
    void add(std::string_view name)
    {
        const auto& hidden = m_session.settings->hidden_capabilities;
        if (std::ranges::any_of(hidden, [&](const auto& other) { return base::equal_icase(other, name); }))
            return;
        if (!m_text.empty())
            m_text += ' ';
        m_text += name;
    }
    std::string take() { return std::move(m_text); }

private:
    const Session& m_session;
    std::string m_text;
};

void add_before_login(const Session& session, Names& names)
{
    if (session.imapd.certificates && !session.channel.stream().is_tls())
        names.add("STARTTLS");
    if (!session.may_send_password())
        names.add("LOGINDISABLED");
    for (const wire::sasl::Mechanism mechanism : offered_mechanisms(session))
        names.add("AUTH=" + std::string(name(mechanism)));
}

} // namespace

std::vector<wire::sasl::Mechanism> offered_mechanisms(const Session& session)
{
    const auto plain_text =
        session.may_send_password() ? login::PlainText::allowed : login::PlainText::needs_tls;
    return login::offered_mechanisms(session.settings->mechanisms, session.channel.stream().tls(),
                                     plain_text);
}

std::string capabilities(const Session& session)
{
    Names names(session);
    for (const auto name : always)
        names.add(name);
    if (session.state == State::not_authenticated) {
        add_before_login(session, names);
        return names.take();
    }
    for (const auto name : after_login)
        names.add(name);
    names.add(fmt::format("APPENDLIMIT={}", session.settings->max_append_size));
    return names.take();
}

/// rfc9051#6.1.1
Task<Reply> capability(Session& session, imap::Capability)
{
    session.channel.write("* CAPABILITY " + capabilities(session) + "\r\n");
    co_return reply::ok("these it can do");
}

} // namespace mansio::imapd
