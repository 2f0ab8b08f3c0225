#pragma once
// app: main, wiring, command line, signals, reload. The only room that knows all others.
//
// Order of life: House (store and domain rooms) first, Server (loops, listeners, relay) on top of it, torn
// down in the opposite order. The main thread waits for signals and does nothing else while the server runs.
