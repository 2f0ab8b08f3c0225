#!/usr/bin/python3
"""Power cuts under mixed load: what was acknowledged is there, exactly once, whatever the disk kept of the rest.

    power_loss.py [ROUNDS] [SEED] [--stop-at-first]     default: 25 rounds, a seed from the clock (printed)

The server's store lies on the tests' own layer (layer/), which knows what was synced. Each round SMTP, IMAP, POP3 and
relay clients work until the power fails at some call that changes the disk: under load, while the server starts or
recovers, while it stops, or after its clean end. Then the directory holds what was synced and a random part of the
rest. After the restart everything is compared with the model that the clients keep (imap_load.py, mail_load.py).
The store is carried from round to round, so that recovery is recovered from too; now and then it is fresh.
"""
import collections
import os
import poplib
import random
import sys
import threading
import time

import disk_layer
import imap_wire
import server as kit
from imap_load import ImapClient
from mail_load import Deliverer, PopClient, Post, PostCheck
from relay_sink import Sink

ROUNDS_PER_STORE = 25
# How names survive: "ordered" as on journaling file systems, "any" as POSIX promises no more; both by default.
NAMES = os.environ.get("MANSIO_LAYER_NAMES", "both")
LONGEST_LOAD = 5  # seconds; the cut is asked for after a number of calls, which come in thousands a second
SETTINGS = {
    # Small buffers: files are made and merged all the time.
    "store": 'write-buffer = "1MiB"\ncache = "1MiB"\ncollect-interval = "1s"',
    "relay": 'first-retry = "1s"\nmax-retry = "1s"\nreuse-time = "1s"',
    "accounts": 'argon2-memory = "8KiB"\nargon2-passes = 1\nscram-iterations = 4096',
}


def write_settings(server):
    with open(server.config, encoding="utf-8") as file:
        text = file.read()
    for group, lines in SETTINGS.items():
        head = f"[{group}]\n"
        text = text.replace(head, head + lines + "\n") if head in text else text + f"\n{head}{lines}\n"
    with open(server.config, "w", encoding="utf-8") as file:
        file.write(text)


class StartFailed(Exception):
    """The store can't be opened after a cut."""


class House:
    """One store through its rounds: server, clients, models."""

    imap_client = ImapClient
    pop_client = PopClient
    deliverer = Deliverer

    def __init__(self, chance):
        self.chance = chance
        port = kit.free_port()
        self.sink = Sink(port)
        self.server = disk_layer.LayeredServer(smarthost=f"127.0.0.1:{port}")
        write_settings(self.server)
        for name in ("shared", "mail1", "mail2", "pop1", "sender"):
            self.server.add_account(name)
        self.imap = [self.imap_client(self.server, "shared", prefix, chance.getrandbits(64), owns_inbox=prefix == "a")
                     for prefix in ("a", "b")]
        self.pop = self.pop_client(self.server, chance.getrandbits(64))
        self.post = Post()
        self.deliverers = [self.deliverer(self.server, self.post, chance.getrandbits(64), submits=submits)
                           for submits in (False, False, True)]
        self.check = PostCheck(self.server, self.post, self.sink)

    def close(self, failed):
        self.server.failed = self.server.failed or failed
        self.server.close()
        self.sink.shutdown()
        self.sink.server_close()

    def acknowledged(self):
        return sum(client.acknowledged for client in self.imap) + self.pop.acknowledged + self.post.acknowledged

    def set_disk(self):
        control, chance = self.server.control, self.chance
        control.seed = chance.getrandbits(63)
        control.ordered_names = chance.randint(0, 1) if NAMES == "both" else int(NAMES == "ordered")
        control.sync_delay = chance.choice((0, 300, 3000))
        control.cut_at = control.cut_at_exit = 0

    def start(self, totals):
        """Starts the server; sometimes the power fails while it does."""
        while True:
            self.last_disk = self.server.describe_disk()
            self.set_disk()
            if self.chance.random() < 0.25:
                self.server.control.cut_at = self.chance.randint(1, 40)
            if self.server.try_start():
                self.server.control.cut_at = 0
                if self.server.control.state == disk_layer.RUNNING:
                    return
            try:
                cut = self.server.wait_for_cut(20)
            except AssertionError as error:
                raise StartFailed(f"{error}") from error
            if not cut:
                raise StartFailed(f"the server did not start:\n{self.server.log_tail()}")
            totals.cut("starting", self.server)

    def verify(self):
        problems = []
        for part in (*self.imap, self.pop, self.check):
            try:
                problems += part.verify()
            except (OSError, EOFError, poplib.error_proto, imap_wire.Refused, AssertionError) as error:
                problems.append(f"{type(part).__name__} can't read its part: {error!r}")
        return problems + self.judge_store()

    def judge_store(self):
        try:
            self.server.check()
        except AssertionError as error:
            return [f"check: {error}"]
        return []

    def work_until_cut(self, totals):
        """Load till the power fails: at a random call, in the shutdown, or after it."""
        end = self.chance.choices(("load", "stop", "exit"), (8, 1, 1))[0]
        workers = [threading.Thread(target=client.run) for client in (*self.imap, self.pop, *self.deliverers)]
        if end == "load":
            self.server.cut_soon(int(2 ** self.chance.uniform(0, 11)))
        for worker in workers:
            worker.start()
        if end != "load":
            # The moment is random on purpose: nothing tells from outside when it is a good one.
            threading.Event().wait(self.chance.uniform(0.05, 0.5))
            self.server.control.cut_at_exit = 1
            if end == "stop":
                self.server.cut_soon(self.chance.randint(1, 30))
            self.server.stop_by_signal()
        where = {"load": "under load", "stop": "stopping", "exit": "after the end"}[end]
        if not self.server.wait_for_cut(LONGEST_LOAD if end == "load" else 60):
            self.server.cut_now()
        self.sink.note_power_failure()
        totals.cut(where, self.server)
        for worker in workers:
            worker.join(60)
            if worker.is_alive():
                raise AssertionError("a client did not notice the end of the server")

    def drain(self):
        """The last look at a store: the relay finishes what it can; every letter has its one end."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.server.queue():
            threading.Event().wait(0.3)  # the queue tells nobody outside when it is empty
        left = self.server.queue()
        return [f"{len(left)} messages stay in the queue"] if left else []


class Totals:
    def __init__(self):
        self.cuts = collections.Counter()
        self.places = collections.Counter()
        self.acknowledged = self.duplicates = self.files = self.names = 0
        self.problems = 0

    def cut(self, when, server):
        control = server.control
        self.cuts[when] += 1
        if when != "after the end":
            self.places[server.describe_cut()] += 1
        self.files += control.files_changed
        self.names += control.names_undone

    def retire(self, house):
        self.acknowledged += house.acknowledged()
        self.duplicates += house.sink.duplicates_in_window()

    def show(self):
        when = ", ".join(f"{count} {name}" for name, count in sorted(self.cuts.items()))
        places = ", ".join(f"{count} at {name}" for name, count in self.places.most_common())
        print(f"cut points: {sum(self.cuts.values())} ({when})")
        print(f"  calls: {places}")
        print(f"  files set back: {self.files}, names set back: {self.names}")
        print(f"operations acknowledged: {self.acknowledged}")
        print(f"relayed twice in the open window (the remote's 250 was not recorded yet): {self.duplicates}")
        print(f"problems (losses, duplicates, wrong numbers): {self.problems}")


def run_store(rounds, chance, totals, show):
    """Some rounds on one store. False when something was wrong."""
    house = House(chance)
    bad = True
    try:
        for _ in range(rounds):
            house.start(totals)
            problems = house.verify()
            if problems:
                problems.append(f"the disk was {house.last_disk}")
            before = house.acknowledged()
            house.work_until_cut(totals)
            show(house, house.acknowledged() - before, problems)
            totals.problems += len(problems)
            if problems:
                return False
        house.start(totals)
        problems = house.verify() + house.drain() + house.verify()
        totals.problems += len(problems)
        show(house, 0, problems)
        house.server.stop()
        bad = bool(problems)
        return not bad
    except StartFailed as error:
        totals.problems += 1
        show(house, 0, [str(error), f"the disk was {house.last_disk}"])
        return False
    finally:
        totals.retire(house)
        house.close(bad)


def main():
    disk_layer.end_by_exception()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_007
    print(f"{rounds} rounds, seed {seed}", flush=True)
    chance = random.Random(seed)
    totals = Totals()
    started = time.monotonic()
    every_round = rounds <= 50

    def show(house, acknowledged, problems):
        if problems or every_round:
            print(f"{time.monotonic() - started:6.1f} s, {sum(totals.cuts.values())} cuts: "
                  f"{house.server.describe_cut()}, {acknowledged} acknowledged, {len(problems)} problems", flush=True)
        for problem in problems[:20]:
            print(f"  {problem}", flush=True)

    stores_with_problems = 0
    try:
        while rounds > 0 and not (stores_with_problems and "--stop-at-first" in sys.argv):
            here = min(rounds, ROUNDS_PER_STORE)
            rounds -= here
            stores_with_problems += not run_store(here, random.Random(chance.getrandbits(64)), totals, show)
            print(f"{time.monotonic() - started:6.1f} s, {sum(totals.cuts.values())} cuts, {totals.acknowledged} "
                  f"acknowledged, {totals.problems} problems", flush=True)
    finally:  # a long run that is stopped has its figures too
        totals.show()
    return 1 if stores_with_problems else 0


if __name__ == "__main__":
    sys.exit(main())
