#pragma once
// pop3d: POP3 sessions, rfc1939 with the extensions named in wire/pop3/room.h. One file per command.
//
// Rules
// - serve() is one coroutine per connection on the stream's loop; it reads a line, finds it in the command
//   table (commands.cc: the contents page), runs the handler, and goes on. Handlers answer into the channel's
//   output buffer; a read that has to wait flushes it, so pipelined commands share packets (rfc2449#6.6).
// - A session sees INBOX as it was at login (Maildrop): numbers and sizes never change. Deletions are marks
//   until QUIT; only QUIT removes, in one commit. Any number of sessions may share a mailbox: nobody locks
//   it, what somebody else removed meanwhile is simply gone.
// - A message goes out in pieces with a flush whenever 64 KiB wait: memory stays bounded whatever its size,
//   and a slow reader slows only itself.
// - A wrong password, an unknown user and a disabled account get the same words after the same time.
// - An idle session is closed without a word and without removing anything (rfc1939#3).
