#pragma once
// storage: Engine, an ordered transactional key-value store with blobs, and its engines.
//
// - rocksdb: the embedded default. A committer thread merges all waiting batches into one synced write.
// - memory: for tests. Forgets what was not synced, fails at any step, fills up.
//
// Reads may be called on any loop; they cost microseconds from cache. Commits never block the caller's
// thread: they wait in the committer's queue, and the awaiting coroutine resumes on its own executor. What
// survives a crash: every batch whose commit() returned a version, whole. Nothing of any other batch.
