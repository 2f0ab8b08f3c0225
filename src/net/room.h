#pragma once
// net: the doors to the outside. Event loops, streams, TLS, line channels, listeners, DNS, blocking workers.
//
// - One Loop is one thread. A Stream, a Channel and a Listener belong to one Loop; use them on its thread.
//   What may be called from any thread says so.
// - Every wait takes a Deadline. A peer can end a wait only with a Failure.
// - An idle connection holds no buffer: Channel takes one when bytes are there, and gives it back when empty.
// - Asio lives in loop.cc alone, libunbound in unbound_resolver.cc, OpenSSL behind the private tls_context.h.
// - Private headers of this room: watch.h, stream_core.h, socket_address.h, tls_context.h, dns_wire.h.
// - A door has a fake: FakeResolver for Resolver, stream_pair() for a connection.
