#pragma once
// wire::pop3: the bytes of POP3, rfc1939 with rfc2449 (CAPA), rfc2595 (STLS), rfc5034 (AUTH), rfc6856 (UTF8,
// LANG).
//
// Pure: bytes in, a value or "this was wrong" out. Nothing here holds a connection, knows an account or reads
// a clock. A verb's place in a session (which states, which handler) is the command table of pop3d; here are
// the grammars of the arguments, the shapes of the answers, and the two filters a message passes on its way
// out: TopCutter (header and n lines) and DotStuffer (CRLF line ends, doubled dots, the final dot). Linear
// time; memory is the caller's line and output buffer.
