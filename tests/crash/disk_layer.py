"""A server on a disk that can lose its power or fail: the layer in layer/, seen from a test.

    server = LayeredServer(smarthost=...)
    server.start(); ...
    server.cut_soon(300)        # the power fails at the 300th call from now that changes the disk
    server.wait_for_cut(10)     # it did; the directory is what the disk had
    server.start()              # recovers from that
"""
import collections
import ctypes
import errno
import mmap
import os
import signal
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import server as kit  # noqa: E402

LAYER = os.environ.get("MANSIO_DISK_LAYER",
                       os.path.join(os.path.dirname(kit.BINARY), "tests", "crash", "layer", "libdisk_layer.so"))

# layer/control.h has the same list.
WORDS = ("calls", "cut_at", "seed", "survival", "ordered_names", "sync_delay", "cut_at_exit", "state", "rewriter",
         "files_changed", "bytes_undone", "names_undone", "writes", "syncs", "cut_call", "cut_kind", "fault_calls",
         "fault_kinds", "fault_skip", "fault_count", "fault_error", "fault_kind", "fault_delay", "fault_hits",
         "free_bytes")
WRITE, SYNC, READ, OPEN, CREATE, RENAME, UNLINK, TRUNCATE, ALLOCATE, SYNC_DIRECTORY = (1 << n for n in range(10))
LOG, TABLE, MANIFEST, OTHER, DIRECTORY = (1 << n for n in range(5))
ANY_FILE = LOG | TABLE | MANIFEST | OTHER | DIRECTORY
ERROR, SHORT_WRITE, DELAY = range(3)
UNTIL_LIFTED = (1 << 64) - 1
RUNNING, CUTTING, REWRITTEN = range(3)
SURVIVALS = ("by_seed", "nothing", "everything", "prefix", "torn", "scattered", "zeros")
CALL_NAMES = {WRITE: "write", SYNC: "sync", OPEN: "open", CREATE: "create", RENAME: "rename", UNLINK: "unlink",
              TRUNCATE: "truncate", ALLOCATE: "allocate", SYNC_DIRECTORY: "sync"}
KIND_NAMES = {LOG: "log", TABLE: "table", MANIFEST: "manifest", OTHER: "other", DIRECTORY: "directory"}


def end_by_exception():
    """A driver that is told to stop takes its server with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def become_subreaper():
    """The process that rewrites the directory outlives the server; its end must reach us."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class Control:
    """The layer's shared block, word by word, as attributes."""

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(64 * 8))
        with open(path, "r+b") as file:
            self.__dict__["memory"] = mmap.mmap(file.fileno(), 64 * 8)

    def __getattr__(self, word):
        if word not in WORDS:
            raise AttributeError(word)
        return struct.unpack_from("=Q", self.memory, 8 * WORDS.index(word))[0]

    def __setattr__(self, word, value):
        struct.pack_into("=Q", self.memory, 8 * WORDS.index(word), value)


class LayeredServer(kit.Server):
    """A kit.Server whose store lies on the layer's disk."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        if not os.path.exists(LAYER):
            raise RuntimeError(f"no layer at {LAYER}: build disk_layer, or set MANSIO_DISK_LAYER")
        become_subreaper()
        self.control = Control(os.path.join(self.folder, "layer"))
        self.store = os.path.join(self.data, "data", "store")

    def environment(self):
        return dict(os.environ, LD_PRELOAD=LAYER, MANSIO_LAYER_ROOT=self.store,
                    MANSIO_LAYER_CONTROL=os.path.join(self.folder, "layer"))

    def spawn(self, ready):
        """Starts the process; `ready` is set when it says so or ends."""
        assert self.process is None, "it is running"
        control = self.control
        control.state = control.rewriter = control.calls = 0
        control.files_changed = control.bytes_undone = control.names_undone = 0
        self.process = subprocess.Popen([kit.BINARY, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment())
        self._tail = collections.deque(maxlen=10_000)
        self._reader = threading.Thread(target=self._collect, args=(self.process.stderr, ready), daemon=True)
        self._reader.start()

    def start(self):
        if not self.try_start():
            self.failed = True
            raise AssertionError("the server did not start:\n" + self.log_tail())
        return self

    def try_start(self):
        """Starts it; False when it died before it was ready (then wait_for_cut() says whether it was a cut)."""
        ready = threading.Event()
        self.spawn(ready)
        ready.wait(kit.START_SECONDS)
        return "ready\n" in self._tail  # `ready` is set when the log ends, too

    def cut_soon(self, calls):
        """The power fails at that many calls from now."""
        self.control.cut_at = self.control.calls + calls

    def wait_for_cut(self, timeout):
        """True when the power failed: the process is gone and the directory is rewritten."""
        if self.process is None:
            return False
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        self._finish()
        self.control.cut_at = 0
        if self.control.rewriter:
            _, status = os.waitpid(self.control.rewriter, 0)
            assert status == 0, f"the rewriter ended with {status}"
        if self.control.state != REWRITTEN:
            self.failed = True
            raise AssertionError(f"the server died by itself:\n{self.log_tail()}")
        return True

    def cut_now(self):
        """Cuts at the next call. An idle server makes one within a second; if not, it is killed."""
        self.cut_soon(1)
        if not self.wait_for_cut(3):
            self.control.cut_at = 0
            self.kill()

    def describe_cut(self):
        control = self.control
        return f'{CALL_NAMES.get(control.cut_call, "no")} {KIND_NAMES.get(control.cut_kind, "call")}'

    def describe_disk(self):
        control = self.control
        return (f"cut at {self.describe_cut()}, layer seed {control.seed}, names "
                f'{"in order" if control.ordered_names else "in any order"}, {control.files_changed} files and '
                f"{control.names_undone} names set back")

    # Faults

    def break_disk(self, calls, kinds=ANY_FILE, *, error=errno.EIO, kind=ERROR, skip=0, count=UNTIL_LIFTED, delay=0):
        control = self.control
        control.fault_calls = 0
        control.fault_hits = 0
        control.fault_kinds = kinds
        control.fault_error = error
        control.fault_kind = kind
        control.fault_skip = skip
        control.fault_count = count
        control.fault_delay = int(delay * 1_000_000)
        control.fault_calls = calls

    def mend_disk(self):
        self.control.fault_calls = 0

    def show_free_bytes(self, count):
        """What statvfs() says from now on; None: the truth."""
        self.control.free_bytes = 0 if count is None else count + 1

    def stop_by_signal(self):
        self.process.send_signal(signal.SIGTERM)
