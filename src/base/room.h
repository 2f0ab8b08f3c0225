#pragma once
// base: what every room speaks. Text, bytes, ids, times, Outcome/Failure, Task/Executor, log events.
//
// Pure: no sockets, no files, no clock reads (except through Clock, a door with a fake). Nothing here knows a
// protocol. Everything is usable from any thread unless its comment says otherwise.
