#pragma once
// wire/imap: the grammar of rfc9051 and rfc3501 with the extensions listed in doc/rfc.md. Pure: bytes in, a
// value, "a literal is wanted" or a SyntaxError out; values in, bytes out. No sockets, no session state, no
// clock.
//
// - CommandReader frames: lines and literals in, one command's bytes out. It decides which caps apply; the
//   session moves the bytes and answers "+ ".
// - parse_head() gives tag and verb of anything; parse_command() the whole Command, a std::variant of plain
// structs.
// - Cursor is the vocabulary the parse_*.cc files are written in: one method per grammar element.
// - write.h appends responses to a std::string.
//
// Everything is linear in the size of the input. Depth of search keys, number of ranges and number of
// literals are bounded by ParseOptions and CommandReader::Limits. Mailbox names are UTF-8 inside the server;
// NameEncoding says how a session spells them.
