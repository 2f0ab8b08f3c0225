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
bool parse_append(Cursor& in, Append& out);
bool parse_fetch(Cursor& in, Fetch& out);
bool parse_search(Cursor& in, Search& out);
bool parse_store(Cursor& in, Store& out);

} // namespace mansio::wire::imap
