#pragma once
// queue: mail on its way out. The spool (durable), the schedule (pure), the text of delivery reports (pure).
//
// - One record per message and one per remote recipient (layout.h). A recipient's record leaves only when it
// was
//   delivered, when its report was handed over, or when a person deleted it: nothing is dropped silently.
// - The store is the truth; memory holds only what the schedule needs to choose (a few words per recipient),
// and
//   is rebuilt by load(). A failed commit changes neither.
// - Every result is a commit of its own before the next step. An attempt is recorded before anybody dials, so
// a
//   crash in a loop can't hammer a remote host. These two don't wait for a sync (storage::Durable::soon): a
//   loss of power within 20 ms of the remote's 250 sends the message again, as one before the record always
//   would.
// - Spool is thread-safe. Writes to one message are serialised by a lock striped over the message's id;
// readers
//   and other messages don't wait. Schedule and the report texts know no clock, disk or socket.
// - This room decides when and what to report; it never opens a connection. relay drives it.
