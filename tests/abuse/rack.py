"""What the abuse programs share: a server under a memory ceiling, honest clients beside the attack, the sums.

    class Slow(AbuseTestCase):
        settings = {"smtp": {"command-timeout": "10s"}}
        def test_something(self):
            with self.under_attack("slow peers"):
                ...

Attacks run in processes of their own, at a lower priority: a real attacker does not share our processor.
"""
import contextlib
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))
import server as kit  # noqa: E402
import ceiling as limits  # noqa: E402
from meddle import Meddle  # noqa: E402

MIB = 1024 * 1024
HONEST_LIMIT = 0.250  # seconds, for 99 of 100 operations of honest clients
# Others may overload the machine. Then the limit grows, and the figures say so.
QUIET_REFERENCE = 0.050  # where the reference's p99 is over this, its fivefold is added: a delivery waits as often
OVERLOAD_FACTOR = 5
QUIET_SHARE = 0.3  # where other programs use more of the processors than this, what is left counts
ATTACKER_NICE = 10
SETTLE_SECONDS = 30
SERVER_ATTACHES = 3  # descriptors that may come and go: store files


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Processors:
    """Which share of the machine's processors other programs used, from the making to stop(): neither the
    server nor the test and its children (those that have ended). Without a server: all but the test."""

    def __init__(self, server):
        self.server = server
        self.before = self._now()
        self.share = 0.0

    def _now(self):
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(field) for field in stat.readline().split()[1:9]]
        idle = ticks[3] + ticks[4]
        own = limits.cpu_seconds(self.server.pid) if self.server else 0.0
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            used = resource.getrusage(who)
            own += used.ru_utime + used.ru_stime
        hertz = os.sysconf("SC_CLK_TCK")
        return sum(ticks) / hertz, (sum(ticks) - idle) / hertz, own

    def stop(self):
        total, busy, own = (now - before for now, before in zip(self._now(), self.before))
        self.share = max(0.0, busy - own) / max(total, 0.01)


def slowness():
    """How many times as long things may take, by what others use of the processors in this moment: 1 to 10."""
    processors = Processors(None)
    time.sleep(0.5)
    processors.stop()
    return 1 / (1 - min(processors.share, 0.9)) if processors.share > QUIET_SHARE else 1.0


class Honest:
    """The process of honest.py, from `with` to its end; then what it measured."""

    def __init__(self, server):
        self.server = server
        self.seconds = {}
        self.errors = []
        self.processors = Processors(server)

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "honest.py"), str(self.server.ports.base), self.server.folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.process.wait(60)
            raise AssertionError("the honest clients did not start")
        return self

    def __exit__(self, kind, value, trace):
        output, _ = self.process.communicate("", timeout=180)
        self.processors.stop()
        measured = json.loads(output)
        self.seconds, self.errors = measured["seconds"], measured["errors"]

    def limit(self):
        reference = percentile(self.seconds["reference"], 0.99)
        share = min(self.processors.share, 0.9)
        limit = HONEST_LIMIT / (1 - share) if share > QUIET_SHARE else HONEST_LIMIT
        return limit + (OVERLOAD_FACTOR * reference if reference > QUIET_REFERENCE else 0)

    def protocols(self):
        """{protocol: seconds of all its operations}"""
        joined = {}
        for operation, seconds in self.seconds.items():
            joined.setdefault(operation.split()[0], []).extend(seconds)
        return joined

    def print_table(self):
        print(f"  {'operation':14} {'count':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
        for operation, seconds in sorted(self.seconds.items()):
            figures = [1000 * value for value in (percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))]
            print(f"  {operation:14} {len(seconds):6} {figures[0]:8.1f} {figures[1]:8.1f} {figures[2]:8.1f}")
        print(f"  others used {100 * self.processors.share:.0f} % of the processors; limit {1000 * self.limit():.0f} ms")

    def problems(self, exempt=()):
        limit = self.limit()
        found = [f"honest client failed: {error}" for error in self.errors[:5]]
        for protocol, seconds in self.protocols().items():
            p99 = percentile(seconds, 0.99)
            if protocol not in ("reference", *exempt) and p99 > limit:
                found.append(f"p99 of {protocol} is {1000 * p99:.0f} ms, over {1000 * limit:.0f} ms")
        return found


def _run_attack(attack, arguments, pipe):
    os.nice(ATTACKER_NICE)
    try:
        pipe.send(("done", attack(pipe, *arguments)))
    except (OSError, EOFError, AssertionError, ValueError) as error:
        pipe.send(("failed", f"{type(error).__name__}: {error}"))


class Attack:
    """A function of attacks.py in its own process. It gets a pipe and its arguments; what it returns is the
    result. `say()` and `hear()` are for those that hold something until told to let go."""

    def __init__(self, attack, *arguments):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_run_attack, args=(attack, arguments, other), daemon=True)
        self.process.start()
        other.close()

    def hear(self, timeout):
        if not self.pipe.poll(timeout):
            self.process.kill()
            raise AssertionError("the attack did not get through in time")
        kind, value = self.pipe.recv()
        if kind == "failed":
            raise AssertionError(f"the attack itself failed: {value}")
        return value

    def say(self, word):
        self.pipe.send(word)

    def result(self, timeout=120):
        value = self.hear(timeout)
        self.process.join(30)
        return value


class AbusedServer(kit.Server):
    """A server under a ceiling, with settings {"section": {"key": value}} over those of init --lab."""

    def __init__(self, mebibytes, settings, **options):
        super().__init__(**options)
        self.configure({"server": {"memory-budget": "64MiB", "drain-time": "5s"}, **settings})
        self.ceiling = limits.Ceiling(mebibytes)

    def configure(self, settings):
        with open(self.config, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for section, values in settings.items():
            head = f"[{section}]"
            if head not in lines:
                lines += ["", head]
            for key, value in values.items():
                lines = [line for line in lines if not self._sets(lines, line, head, key)]
                lines.insert(lines.index(head) + 1, f"{key} = {json.dumps(value)}")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    @staticmethod
    def _sets(lines, line, head, key):
        """Is this the line of that section that sets the key?"""
        if line.split("=")[0].strip() != key:
            return False
        before = [other for other in lines[:lines.index(line)] if other.startswith("[")]
        return bool(before) and before[-1] == head

    def start(self, **options):
        return super().start(preexec_fn=self.ceiling.enter, **options)

    @property
    def pid(self):
        return self.process.pid

    def facts(self):
        return {**limits.memory(self.pid), "descriptors": limits.descriptors(self.pid)}

    def connections(self):
        """Of all mail protocols, as the server counts them."""
        status = json.loads(self.command("status", "--json"))
        return sum(status[name] for name in ("smtp_connections", "imap_connections", "pop3_connections"))

    def wait_until(self, is_so, seconds, what):
        """Polls: what a server has let go of shows outside in /proc alone."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"after {seconds} s still not: {what}; {self.facts()}")
            time.sleep(0.05)

    def close(self):
        super().close()
        self.ceiling.close()


class AbuseTestCase(unittest.TestCase):
    """A server for each test. It must survive, stay under the ceiling, let go of memory and descriptors, say
    goodbye with exit 0, and leave a store without a fault."""

    settings = {}
    mebibytes = 256
    give_back = 64  # MiB over the memory before the attack that may stay: pools, allocator, store caches
    server_options = {}
    wishes = None  # {...}: the server runs with meddle.py's preload, and these wishes from the start

    def setUp(self):
        self.server = AbusedServer(self.mebibytes, self.settings, **self.server_options)
        self.addCleanup(self.server.close)
        try:
            for name in ("alice", "carol", "mallory"):
                self.server.add_account(name)
            self.start_server()
            for name in ("alice", "carol"):
                self.server.deliver(name, kit.message("first", to=name, body="x" * 70 + "\r\n"))
        except BaseException:
            self.server.failed = True
            raise

    def start_server(self):
        options = {}
        if self.wishes is not None:
            self.meddle = Meddle(os.path.join(self.server.folder, "meddle"), **self.wishes)
            options["env"] = self.meddle.environment
        self.server.start(**options)

    @contextlib.contextmanager
    def under_attack(self, name, honest=True, exempt=()):
        """The attack is the body. Yields a place for what the caller wants printed. `exempt`: protocols whose
        operations have to wait, by what is done to the server."""
        notes = {}
        clients = Honest(self.server) if honest else contextlib.nullcontext()
        try:
            with clients:
                before = self.server.facts()
                cpu = limits.cpu_seconds(self.server.pid)
                began = time.monotonic()
                yield notes
                took = time.monotonic() - began
                cpu = limits.cpu_seconds(self.server.pid) - cpu
            print(f"{name}: {took:.1f} s, server's processor {cpu:.1f} s; "
                  + ", ".join(f"{key} {value}" for key, value in notes.items()))
            if honest:
                clients.print_table()
            self._judge_memory(before)
            if honest:
                self.assertEqual(clients.problems(exempt), [], name)
        except BaseException:
            self.server.failed = True
            raise

    def _judge_memory(self, before):
        server = self.server
        self.assertIsNone(server.process.poll(), "the server is gone")
        server.wait_until(lambda: server.connections() == 0, SETTLE_SECONDS, "all sessions ended")
        server.wait_until(lambda: server.facts()["descriptors"] <= before["descriptors"] + SERVER_ATTACHES,
                          SETTLE_SECONDS, f"descriptors back at {before['descriptors']}")
        after = server.facts()
        group = server.ceiling.peak_of_group()
        print(f"  memory: {before['rss'] / MIB:.0f} MiB before, {after['rss'] / MIB:.0f} after, "
              f"peak {after['peak'] / MIB:.0f}" + (f" (group {group / MIB:.0f})" if group else "")
              + f", ceiling {self.mebibytes} ({server.ceiling.kind}); descriptors {before['descriptors']} before, "
              f"{after['descriptors']} after", flush=True)
        self.assertEqual(server.ceiling.kills(), 0, "killed for memory")
        self.assertLess(after["peak"], server.ceiling.bytes, "over the ceiling")
        self.assertLess(after["rss"], before["rss"] + self.give_back * MIB, "memory was not given back")

    def tearDown(self):
        try:
            if self.server.process is not None:
                self.server.stop()
            self.server.check()
            self.assertEqual(set(re.findall("bug: [^\"]*", self.server.log_text())), set())
        except BaseException:
            self.server.failed = True
            raise
