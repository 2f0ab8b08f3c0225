#pragma once
// relay: mail on its way to other servers. Routing, the outbound SMTP session, and the driver that works off
// the queue's schedule.
//
// - Everything runs on one Loop. A connection belongs to one coroutine; the queue is the only state that
// survives
//   a crash, and it is written before each step (queue/room.h).
// - What a remote host says is untrusted: replies are bounded, kept as data, and escaped where they are
// shown.
// - Only an answer is an answer. A lost connection, an unreadable reply or a fault of ours is temporary.
// - Nothing that leaves holds a bare CR or LF, whatever the stored message holds (wire/smtp/data_encoder.h).
// - No password and no message body ever comes into the session's log.
