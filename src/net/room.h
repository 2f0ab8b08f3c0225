#pragma once
// net: the doors to the outside. Event loops, streams, TLS, line channels, listeners, DNS, blocking workers.
//
// - One Loop is one thread. A Stream, a Channel and a Listener belong to one Loop; use them on its thread
// only.
//   What may be called from any thread says so.
// - Every wait takes a Deadline. A peer can end a wait only with a Failure: closed, timed_out, or temporary.
// - Nothing is read ahead of need: an idle connection holds no buffer (Channel takes one when bytes are
// there).
// - Asio, OpenSSL and libunbound are names of this room's .cc files only; no header here includes them.
// - A door has a fake: FakeResolver for Resolver, stream_pair() for a connection.
