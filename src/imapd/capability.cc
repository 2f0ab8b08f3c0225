#include "imapd/capability.h"

#include "base/text.h"
#include "imapd/commands.h"
#include "wire/sasl/mechanism.h"

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
    "STATUS=SIZE",
    "ESEARCH",
    "SEARCHRES",
    "WITHIN",
    "CONDSTORE",
    "QRESYNC",
    "BINARY",
    "UTF8=ACCEPT",
};

bool has_binding(const Session& session)
{
    const auto* const facts = session.channel.stream().tls();
    return facts && (!facts->tls_exporter.empty() || !facts->tls_server_end_point.empty());
}

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
    for (const std::string& mechanism : session.settings->mechanisms)
        if (mechanism_allowed(session, mechanism))
            names.add("AUTH=" + base::to_upper(mechanism));
}

} // namespace

bool mechanism_allowed(const Session& session, std::string_view name)
{
    const auto mechanism = wire::sasl::find_mechanism(name);
    const auto& offered = session.settings->mechanisms;
    if (!mechanism ||
        std::ranges::none_of(offered, [&](const auto& x) { return base::equal_icase(x, name); }))
        return false;
    const wire::sasl::Offer offer{.tls = session.channel.stream().is_tls(),
                                  .plain_text_allowed = session.may_send_password(),
                                  .cram_md5 = true, // it is in the list of the settings
                                  .channel_binding = has_binding(session)};
    return wire::sasl::is_offered(*mechanism, offer);
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
