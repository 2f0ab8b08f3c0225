#pragma once
#include "imapd/search_run.h"

#include <optional>
#include <string_view>

// How SEARCH and SORT tell what they found.
namespace mansio::imapd {

/// Those at the places of `range`: rfc9394#3.1
NumberRuns part_of(const NumberRuns& numbers, const imap::PartialRange& range);

/// What "$" is after RETURN (SAVE …): rfc5182#2.4, rfc9394#3.2. Without SAVE it stays.
void remember(Session& session, const imap::SearchReturn& returns, const Found& found);
/// "$" is nothing after a search with SAVE that was answered NO: rfc5182#2.1
void forget(Session& session, const std::optional<imap::SearchReturn>& returns);

/// "* ESEARCH (TAG "a1") …", unless SAVE was all that was asked for: rfc9051#7.3.4
void write_esearch(Session& session, const imap::SearchReturn& returns, imap::Numbering numbering,
                   const Found& found);
/// "* SEARCH 2 84 882", "* SORT 5 3 4": rfc3501#7.2.5, rfc5256#4. `name` and `found` outlive it; ends early
/// when the connection broke.
Task<void> write_numbers(Session& session, std::string_view name, imap::Numbering numbering,
                         const Found& found);

} // namespace mansio::imapd
