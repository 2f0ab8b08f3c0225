#pragma once
// smtpd: SMTP, submission and LMTP sessions: rfc5321, rfc6409, rfc2033 and the extensions EHLO lists. One
// file per command.
//
// Rules
// - serve() is one coroutine per connection on the stream's loop: read a line, find it in the command table
//   (commands.cc: the contents page), run the handler. Handlers answer into the channel's output buffer; a
//   read that has to wait flushes it, so pipelined commands share packets (rfc2920).
// - Session is who is connected; Transaction is one mail on its way in. STARTTLS, EHLO, RSET, a failed or a
//   finished message destroy the transaction: nothing of it is left behind.
// - 250 after the message is said only when intake's commit returned. Unknown trouble is 451.
// - Port 25 and LMTP take mail for local recipients only, and nobody logs in there. Relaying needs a login on
//   submission. The envelope's sender is checked here, the header's in intake.
// - Only CRLF.CRLF ends DATA. A bare CR or LF gets the message refused on port 25 and LMTP, becomes CRLF on
//   submission.
// - Message bytes are held once, counted in the memory budget; a message that becomes too large, or that the
//   budget has no room for, is read to its end and dropped, so that the session can go on.
// - What a peer said is never put into a reply, a log line or a header field raw.
