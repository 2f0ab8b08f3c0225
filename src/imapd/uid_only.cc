#include "imapd/uid_only.h"

#include <algorithm>
#include <fmt/format.h>

namespace mansio::imapd {
namespace {

/// As deep as the parser lets keys nest.
bool has_numbers(const imap::SearchKey& key)
{
    if (key.kind == imap::SearchKey::Kind::sequence && !key.set.saved_result)
        return true;
    return std::ranges::any_of(key.children, has_numbers);
}

bool has_numbers(const imap::Select& select)
{
    return select.qresync && select.qresync->match_sequences; // rfc9586#3.7
}

template <class Body>
bool says_numbers(const Body& body)
{
    if constexpr (requires { body.numbering; })
        if (body.numbering == imap::Numbering::sequence)
            return true;
    if constexpr (requires { has_numbers(body.key); })
        return has_numbers(body.key);
    else if constexpr (requires { has_numbers(body); })
        return has_numbers(body);
    else
        return false;
}

} // namespace

bool uses_message_numbers(const imap::Command& command)
{
    return std::visit([](const auto& body) { return says_numbers(body); }, command.body);
}

void write_fetch_head(std::string& out, const Session& session, std::size_t index, mailbox::Uid uid)
{
    if (session.enabled.uid_only)
        fmt::format_to(std::back_inserter(out), "* {} UIDFETCH (", uid);
    else
        fmt::format_to(std::back_inserter(out), "* {} FETCH (", index + 1);
}

} // namespace mansio::imapd
