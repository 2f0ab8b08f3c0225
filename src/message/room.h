#pragma once
// message: RFC 5322 and MIME (rfc2045 to rfc2049, rfc2231). Pure: bytes in, values out; no clock, no files,
// no sockets.
//
// Input is whatever a peer sent: every function here takes any bytes, gives an answer, and never fails unless
// its comment says so. Line ends may be CRLF, bare LF, or a mixture; a bare CR is an ordinary byte.
// Every function is linear in its input. Depth, counts and lengths are capped, each cap with its reason
// beside it. Views (std::string_view) point into the bytes the caller gave; offsets count from the message's
// first byte. Nothing keeps state between calls; everything may be called from any thread.
//
// Malformed MIME is read as Dovecot and Cyrus read it where those two agree, because clients were tested
// there.
