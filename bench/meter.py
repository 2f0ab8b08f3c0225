"""What a server costs: CPU, bytes written, flushes, memory; over all its processes.

A Group is one server's processes. CPU comes from a control group of its own (cgroup v1 cpuacct, else v2), which also
counts processes that are gone; without cgroups it comes from the tree of processes below those the group started,
with the time of ended children. Bytes written are the kernel's write_bytes of each process, in which a parent has those
of the children it waited for. Flushes and sectors are counters of the whole block device: use a disk nobody else
writes to (`run --loop-disk`), or read them as an upper bound.
"""
import dataclasses
import os
import signal
import subprocess
import threading
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
V1 = "/sys/fs/cgroup/cpuacct"
V2_CANDIDATES = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
SECTOR = 512


def read(path, otherwise=""):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return otherwise


def cgroup_root():
    """(kind, folder) of the accounting at hand: "v1", "v2" or "tree"."""
    if os.path.exists(f"{V1}/cpuacct.usage") and os.access(V1, os.W_OK):
        return "v1", V1
    for folder in V2_CANDIDATES:
        if os.path.exists(f"{folder}/cgroup.controllers") and os.access(folder, os.W_OK):
            if "cpu" in read(f"{folder}/cgroup.controllers").split() or os.path.exists(f"{folder}/cpu.stat"):
                return "v2", folder
    return "tree", ""


@dataclasses.dataclass
class Reading:
    """Counters at one moment."""
    when: float
    cpu: float
    written: int
    device_written: int
    flushes: int
    machine_cpu: float

    def until(self, later):
        return {"seconds": later.when - self.when, "cpu_seconds": later.cpu - self.cpu,
                "written": later.written - self.written,
                "device_written": later.device_written - self.device_written,
                "flushes": later.flushes - self.flushes,
                "machine_cpu_seconds": later.machine_cpu - self.machine_cpu}


class Device:
    """The block device below a folder."""

    def __init__(self, folder):
        number = os.stat(folder).st_dev
        link = f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"
        self.path = os.path.realpath(link) if os.path.exists(link) else None
        if self.path and os.path.exists(f"{self.path}/partition"):
            self.path = os.path.dirname(self.path)  # a partition has no flush counters of its own
        self.name = os.path.basename(self.path) if self.path else "none"

    def counters(self):
        """(bytes written, flushes) since boot; zeros when there is no block device (tmpfs, overlay)."""
        fields = read(f"{self.path}/stat").split() if self.path else []
        written = int(fields[6]) * SECTOR if len(fields) > 6 else 0
        flushes = int(fields[15]) if len(fields) > 15 else 0
        return written, flushes


def machine_cpu():
    """Seconds that all cores were busy since boot."""
    fields = [int(word) for word in read("/proc/stat").split("\n", 1)[0].split()[1:]]
    busy = sum(fields[:3]) + sum(fields[5:7])
    return busy / CLOCK_TICKS


class Group:
    def __init__(self, name, device):
        self.name = name
        self.device = device
        self.kind, root = cgroup_root()
        self.folder = os.path.join(root, f"mansio-bench-{name}-{os.getpid()}") if root else ""
        self.started = []
        if self.folder:
            os.makedirs(self.folder, exist_ok=True)

    def start(self, arguments, *, log, descriptors=20_000, cwd=None, environment=None):
        """Starts a program in the foreground as a member of the group."""
        command = ["/bin/sh", "-c", 'ulimit -n "$1"; [ -z "$0" ] || echo $$ > "$0/cgroup.procs"; shift; exec "$@"',
                   self.folder, str(descriptors), *arguments]
        with open(log, "ab") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd,
                                       env=environment, start_new_session=True)
        self.started.append(process)
        return process

    def stop(self, process, patience=30):
        """SIGTERM, and SIGKILL when it does not help. Returns its exit status."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(patience)
        self.started.remove(process)
        return process.returncode

    def stop_rest(self, patience=10):
        """Ends what outlived its parent: sessions of a server that was told to stop."""
        deadline = time.monotonic() + patience
        sent = signal.SIGTERM
        while left := self.members():
            for one in left:
                try:
                    os.kill(one, sent)
                except ProcessLookupError:
                    pass
            if time.monotonic() > deadline:
                sent = signal.SIGKILL
            time.sleep(0.05)

    def remove(self):
        self.stop_rest()
        if self.folder and os.path.isdir(self.folder):
            os.rmdir(self.folder)

    # What it costs

    def members(self):
        if self.folder:
            return [int(word) for word in read(f"{self.folder}/cgroup.procs").split()]
        return self._tree()

    def _tree(self):
        children = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and (fields := _stat(name)):
                children.setdefault(int(fields[1]), []).append(int(name))
        found = [process.pid for process in self.started if process.poll() is None]
        for one in found:
            found += children.get(one, [])
        return found

    def cpu_seconds(self):
        if self.kind == "v1":
            return int(read(f"{self.folder}/cpuacct.usage", "0")) / 1e9
        if self.kind == "v2":
            return int(read(f"{self.folder}/cpu.stat").split()[1]) / 1e6
        return sum(sum(int(word) for word in fields[11:15]) for one in self.members()
                   if (fields := _stat(one))) / CLOCK_TICKS

    def bytes_written(self):
        total = 0
        for one in self.members():
            for line in read(f"/proc/{one}/io").splitlines():
                if line.startswith("write_bytes:"):
                    total += int(line.split()[1])
        return total

    def memory(self):
        """Proportional set size of all processes, in bytes."""
        return sum(process_memory(one) for one in self.members())

    def reading(self):
        device_written, flushes = self.device.counters()
        return Reading(time.monotonic(), self.cpu_seconds(), self.bytes_written(), device_written, flushes,
                       machine_cpu())

    def settle(self, patience=10.0, pause=0.1):
        """Waits until the server rests: what it does after its last answer is part of its cost. Returns the
        moment it was last busy (now, when it never came to rest)."""
        deadline = time.monotonic() + patience
        calm, before, busy_at = 0, self.cpu_seconds(), time.monotonic()
        while calm < 3 and time.monotonic() < deadline:
            time.sleep(pause)
            now = self.cpu_seconds()
            if now - before < 0.03 * pause:
                calm += 1
            else:
                calm, busy_at = 0, time.monotonic()
            before = now
        return busy_at


def process_memory(process):
    """Its proportional set size in bytes; 0 when it is gone."""
    for line in read(f"/proc/{process}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _stat(process):
    """Fields of /proc/PID/stat behind the name, state first; None when it is gone."""
    text = read(f"/proc/{process}/stat")
    return text.rpartition(")")[2].split() if text else None


class PeakMemory:
    """Samples a group's memory while the block runs. Once a second: reading hundreds of maps costs CPU too."""

    def __init__(self, group, every=1.0):
        self.group = group
        self.every = every
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self):
        while True:
            self.peak = max(self.peak, self.group.memory())
            if self._ended.wait(self.every):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self.peak = max(self.peak, self.group.memory())
