#pragma once
// intake: the one road in. SMTP, submission, LMTP, DSNs and whatever else brings a message hand it over here.
//
// A message is judged, placed and committed once: body blob, an entry in each local recipient's mailbox, a
// queue entry for the remote recipients and the trace events are one atomic, durable batch. accept() returns
// after the commit; only then may a session say 250. A failed commit leaves nothing behind.
