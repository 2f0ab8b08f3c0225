#!/usr/bin/python3
"""Floods: connections as fast as they come, commands whose answers nobody reads, wrong passwords.

    floods.py [--seconds N]        default 4 seconds each
"""
import base64
import itertools
import selectors
import socket
import sys
import threading
import time

import rack
from rack import kit

PORTS = (25, 587, 465, 143, 993, 110, 995)


def connect_and_close(pipe, base, seconds):
    """Connects and closes, without a word; returns connections per port."""
    counts = dict.fromkeys(PORTS, 0)
    refused = 0
    deadline = time.monotonic() + seconds
    for port in itertools.cycle(PORTS):
        if time.monotonic() > deadline:
            break
        try:
            socket.create_connection(("127.0.0.1", base + port), timeout=20).close()
            counts[port] += 1
        except OSError:
            refused += 1
    return sum(counts.values()), refused


def fill_without_reading(pipe, base, seconds, per_kind, kinds):
    """Each connection says its opening, reads its answer, then sends its flood and reads nothing, until the server
    ends it.
    Returns bytes sent by kind, the number of connections and the kinds of those that the server did not end."""
    selector = selectors.DefaultSelector()
    sent = dict.fromkeys((name for name, *_ in kinds), 0)
    total = 0
    for name, port, opening, flood in kinds:
        for _ in range(per_kind):
            client = socket.create_connection(("127.0.0.1", base + port), timeout=30)
            client.recv(4096)
            for words, wanted in opening:
                client.sendall(words)
                heard = b""
                while wanted not in heard:
                    heard = heard[-100:] + client.recv(65536)
            client.setblocking(False)
            selector.register(client, selectors.EVENT_WRITE, (name, memoryview(flood * (200_000 // len(flood) + 1))))
            total += 1
    deadline = time.monotonic() + seconds
    rest = {}
    while time.monotonic() < deadline and selector.get_map():
        for key, _ in selector.select(0.2):  # also those that the server ended: sending fails
            name, flood = key.data
            try:
                # The flood has to stay a row of whole commands: go on where the last send ended.
                left = rest.get(key.fd) or flood
                count = key.fileobj.send(left)
                rest[key.fd] = left[count:]
                sent[name] += count
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                rest.pop(key.fd, None)
    left = sorted({key.data[0] for key in selector.get_map().values()})
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return sent, total, left


WRITE_TIMEOUT = 10
CLOCK = 4  # times as fast, where the test waits for that
DEAF_SECONDS = 60  # to fill all buffers and to be ended; a loaded machine takes its time


def run_and_read(pipe, base, seconds, port, opening, flood, last):
    """One client that pipelines and reads everything, as fast as it can. Returns answers per second."""
    client = socket.create_connection(("127.0.0.1", base + port), timeout=30)
    client.recv(4096)
    for words, wanted in opening:
        client.sendall(words)
        heard = b""
        while wanted not in heard:
            heard = heard[-100:] + client.recv(65536)
    deadline = time.monotonic() + seconds
    answers = 0
    while time.monotonic() < deadline:
        client.sendall(flood)
        heard = 0
        while heard < flood.count(b"\r\n"):
            heard += client.recv(1 << 20).count(last)
        answers += heard
    client.close()
    return answers / seconds


def guess_passwords(pipe, base, seconds, clients):
    """Wrong passwords on every protocol from many connections. Returns attempts answered."""
    attempts = itertools.count()
    deadline = time.monotonic() + seconds
    wrong = base64.b64encode(f"\0{kit.address('alice')}\0wrong".encode())
    openings = {
        143: [b"a LOGIN %s wrong\r\n" % kit.address("alice").encode()],
        110: [b"USER %s\r\n" % kit.address("alice").encode(), b"PASS wrong\r\n"],
        587: [b"EHLO g.test\r\n", b"AUTH PLAIN " + wrong + b"\r\n"],
    }

    def guess(port):
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", base + port), timeout=30) as client:
                    client.recv(4096)
                    while time.monotonic() < deadline:
                        for words in openings[port]:
                            client.sendall(words)
                            if not client.recv(4096):
                                raise OSError
                        next(attempts)
            except OSError:
                continue

    threads = [threading.Thread(target=guess, args=(port,))
               for port, _ in zip(itertools.cycle(openings), range(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return next(attempts)


def login():
    return [(f'a LOGIN {kit.address("mallory")} "{kit.PASSWORD}"\r\n'.encode(), b"a OK"),
            (b"b SELECT INBOX\r\n", b"b OK")]


def pop3_login():
    return [(f"USER {kit.address('mallory')}\r\n".encode(), b"+OK"), (f"PASS {kit.PASSWORD}\r\n".encode(), b"+OK")]


EHLO = [(b"EHLO flood.test\r\n", b"250 ")]
DEAF_KINDS = [
    ("smtp NOOP", 25, EHLO, b"NOOP\r\n"),
    ("smtp EHLO", 25, EHLO, b"EHLO flood.test\r\n"),
    ("imap NOOP before login", 143, [], b"x NOOP\r\n"),
    ("imap CAPABILITY", 143, login(), b"x CAPABILITY\r\n"),
    ("imap FETCH of 8 MiB", 143, login(), b"x FETCH 1 BODY.PEEK[]\r\n"),
    ("imap FETCH of all headers", 143, login(), b"x FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)\r\n"),
    ("pop3 CAPA", 110, [], b"CAPA\r\n"),
    ("pop3 UIDL", 110, pop3_login(), b"UIDL\r\n"),
    ("pop3 RETR of 8 MiB", 110, pop3_login(), b"RETR 1\r\n"),
]


class Floods(rack.AbuseTestCase):
    settings = {protocol: {"max-connections": 20000} for protocol in ("smtp", "imap", "pop3")}
    seconds = 4

    def test_connections(self):
        with self.under_attack("connect and close") as notes:
            opened, refused = rack.Attack(connect_and_close, self.server.ports.base, self.seconds).result()
            notes.update({"connections/s": round(opened / self.seconds), "refused": refused})
        self.assertGreater(opened, 20 * self.seconds, "this was no flood")
        self.assertEqual(refused, 0)

    def test_wrong_passwords(self):
        with self.under_attack("wrong passwords") as notes:
            attempts = rack.Attack(guess_passwords, self.server.ports.base, self.seconds, 60).result()
            notes["guesses/s"] = f"{attempts / self.seconds:.1f}"
        self.assertGreater(attempts, 5)


class Filled(rack.AbuseTestCase):
    seconds = 4

    def fill_mallory(self, mebibytes, small):
        line = b"y" * 76 + b"\r\n"
        self.server.deliver("mallory", kit.message("large", to="mallory") + line * (mebibytes * rack.MIB // len(line)))
        with self.server.smtp(25) as client:
            for number in range(small):
                client.sendmail("x@elsewhere.test", [kit.address("mallory")],
                                kit.message(f"small {number}", to="mallory"))


class Commands(Filled):
    def test_commands_as_fast_as_they_go(self):
        self.fill_mallory(1, 50)
        kinds = [(25, EHLO, b"NOOP\r\n" * 500, b"\r\n"), (143, login(), b"x NOOP\r\n" * 500, b"x OK"),
                 (143, login(), b"x UID FETCH 1:* (FLAGS)\r\n" * 50, b"x OK"),
                 (110, pop3_login(), b"NOOP\r\n" * 500, b"\r\n")]
        with self.under_attack("commands as fast as they go") as notes:
            attacks = [rack.Attack(run_and_read, self.server.ports.base, self.seconds, *kind) for kind in kinds]
            for (port, _, flood, _), attack in zip(kinds, attacks):
                notes[f"{port} {flood[:6].decode().strip()}"] = f"{attack.result():.0f}/s"


class Deaf(Filled):
    settings = {protocol: {"write-timeout": f"{WRITE_TIMEOUT}s"} for protocol in ("smtp", "imap", "pop3")}
    wishes = {"speed": CLOCK}

    def test_commands_whose_answers_nobody_reads(self):
        self.fill_mallory(8, 300)
        with self.under_attack("commands without reading") as notes:
            sent, total, left = rack.Attack(fill_without_reading, self.server.ports.base, DEAF_SECONDS, 6,
                                             DEAF_KINDS).result()
            notes.update({name: f"{count // 1024} KiB" for name, count in sent.items()})
            notes.update({"connections": total, "not ended": left})
        self.assertEqual(left, [], "peers that do not read their answers are ended at write-timeout")


if __name__ == "__main__":
    if "--seconds" in sys.argv:
        place = sys.argv.index("--seconds")
        Floods.seconds = Filled.seconds = int(sys.argv[place + 1])
        del sys.argv[place:place + 2]
    rack.kit.main()
