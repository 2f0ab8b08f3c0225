#pragma once
#include "imapd/thread_input.h"
#include "imapd/thread_tree.h"

// The threading algorithms of rfc5256#3. Pure; about linear in messages and references, without recursion.
namespace mansio::imapd {

/// ORDEREDSUBJECT: messages with one base subject are a thread, all of them children of the oldest.
ThreadTree thread_by_subject(const ThreadInput& input);

/// REFERENCES: by who answered whom, then threads with one base subject are joined.
ThreadTree thread_by_references(const ThreadInput& input);

} // namespace mansio::imapd
