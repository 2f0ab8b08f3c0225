"""A memory ceiling that the system holds a process to, and the figures to assert it with.

Where the cgroup v1 memory controller can be written, the process lives in a group of its own with a hard
limit: memory that can't be reclaimed over it gets the process killed, which every test notices. Elsewhere
RLIMIT_DATA (private writable memory, Linux 4.7) stands in for it. In both forms VmHWM, the peak of resident
memory, is asserted too.
"""
import contextlib
import os
import resource

CGROUP = "/sys/fs/cgroup/memory"
MIB = 1024 * 1024


class Ceiling:
    def __init__(self, mebibytes):
        self.bytes = mebibytes * MIB
        self.group = self._make_group()
        self.kind = "cgroup memory limit" if self.group else "RLIMIT_DATA"

    def _make_group(self):
        group = os.path.join(CGROUP, f"mansio-abuse-{os.getpid()}")
        try:
            os.mkdir(group)
            with open(os.path.join(group, "memory.limit_in_bytes"), "w", encoding="ascii") as limit:
                limit.write(str(self.bytes))
        except OSError:
            with contextlib.suppress(OSError):
                os.rmdir(group)
            return None
        return group

    def enter(self):
        """For preexec_fn: the process about to become the server."""
        if self.group:
            with open(os.path.join(self.group, "cgroup.procs"), "w", encoding="ascii") as members:
                members.write(str(os.getpid()))
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (self.bytes, self.bytes))

    def peak_of_group(self):
        """Bytes at the highest moment, page cache and socket buffers in it; None without a group."""
        if not self.group:
            return None
        with open(os.path.join(self.group, "memory.max_usage_in_bytes"), encoding="ascii") as peak:
            return int(peak.read())

    def kills(self):
        """How often the system had to kill to hold the limit; 0 without a group."""
        if not self.group:
            return 0
        with open(os.path.join(self.group, "memory.oom_control"), encoding="ascii") as control:
            fields = dict(line.split() for line in control)
        return int(fields.get("oom_kill", 0))

    def close(self):
        """After the process has ended."""
        if self.group:
            with contextlib.suppress(OSError):
                os.rmdir(self.group)


def memory(pid):
    """{"rss": bytes now, "peak": bytes at most so far} of resident memory."""
    fields = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            name, _, value = line.partition(":")
            fields[name] = value
    return {"rss": int(fields["VmRSS"].split()[0]) * 1024, "peak": int(fields["VmHWM"].split()[0]) * 1024}


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
