#pragma once
#include "wire/imap/cursor.h"

// The grammars of the larger commands, from behind the verb to the end; parse.cc calls them. Each returns
// false with the error in the cursor.
namespace mansio::wire::imap {

bool parse_select(Cursor& in, Select& out);
bool parse_list(Cursor& in, List& out);
bool parse_lsub(Cursor& in, Lsub& out);
bool parse_status(Cursor& in, Status& out);
bool parse_status_items(Cursor& in, StatusItems& out);
bool parse_metadata_items(Cursor& in, MetadataItems& out);
bool parse_get_metadata(Cursor& in, GetMetadata& out);
bool parse_set_metadata(Cursor& in, SetMetadata& out);
bool parse_get_quota(Cursor& in, GetQuota& out);
bool parse_set_quota(Cursor& in, SetQuota& out);
bool parse_append(Cursor& in, Append& out);
bool parse_replace(Cursor& in, Replace& out);
/// From behind the command's mailbox, or behind a literal that stood inside `behind`.
bool parse_append_step(Cursor& in, AppendStep& out, AppendStep::Inside behind);
bool parse_fetch(Cursor& in, Fetch& out);
bool parse_fetch_items(Cursor& in, std::vector<FetchItem>& out);
bool parse_notify(Cursor& in, Notify& out);
/// "[" … "]" of BODY
bool parse_section(Cursor& in, Section& out);
/// partial-range of rfc9394#4
bool parse_partial_range(Cursor& in, PartialRange& out);
bool parse_search(Cursor& in, Search& out);
/// ["RETURN" SP "(" … ")" SP]: rfc9051#6.4.4
bool parse_search_returns(Cursor& in, std::optional<SearchReturn>& out);
/// search-key *(SP search-key), to the end of the line. `needs_fuzzy`: RELEVANCY was asked for, which is
/// nothing without a FUZZY key (rfc6203#4).
bool parse_search_program(Cursor& in, SearchKey& out, bool needs_fuzzy);
bool parse_sort(Cursor& in, Sort& out);
bool parse_thread(Cursor& in, Thread& out);
bool parse_store(Cursor& in, Store& out);

} // namespace mansio::wire::imap
