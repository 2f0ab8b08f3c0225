#pragma once
// trace: what happened. Two things are written down and can be asked for later:
//
// - sessions: the detailed log of every connection (SessionLog), as lines for the running log and, where the
//   settings say so, as a transcript in the store;
// - journeys: what became of each message, from the session that brought it to the last recipient's result.
//
// Journey events are written with the commit that makes them true, so a journey never tells what did not
// happen. Transcripts are written behind the sessions' backs, about once a second: a crash may lose the last
// second of them, never a message. Nothing here is needed to deliver mail: a failed write is logged, and the
// session goes on. Secrets and message bodies never come in: the sessions mask them (received_masked).
