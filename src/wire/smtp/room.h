#pragma once
// wire/smtp: SMTP and LMTP as bytes, both directions: rfc5321 and its extensions.
//
// Pure: text in; a value, "need more" or an error out. Nothing here reads a socket, knows a session's stage
// or keeps a buffer longer than its caller. Every function is linear in its input and may be called on any
// thread.
//
// - command.h, mail.h, rcpt.h: command lines -> values (server side). `Dialect` says how forgiving to be.
// - reply.h: replies -> bytes, and bytes -> replies (client side).
// - data_decoder.h, data_encoder.h: the message between DATA and the final dot.
