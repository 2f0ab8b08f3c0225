#!/usr/bin/python3
"""Disk faults under mixed load: full, broken, slow, out of descriptors. The server says so, keeps its sessions, loses
nothing it acknowledged, and works again without a restart when the fault is over.

    disk_faults.py [ROUNDS] [SEED] [WORDS]      default: each fault once, a seed from the clock (printed)

With WORDS, only faults with these in their name.

The clients and the model are those of power_loss.py, on the same layer. A fault begins at a random call of the kinds
it concerns, is lifted after a while, and then every client must get through again. Afterwards the store is compared
with the model, at once and again after a restart. What was refused must not be there.
"""
import contextlib
import dataclasses
import errno
import os
import poplib
import random
import resource
import smtplib
import sys
import threading
import time

import disk_layer as layer
import imap_wire
import server as kit
from imap_load import ImapClient
from mail_load import Deliverer, PopClient
from power_loss import House

FAULT_SECONDS = 1.2
RECOVERY_SECONDS = 20  # the store reopens after 0.25 s, and ever more rarely up to 30 s
READ_SECONDS = 1.0  # reads while the disk does not take writes; far above what they need on a busy machine


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    calls: int
    kinds: int = layer.ANY_FILE
    error: int = errno.EIO
    kind: int = layer.ERROR
    count: int = layer.UNTIL_LIFTED
    delay: float = 0
    hurts_reads: bool = False
    least_hits: int = 1  # 0: the load may not come to such a call in time


FAULTS = (
    Fault("full at a write to the log", layer.WRITE, layer.LOG, errno.ENOSPC),
    Fault("full in the middle of a write to the log", layer.WRITE, layer.LOG, errno.ENOSPC, layer.SHORT_WRITE),
    Fault("full for every file", layer.WRITE | layer.CREATE | layer.ALLOCATE, error=errno.ENOSPC),
    Fault("full for tables", layer.WRITE | layer.CREATE, layer.TABLE, errno.ENOSPC, least_hits=0),
    Fault("one write to the log fails", layer.WRITE, layer.LOG, count=1),
    Fault("one sync of the log fails", layer.SYNC, layer.LOG, count=1),
    Fault("syncs of the log fail", layer.SYNC, layer.LOG),
    Fault("one sync of a table fails", layer.SYNC, layer.TABLE, count=1, least_hits=0),
    Fault("writes to the manifest fail", layer.WRITE, layer.MANIFEST, least_hits=0),
    Fault("syncs of the manifest fail", layer.SYNC, layer.MANIFEST, least_hits=0),
    Fault("syncs of the directory fail", layer.SYNC_DIRECTORY, layer.DIRECTORY, least_hits=0),
    Fault("no descriptors for files", layer.OPEN | layer.CREATE, error=errno.EMFILE, hurts_reads=True, least_hits=0),
    Fault("reads of tables fail", layer.READ, layer.TABLE, hurts_reads=True, least_hits=0),
    Fault("syncs of the log take 2 s", layer.SYNC, layer.LOG, kind=layer.DELAY, count=2, delay=2),
)


class PatientImapClient(ImapClient):
    """Takes NO [UNAVAILABLE] for an answer: then nothing was done."""

    refusals = 0

    def step(self, imap):
        try:
            super().step(imap)
        except imap_wire.Refused as error:  # a SELECT or FETCH
            self.refuse(error, "reading")

    def perform(self, imap, operation):
        self.pending = operation
        try:
            result = operation.send(imap)
        except imap_wire.Refused as error:
            self.pending = None
            self.refuse(error, operation)
            return
        try:
            operation.apply(self.model, result)
        except (AssertionError, KeyError) as error:
            self.problems.append(f"{self.account}: {operation}: {error}")
        self.pending = None
        self.acknowledged += 1

    def refuse(self, error, what):
        self.refusals += 1
        if not any(code in str(error) for code in ("[UNAVAILABLE]", "[SERVERBUG]")):
            self.problems.append(f"{self.account}: {what}: {error}")


class PatientDeliverer(Deliverer):
    """Tries on after 451 and 452, on the same connection."""

    def run(self):
        try:
            with self.connect() as client:
                while not self.stop.is_set():
                    with contextlib.suppress(smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
                        self.send_one(client)
        except (OSError, smtplib.SMTPException) as error:
            self.post.problems.append(f"an SMTP session was lost: {error}")


class PatientPopClient(PopClient):
    """Takes -ERR [SYS/TEMP] and 451 or 452 for an answer."""

    refusals = 0

    def run(self):
        while not self.stop.is_set():
            try:
                self.deliver_some()
                self.collect_some()
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
                self.arriving = None
                self.refuse(is_temporary(error), error)
            except poplib.error_proto as error:
                self.leaving = None
                self.refuse("[SYS/TEMP]" in str(error), error)
            except (OSError, EOFError) as error:
                self.problems.append(f"pop1: a connection broke: {error}")

    def refuse(self, stated, error):
        self.refusals += 1
        if not stated:
            self.problems.append(f"pop1: {error}")


def is_temporary(error):
    codes = [code for code, _ in error.recipients.values()] if hasattr(error, "recipients") else [error.smtp_code]
    return all(code in (451, 452) for code in codes)


class FaultHouse(House):
    """A House whose clients live through faults, and a reader who must not notice most of them."""

    imap_client = PatientImapClient
    pop_client = PatientPopClient
    deliverer = PatientDeliverer

    def __init__(self, chance):
        super().__init__(chance)
        self.server.add_account("reader")
        self.check.trusts_records = False  # what could not be recorded is sent again
        self.post.refused = self.note_refusal
        self.post.refused_some = self.note_refusal_of_some
        self.post.refusals = 0
        self.slowest_read = 0
        self.reads = 0
        self.read_errors = []

    def note_refusal(self, letter, error):
        with self.post.lock:
            letter.kept = False
            self.post.refusals += 1
            if not is_temporary(error):
                self.post.problems.append(f"{letter.token} was refused: {error}")

    def note_refusal_of_some(self, letter, refused):
        with self.post.lock:
            letter.leave_out(refused)
            self.post.refusals += 1
            if any(code not in (451, 452) for code, _ in refused.values()):
                self.post.problems.append(f"{letter.token} was refused for some: {refused}")

    def fill_reader(self):
        for number in range(20):
            self.server.deliver("reader", kit.message(f"r{number}", body="x" * 3000 + "\r\n"))

    def read_all_the_time(self, stop, fault):
        imap = imap_wire.Imap(self.server.port(143), "reader@example.test", kit.PASSWORD)
        with contextlib.closing(imap):
            while not stop.is_set():
                began = time.monotonic()
                try:
                    imap.select("INBOX")
                    if len(imap.fetch_all("UID FLAGS BODY.PEEK[]")) != 20:
                        self.read_errors.append("a read showed too little")
                except imap_wire.Refused as error:
                    if not fault.hurts_reads or "[UNAVAILABLE]" not in str(error):
                        self.read_errors.append(f"a read was refused: {error}")
                except OSError as error:
                    self.read_errors.append(f"the reader's connection broke: {error}")
                    return
                self.reads += 1
                self.slowest_read = max(self.slowest_read, time.monotonic() - began)

    def clients(self):
        return (*self.imap, self.pop, *self.deliverers)

    def refusals(self):
        return sum(client.refusals for client in self.imap) + self.pop.refusals + self.post.refusals

    def work_through(self, fault, begin, end):
        """Load while `begin()` breaks something and `end()` mends it. Problems, in words."""
        self.slowest_read, self.read_errors = 0, []
        stop_reading = threading.Event()
        threads = [threading.Thread(target=client.run, name=type(client).__name__) for client in self.clients()]
        threads.append(threading.Thread(target=self.read_all_the_time, name="reader", args=(stop_reading, fault)))
        for client in self.clients():
            client.stop.clear()
        before = self.progress()
        for thread in threads:
            thread.start()
        problems = self.wait_for_load(before)
        begin()
        threading.Event().wait(FAULT_SECONDS)
        end()
        problems += self.wait_for_recovery()
        if dead := [thread.name for thread in threads if not thread.is_alive()]:
            problems.append(f"a session was lost to the fault: {', '.join(dead)}")
        for client in self.clients():
            client.stop.set()
        stop_reading.set()
        for thread in threads:
            thread.join(30)
        if not fault.hurts_reads and self.slowest_read > READ_SECONDS:
            problems.append(f"a read took {self.slowest_read:.2f} s")
        return problems + self.read_errors

    def progress(self):
        return [client.acknowledged for client in self.imap] + [self.pop.acknowledged, self.post.acknowledged, self.reads]

    def wait_for_load(self, before):
        """Every kind of client has done something: then the fault meets all of them."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            if all(now > then for now, then in zip(self.progress(), before, strict=True)):
                return []
            threading.Event().wait(0.02)
        return ["the load did not begin"]

    def wait_for_recovery(self):
        """A fresh message must get in, without a restart."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        error = None
        while time.monotonic() < deadline:
            try:
                self.server.deliver("carol", kit.message("again"))
                return []
            except OSError as refused:  # smtplib's errors are OSErrors
                error = refused
            threading.Event().wait(0.1)  # the server tells nobody when it has reopened its store
        return [f"no recovery {RECOVERY_SECONDS} s after the fault: {error}"]


def run_fault(house, fault, chance):
    server = house.server

    def begin():
        server.break_disk(fault.calls, fault.kinds, error=fault.error, kind=fault.kind, count=fault.count,
                          delay=fault.delay, skip=chance.randint(0, 20) if fault.least_hits else 0)
    problems = house.work_through(fault, begin, server.mend_disk)
    if server.control.fault_hits < fault.least_hits:
        problems.append("the fault hit no call")
    return problems


def run_descriptors(house, fault, _chance):
    """No new connections for want of descriptors: the old ones go on."""
    pid = house.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    return house.work_through(fault,
                              lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 8, before[1])),
                              lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, before))


def run_low_space(house, fault, chance):
    """statvfs() shows little room: mail is refused, and what frees room is not."""
    server = house.server
    problems = []

    def expect_delete_works():
        with server.imap("reader") as client:
            client.select("INBOX")
            for answer in (client.append("INBOX", None, None, kit.message("no room")),
                           client.store("1", "+FLAGS", r"(\Flagged)"), client.store("1", "-FLAGS", r"(\Flagged)")):
                wanted = "NO" if b"room" in answer[1][0] or answer[0] == "NO" else "OK"
                if answer[0] != wanted:
                    problems.append(f"low space: {answer}")

    def begin():
        server.show_free_bytes(chance.choice((100 << 20, 200 << 20)))
        expect_delete_works()
    return house.work_through(fault, begin, lambda: server.show_free_bytes(None)) + problems


CASES = [(fault, run_fault) for fault in FAULTS] + [
    (Fault("no descriptors at all", 0, hurts_reads=True, least_hits=0), run_descriptors),
    (Fault("little room by statvfs", 0, least_hits=0), run_low_space),
]


def run_case(house, fault, run, chance):
    """One fault, then the comparison with and without a restart."""
    refused, acknowledged = house.refusals(), house.acknowledged()
    problems = run(house, fault, chance)
    problems += house.verify()
    house.server.restart()
    problems += [f"after the restart: {words}" for words in house.verify()]
    print(f"{fault.name}: {house.server.control.fault_hits} hits, {house.acknowledged() - acknowledged} acknowledged, "
          f"{house.refusals() - refused} refused, slowest read {house.slowest_read:.2f} s, {len(problems)} problems",
          flush=True)
    for problem in problems[:20]:
        print(f"  {problem}", flush=True)
    return problems


def main():
    layer.end_by_exception()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_007
    print(f"{rounds} rounds, seed {seed}", flush=True)
    chance = random.Random(seed)
    cases = [case for case in CASES if len(sys.argv) < 4 or sys.argv[3] in case[0].name]
    bad = 0
    house = FaultHouse(chance)
    try:
        house.server.add_account("carol")
        house.set_disk()
        house.server.start()
        house.fill_reader()
        bad += len(house.verify())
        for _ in range(rounds):
            for fault, run in cases:
                bad += len(run_case(house, fault, run, chance))
    finally:
        house.close(bad > 0)
    print(f"{rounds * len(cases)} faults, {house.acknowledged()} operations acknowledged, {house.refusals()} refused, "
          f"{bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
