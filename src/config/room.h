#pragma once
// config: the one settings table. A group of settings is a struct with its defaults (<group>_settings.h) and
// its rows (<group>_settings.cc): key, range, whether a reload takes it, and the reason. From the rows come
// the file reader, the error messages, `mansio config describe` and doc/settings.md. A limit without a row
// does not exist.
//
// Settings are plain values: loaded once, handed out by const reference or copy, never changed in place.
// Reading the file is the only input; no room looks at the environment. Nothing here opens a socket or a
// store.
