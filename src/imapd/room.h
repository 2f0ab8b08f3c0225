#pragma once
// imapd: IMAP4rev1 and IMAP4rev2 sessions (rfc3501, rfc9051 and the extensions in capability.cc).
//
// - serve() is one connection from greeting to end: one coroutine, read top to bottom. command_table.cc is
// the
//   contents page: each verb, the states that allow it, its flags and its handler; each handler has its own
//   file.
// - A handler takes a parsed command by value, writes untagged data to the session's channel and returns the
//   tagged Reply; execute.cc sends it after sync() has told the client what changed (sync.h).
// - What the client believes about its mailbox is Selected::shown, an immutable View. Message numbers in
// commands
//   and responses mean that view. Expunges enter it only where rfc9051#7.5.1 lets them be announced.
// - What the peer hears are fixed words and rfc5530 codes (reply.h); causes go to the session's log.
// Passwords, SASL
//   lines and literals are never logged.
// - Output: small pieces collect in the channel; a handler that writes much calls make_room() between
// messages,
//   which flushes over 64 KiB and lets other sessions run.
// - An idle session holds no buffers: nothing large may live in Session.
