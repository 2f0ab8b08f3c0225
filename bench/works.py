"""How each kind of work in scenarios.py is done and measured.

Every function takes a Task and returns a dictionary: at least operations and seconds, and what the meter saw between
the first byte and the moment the server rests. A run that does not count raises Discarded.
"""
import dataclasses
import imaplib
import time

import mailboxes
from loader import Discarded, Load
from machine import memory_available
from meter import PeakMemory, process_memory
from peers.base import DOMAIN, RELAY_DOMAIN, USER_PATTERN
from scenarios import REALISTIC

CLIENT_ERRORS = (imaplib.IMAP4.error, EOFError)
SENDER = "sender@example.test"
DELIVERY_SECONDS = 600
MULTIAPPEND = 100  # messages of one command
SETTLE_MEMORY_SECONDS = 5
HIBERNATION_SECONDS = 8


@dataclasses.dataclass
class Task:
    scenario: object
    server: object       # None: the machine alone
    count: int
    binary: str          # of the load generator
    corpus: str
    folder: str          # for works without a server
    sink_port: int
    deadline: int = 300

    def option(self, name, otherwise=None):
        return self.scenario.options.get(name, otherwise)


def message_options(task):
    size = task.option("size", REALISTIC)
    return {"corpus": task.corpus} if size == REALISTIC else {"size": size}


class Measured:
    """The meter around a piece of work."""

    def __init__(self, server):
        self.group = server.group

    def __enter__(self):
        self.group.settle()
        self.idle_memory = self.group.memory()
        self.peak = PeakMemory(self.group).__enter__()
        self.before = self.group.reading()
        return self

    def __exit__(self, *_):
        self.peak.__exit__()

    def numbers(self, found, operations, seconds):
        """Waits until the server rests: what it does after its last answer is part of its cost."""
        self.group.settle()
        spent = self.before.until(self.group.reading())
        client = found.get("client_cpu_seconds", 0.0)
        return {"operations": operations, "seconds": seconds, "rate": operations / seconds if seconds else 0.0,
                "errors": found.get("errors", 0), "cpu_per_1000": 1000 * spent["cpu_seconds"] / operations,
                "client_cpu_per_1000": 1000 * client / operations,
                "written_per_operation": spent["written"] / operations,
                "device_written_per_operation": spent["device_written"] / operations,
                "flushes_per_operation": spent["flushes"] / operations,
                "bytes_per_second": found.get("bytes", 0) / seconds if seconds else 0.0,
                "idle_memory": self.idle_memory, "peak_memory": self.peak.peak,
                "foreign_cpu_seconds": max(0.0, spent["machine_cpu_seconds"] - spent["cpu_seconds"] - client),
                "latency_ms": found.get("latency_ms", {})}


def wait_until_empty(server, deadline):
    """Returns when the queue is empty. Outside the server no event tells."""
    while server.pending() > 0:
        if time.monotonic() > deadline:
            raise Discarded(f"{server.pending()} messages were still in the queue after {DELIVERY_SECONDS} s")
        time.sleep(0.02)


# Deliveries

def send(task, count, connections, **more):
    user, spread = task.option("user"), task.option("spread")
    users = spread or (1 if user else task.server.users)
    recipients = min(task.option("recipients", 1), users)
    return Load(task.binary, "smtp", port=task.server.port("smtp"), connections=connections, messages=count,
                reuse=task.option("reuse", "kept"), tls=task.option("tls", "none"), recipients=recipients,
                user=USER_PATTERN % user if user else USER_PATTERN, users=users, sender=SENDER,
                deadline=task.deadline, **message_options(task), **more)


def warm_up_delivery(task):
    stored(task)  # makes the mailboxes: Dovecot stumbles when several first deliveries make one at once
    with send(task, 50, min(20, task.option("connections"))) as load:
        load.result()
    wait_until_empty(task.server, time.monotonic() + DELIVERY_SECONDS)


def stored(task):
    """Messages in the mailboxes that this work fills; None where nobody can count them."""
    if not task.server.mailboxes or task.option("spread", 0) > 1000:
        return None
    if task.option("user"):
        return mailboxes.messages(task.server, task.option("user"))
    counted = task.server.stored()
    return mailboxes.total(task.server, task.server.users) if counted is None else counted


def finish_delivery(task, load, measured):
    """What the generator found, and the server's figures up to the last delivery."""
    found = load.result()
    seconds = found["seconds"]
    if not task.server.delivers_before_answer:
        wait_until_empty(task.server, time.monotonic() + DELIVERY_SECONDS)
        seconds = max(seconds, time.monotonic() - measured.before.when)
    deliveries = found["operations"] * min(task.option("recipients", 1), task.server.users)
    return found, measured.numbers(found, deliveries, seconds)


def deliver(task):
    recipients = min(task.option("recipients", 1), task.server.users)
    before = stored(task)
    if task.option("reuse", "kept") == "kept":
        with send(task, task.count, task.option("connections"), gate=True) as load:
            load.wait_until_ready()  # sessions that stay open are opened off the clock
            with Measured(task.server) as measured:
                load.go()
                found, numbers = finish_delivery(task, load, measured)
    else:
        with Measured(task.server) as measured, send(task, task.count, task.option("connections")) as load:
            found, numbers = finish_delivery(task, load, measured)
    after = stored(task)
    if before is not None and after - before < found["operations"] * recipients:
        raise Discarded(f"{found['operations'] * recipients} were accepted, {after - before} arrived")
    numbers["accepted_rate"] = found["operations"] * recipients / found["seconds"]
    return numbers


# Relay

def sink(task, count):
    return Load(task.binary, "sink", port=task.sink_port, count=count, deadline=DELIVERY_SECONDS)


def submit(task, count):
    login = {"auth": task.server.submission_user} if task.server.submission_needs_login else {}
    return Load(task.binary, "smtp", port=task.server.port("submission"), connections=task.option("connections"),
                messages=count, reuse="kept", user=f"user%d@{RELAY_DOMAIN}", users=100, sender=f"user1@{DOMAIN}",
                corpus=task.corpus, deadline=task.deadline, **login)


def relay(task):
    with sink(task, task.count) as receiving:
        receiving.wait_until_ready()
        with Measured(task.server) as measured:
            with submit(task, task.count) as sending:
                found = sending.result()
            arrived = receiving.result()
            seconds = time.monotonic() - measured.before.when
            found["client_cpu_seconds"] = found.get("client_cpu_seconds", 0) + arrived.get("client_cpu_seconds", 0)
            numbers = measured.numbers(found, arrived["operations"], seconds)
    numbers["accepted_rate"] = found["operations"] / found["seconds"]
    return numbers


def release(task):
    """The sink is away while mail comes in; then it is there and the queue is told to try again."""
    with submit(task, task.count) as sending:
        sending.result()
    task.server.group.settle(patience=60)
    with sink(task, task.count) as receiving:
        receiving.wait_until_ready()
        with Measured(task.server) as measured:
            task.server.release()
            arrived = receiving.result()
            seconds = time.monotonic() - measured.before.when
            return measured.numbers(arrived, arrived["operations"], seconds)


# Mailboxes

def protocol_port(task, protocol):
    return task.server.port(protocol + "s" if task.option("tls") == "implicit" else protocol)


def pop3(task):
    with Load(task.binary, "pop3", port=protocol_port(task, "pop3"), work=task.option("work"), connections=1,
              operations=task.count, pipeline=task.option("pipeline", 1), tls=task.option("tls", "none"),
              user=USER_PATTERN % 1, users=1, gate=True, deadline=task.deadline) as load:
        return gated(task, load)


def gated(task, load):
    """Sessions are logged in before the clock starts."""
    load.wait_until_ready()
    with Measured(task.server) as measured:
        load.go()
        found = load.result()
        return measured.numbers(found, found["operations"], found["seconds"])


def imap(task):
    work, user, target = task.option("work"), task.option("user", 1), task.option("target")
    users = task.option("users", 1)
    mailbox = task.option("mailbox", "INBOX")
    prepare_mailboxes(task, work, user, users, mailbox, target)
    options = {"word": task.option("word"), "target": target}
    if work in ("append", "multiappend"):
        options["corpus"] = task.corpus
    if work == "multiappend":
        options["pipeline"] = MULTIAPPEND
    options |= {"port": protocol_port(task, "imap"), "work": work, "connections": task.option("connections", 1),
                "operations": task.count, "mailbox": mailbox, "tls": task.option("tls", "none"),
                "user": USER_PATTERN if users > 1 else USER_PATTERN % user, "users": users,
                "deadline": task.deadline}
    if work == "login":
        return ungated(task, "imap", **options)
    with Load(task.binary, "imap", gate=True, **options) as load:
        return gated(task, load)


def ungated(task, subcommand, **options):
    """The generator's start is on the clock: it begins at once, so the meter must be running."""
    with Measured(task.server) as measured, Load(task.binary, subcommand, **options) as load:
        found = load.result()
        return measured.numbers(found, found["operations"], found["seconds"])


def prepare_mailboxes(task, work, user, users, mailbox, target):
    if target:
        mailboxes.delete(task.server, user, target)
        mailboxes.create(task.server, user, target)
    if work == "move":
        mailboxes.delete(task.server, user, mailbox)
        mailboxes.copy_all(task.server, user, "INBOX", mailbox)
    elif work in ("append", "multiappend"):
        for one in range(1, users + 1) if users > 1 else [user]:
            mailboxes.create(task.server, one, mailbox)


def idle(task):
    return ungated(task, "idle", port=task.server.port("imap"), connections=task.option("connections"),
                   rounds=task.count, smtp_port=task.server.port("smtp"), user=USER_PATTERN,
                   users=task.option("connections"), deadline=task.deadline)


# Memory

def hold(task):
    """Memory per idle connection: the server's proportional set size, and what the whole machine lost without what
    the client's process holds: with the kernel's sockets of both ends, page tables and stacks."""
    group, tls = task.server.group, task.option("tls")
    group.settle()
    before, available = group.memory(), memory_available()
    reading = group.reading()
    with Load(task.binary, "hold", port=protocol_port(task, "imap"), tls=tls, connections=task.count, idle="yes",
              hold_until_stdin_closes=True, user=USER_PATTERN, users=task.server.users, sources=20,
              deadline=3600) as load:
        ready = load.wait_until_ready()
        seconds = time.monotonic() - reading.when
        time.sleep(HIBERNATION_SECONDS if task.server.name == "hibernate" else SETTLE_MEMORY_SECONDS)
        group.settle()
        held, left = group.memory(), memory_available() + process_memory(load.process.pid)
        spent = reading.until(group.reading())
        load.process.stdin.close()
        load.process.stdin = None
        load.process.wait(600)
    if ready < task.count:
        raise Discarded(f"{ready} of {task.count} connections came about")
    return {"operations": ready, "seconds": seconds, "rate": ready / seconds,
            "memory_per_connection": (held - before) / ready, "machine_memory_per_connection":
            (available - left) / ready, "idle_memory": before, "peak_memory": held, "errors": 0,
            "cpu_per_1000": 1000 * spent["cpu_seconds"] / ready, "latency_ms": {}}


# The machine

def limit(task):
    options = {"writers": task.option("writers"), "size": task.option("size"), "seconds": task.count}
    if task.option("work") == "group-commit":
        options["folder"] = task.folder
    with Load(task.binary, "limit", work=task.option("work"), deadline=task.deadline, **options) as load:
        found = load.result()
    return {"operations": found["operations"], "seconds": found["seconds"],
            "rate": found["operations"] / found["seconds"], "errors": 0,
            "bytes_per_second": found.get("bytes", 0) / found["seconds"],
            "client_cpu_per_1000": 1000 * found.get("client_cpu_seconds", 0) / found["operations"],
            "latency_ms": found.get("latency_ms", {})}


WORKS = {"deliver": deliver, "relay": relay, "release": release, "pop3": pop3, "imap": imap, "idle": idle,
         "hold": hold, "limit": limit}


def fill(task, quick):
    for wanted in task.scenario.fills:
        mailboxes.fill(task.server, task.binary, task.corpus, user=wanted.user, mailbox=wanted.mailbox,
                       wanted=wanted.quick if quick else wanted.messages, size=wanted.size)


def warm_up(task):
    if task.scenario.work == "deliver":
        warm_up_delivery(task)
