"""Meddling with a server's clocks and syncs from outside: the file that meddle.cc reads, preloaded."""
import mmap
import os
import struct
import unittest

FIELDS = ("wall_clock_offset", "speed", "sync_delay", "syncs")


class Meddle:
    """Numbers in a file that the server has mapped: set them as attributes, at any time (speed: before the
    start alone)."""

    def __init__(self, path, **wishes):
        library = os.environ.get("MEDDLE_LIBRARY", "")
        if not os.path.exists(library):
            raise unittest.SkipTest("MEDDLE_LIBRARY does not name the preload library (target meddle)")
        size = 8 * len(FIELDS)
        with open(path, "wb") as file:
            file.write(b"\0" * size)
        with open(path, "r+b") as file:
            object.__setattr__(self, "bytes", mmap.mmap(file.fileno(), size))
        object.__setattr__(self, "environment", {**os.environ, "LD_PRELOAD": library, "MEDDLE": path})
        for name, value in wishes.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        struct.pack_into("<q", self.bytes, 8 * FIELDS.index(name), value)

    def __getattr__(self, name):
        return struct.unpack_from("<q", self.bytes, 8 * FIELDS.index(name))[0]
