#pragma once
// wire/sasl: the SASL mechanisms as state machines without I/O (rfc4422), both sides.
//
// A Server is fed the base64 lines the client sends and the answers of whoever knows the passwords; each call
// returns one Step: send a challenge, ask somebody something, failed, done. The session owns the framing (the
// "334 " or "+ " in front), the line cap (max_line) and the look-ups. Secrets pass through and are never kept
// longer than the exchange; no Step but the questions and the client's own lines holds one: log neither.
