#!/usr/bin/python3
"""Mixed traffic for a long time, with restarts, and what drifts.

    soak.py MINUTES [SEED]      60 and more tell something about leaks; a report each tenth of the time

Users are sent mail, submit it (relayed to a sink here), read it with IMAP clients of several habits and POP3
fetchers, tidy up; accounts come and go; the server restarts at a third and at two thirds of the time. At the end
every mailbox holds what it must, each message once, the sink has all that was relayed, and the store is clean.

Drift is judged within the stretches between restarts, second quarter against last; that of latency only where
other programs left the processors alone. What counts as too much:
"""
import collections
import glob
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("clients", "abuse"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import ceiling as limits  # noqa: E402
import rack  # noqa: E402
import server as kit  # noqa: E402
from remotes import Remote  # noqa: E402
from ledger import Latencies, Ledger  # noqa: E402
import traffic  # noqa: E402

MIB = rack.MIB
MOST_MEMORY = 24 * MIB  # growth of resident memory from the second to the last quarter of a stretch
MOST_DESCRIPTORS = 16
MOST_LATENCY = 0.250  # seconds, growth of an operation's p99 over the same, where there were 50 operations
DISK_FACTOR = 3  # bytes on disk for each byte of mail that is kept, transcripts and logs of the store in it
DISK_FREE = 256 * MIB  # and this much beside it
USERS = 12


class Sample:
    def __init__(self, server, seconds, others):
        pid = server.pid
        self.at = seconds
        self.others = others  # share of the processors that other programs used since the last sample
        self.memory = limits.memory(pid)["rss"]
        self.proportional = self._rollup(pid)
        self.descriptors = limits.descriptors(pid)
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        self.disk = sum(os.path.getsize(path) for path in self._files(server.data))
        self.cpu = limits.cpu_seconds(pid)

    @staticmethod
    def _files(folder):
        return [path for path in glob.glob(folder + "/**", recursive=True) if os.path.isfile(path)]

    @staticmethod
    def _rollup(pid):
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))


class Soak:
    def __init__(self, minutes, seed):
        self.seconds = minutes * 60
        self.seed = seed
        self.ledger = Ledger()
        self.latencies = Latencies()
        self.stop = threading.Event()
        self.paused = threading.Event()
        self.users = [f"user{number}" for number in range(USERS)]
        self.sink = Remote("127.0.0.1", kit.free_port(), "good")
        self.server = rack.AbusedServer(512, {"relay": {"first-retry": "5s", "max-retry": "10s"}, "store":
                                              {"collect-interval": "30s"}},
                                        smarthost=f"127.0.0.1:{self.sink.listening.getsockname()[1]}")
        self.stretches = [[]]
        self.spent = []  # [(seconds since the start, {operation: [seconds]})] for the stretch's judgement
        self.unexpected = collections.Counter()

    # The run

    def run(self):
        for user in self.users:
            self.server.add_account(user)
        self.server.start()
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.keep_going, args=(habit,)) for habit in self.habits()]
        for thread in threads:
            thread.start()
        try:
            self.watch()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        return self.judge()

    def habits(self):
        for number in range(3):
            yield traffic.Sender(self, f"sender{number}")
        for number, user in enumerate(self.users):
            yield traffic.Fetcher(self, user) if number % 4 == 3 else traffic.Tidy(self, user)
            if number % 3 == 0:
                yield traffic.Submitter(self, user)
            if number % 2 == 0:
                yield traffic.Phone(self, user)
            if number % 2 == 1:
                yield traffic.Desktop(self, user)
        yield traffic.Administrator(self, "administrator")

    def keep_going(self, habit):
        wait = 0.0
        while not self.stop.wait(wait):
            began = time.monotonic()
            try:
                habit.round()
            except traffic.EXPECTED as error:
                if not self.paused.is_set() and not self.stop.is_set():
                    self.latencies.add_error(type(habit).__name__, error)
                habit.leave()
            wait = max(0.0, began + habit.pace * habit.chance.uniform(0.5, 1.5) - time.monotonic())
        habit.leave()

    def watch(self):
        step = self.seconds / 30
        restarts = {10, 20}
        print(f"{self.seconds / 60:.0f} minutes, seed {self.seed}; a line each {step:.0f} s")
        print(f"{'time':>6} {'RSS':>6} {'PSS':>6} {'fds':>4} {'thr':>4} {'disk MiB':>8} {'msgs':>7} {'cpu s':>7} others"
              f"  p50/p99 ms of the slowest three operations")
        processors = rack.Processors(self.server)
        for number in range(1, 31):
            self.stop.wait(max(0.0, self.began + number * step - time.monotonic()))
            if self.server.process.poll() is not None:
                raise AssertionError("the server is gone")
            processors.stop()
            self.report(Sample(self.server, time.monotonic() - self.began, processors.share))
            if number in restarts:
                self.restart()
            processors = rack.Processors(self.server)

    def report(self, sample):
        taken, errors = self.latencies.take()
        self.stretches[-1].append((sample, taken))
        self.unexpected.update(errors)
        slow = sorted(((rack.percentile(values, 0.99), name, values) for name, values in taken.items()),
                      reverse=True)[:3]
        shown = ", ".join(f"{name} {1000 * rack.percentile(values, 0.5):.0f}/{1000 * p99:.0f}"
                          for p99, name, values in slow)
        print(f"{sample.at:6.0f} {sample.memory / MIB:6.1f} {sample.proportional / MIB:6.1f} {sample.descriptors:4}"
              f" {sample.threads:4} {sample.disk / MIB:8.1f} {self.ledger.counts['messages']:7} {sample.cpu:7.1f}"
              f" {100 * sample.others:4.0f} %  {shown}", flush=True)

    def restart(self):
        self.paused.set()
        began = time.monotonic()
        self.server.restart()
        print(f"       restarted in {time.monotonic() - began:.1f} s", flush=True)
        self.stop.wait(2)  # clients notice, and connect again
        self.paused.clear()
        self.latencies.take()
        self.stretches.append([])

    # The judgement

    def judge(self):
        problems = [f"{count} times: {error}" for error, count in self.unexpected.items()]
        for number, stretch in enumerate(self.stretches, 1):
            problems += [f"stretch {number}: {text}" for text in self.drift(stretch)]
        self.server.wait_until(lambda: not self.server.queue(), 120, "an empty queue")
        problems += self.compare()
        kept = self.ledger.bytes_in
        disk = self.stretches[-1][-1][0].disk
        if disk > DISK_FACTOR * kept + DISK_FREE:
            problems.append(f"{disk / MIB:.0f} MiB on disk for {kept / MIB:.0f} MiB of mail that came in")
        self.server.stop()
        print(self.server.check().strip())
        self.print_operations()
        print(f"{dict(self.ledger.counts)}, {len(self.ledger.relayed)} relayed, "
              f"{self.ledger.bytes_in / MIB:.0f} MiB in")
        self.server.failed = bool(problems)
        return problems

    @staticmethod
    def quarter(values, number):
        size = len(values) // 4
        return values[number * size:(number + 1) * size] if number < 3 else values[3 * size:]

    def drift(self, stretch):
        second, last = self.quarter(stretch, 1), self.quarter(stretch, 3)
        if not second:
            return
        for name, most in (("memory", MOST_MEMORY), ("descriptors", MOST_DESCRIPTORS)):
            before, after = (rack.percentile([getattr(sample, name) for sample, _ in part], 0.5)
                             for part in (second, last))
            print(f"drift of {name}: {before} to {after}")
            if after - before > most:
                yield f"{name} grew from {before} to {after}"
        others = max(sample.others for sample, _ in second + last)
        if others > rack.QUIET_SHARE:
            print(f"drift of latency: not judged, other programs used up to {100 * others:.0f} % of the processors")
            return
        for operation in sorted({name for _, taken in stretch for name in taken}):
            before, after = ([value for _, taken in part for value in taken.get(operation, [])]
                             for part in (second, last))
            if min(len(before), len(after)) < 50:
                continue
            p99 = rack.percentile(before, 0.99), rack.percentile(after, 0.99)
            if p99[1] - p99[0] > MOST_LATENCY:
                yield f"p99 of {operation} grew from {p99[0]:.3f} s to {p99[1]:.3f} s"

    def compare(self):
        problems = []
        for user in self.users:
            found = collections.Counter()
            with self.server.imap(user) as client:
                for mailbox in ("INBOX", "Archive"):
                    if client.select(mailbox, readonly=True)[1] in ([b"0"],) or client.state != "SELECTED":
                        continue
                    rows = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
                    found.update(traffic.TOKEN.search(row[1])[1].decode() for row in rows if isinstance(row, tuple))
            problems += self.ledger.problems(user, found)
            self.ledger.counts["found"] += sum(found.values())
        arrived = {name.strip("<>").partition("@")[0] for name in self.sink.received}
        if missing := self.ledger.relayed - arrived:
            problems.append(f"{len(missing)} messages were not relayed, such as {sorted(missing)[0]}")
        if surplus := arrived - self.ledger.relayed - self.ledger.relay_unsure:
            problems.append(f"{len(surplus)} messages were relayed that nobody sent")
        return problems

    def print_operations(self):
        joined = collections.defaultdict(list)
        for stretch in self.stretches:
            for _, taken in stretch:
                for name, values in taken.items():
                    joined[name] += values
        for name, values in sorted(joined.items()):
            print(f"{name:20} {len(values):7}  p50 {1000 * rack.percentile(values, 0.5):7.1f} ms"
                  f"  p99 {1000 * rack.percentile(values, 0.99):7.1f} ms  max {1000 * max(values):7.1f} ms")

    def close(self):
        self.sink.close()
        self.server.close()


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_007
    soak = Soak(minutes, seed)
    try:
        problems = soak.run()
    except BaseException:
        soak.server.failed = True
        raise
    finally:
        soak.close()
    for problem in problems:
        print(f"PROBLEM {problem}")
    print(f"verdict: {'bad' if problems else 'good'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
