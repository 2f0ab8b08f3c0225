#pragma once
// mailbox: the account log. One account is one sequence of changes with one counter, its modseq.
//
// Rules
// - An account has one owner executor. Whatever changes it runs there; every public call hops there and back
// by
//   itself, so callers on any loop may use it. No locks are held across a commit's wait except the account's
//   own change mutex (flags, expunge, copy, mailbox names); appends don't take it and share group commits.
// - Reserve, commit, publish: a change reserves its UIDs and modseq and names its writes; after the durable
//   commit it is published. Publishing happens in modseq order, whatever order commits return in. A failed
//   commit leaves a gap in UIDs and modseqs, never a reuse.
// - Readers hold a View: immutable, shared by every session that saw the same state. A session learns what
//   changed by comparing the View it showed its client with the current one (difference.h): no queue of
//   events, nothing to lose, nothing to overflow.
// - After a crash the state is the checkpoint pages plus the log entries after them. Counters are stored with
//   Batch::raise, so commits may become durable in any order.
// - What is stored is read as untrusted input: Fault::corrupt, never an assertion.
