"""Honest clients, and what they wait for while something bad goes on.

    honest.py BASE-PORT FOLDER        runs until its input ends, then prints JSON: {operation: [seconds, ...]}

Each kind of client has one thread: it does an operation, notes how long that took, and goes on at its pace.
A failed operation is noted as an error and the client connects again. "reference" does what a delivery must
do, without a mail server: four round trips to another process, the last one answered after a synced write.
It says how fast this machine is now, with all else that runs on it.
"""
import json
import multiprocessing
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import server as kit  # noqa: E402

PACE = 0.025  # seconds between the beginnings of two rounds of one client: a p99 wants some hundred of them
PATIENCE = 60
SENT = 4000  # bytes of a message
SOURCE = (os.environ["MANSIO_HONEST_SOURCE"], 0) if "MANSIO_HONEST_SOURCE" in os.environ else None


class Line:
    """A blocking line client."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=SOURCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def line(self):
        text = self.file.readline()
        if not text.endswith(b"\n"):
            raise OSError("the server closed the connection")
        return text

    def until(self, *starts):
        """Reads lines up to one that begins with one of these."""
        while True:
            text = self.line()
            if text.startswith(starts):
                return text

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def close(self):
        self.file.close()
        self.socket.close()


def expect(text, start):
    if not text.startswith(start):
        raise OSError(f"unexpected answer: {text!r}")


class Smtp:
    """Keeps a connection and delivers; every eighth round on a new one."""

    def __init__(self, base, note):
        self.port = base + 25
        self.note = note
        self.client = None
        self.rounds = 0
        body = ("x" * 70 + "\r\n") * (SENT // 72)
        self.message = kit.message("honest", to="alice", body=body).decode()

    def connect(self):
        with self.note("smtp connect"):
            self.client = Line(self.port)
            expect(self.client.line(), b"220")
            self.client.say("EHLO honest.test")
            self.client.until(b"250 ")

    def round(self):
        if self.client is None or self.rounds % 8 == 7:
            self.leave()
            self.connect()
        self.rounds += 1
        with self.note("smtp deliver"):
            for command, answer in (("MAIL FROM:<h@elsewhere.test>", b"250"),
                                    (f"RCPT TO:<{kit.address('alice')}>", b"250"), ("DATA", b"354")):
                self.client.say(command)
                expect(self.client.line(), answer)
            self.client.say(self.message + ".")
            expect(self.client.line(), b"250")

    def leave(self):
        if self.client:
            self.client.close()
        self.client = None


class Imap:
    """Logged in, with the INBOX selected: NOOP, and one message."""

    def __init__(self, base, note):
        self.port = base + 143
        self.note = note
        self.client = None
        self.number = 0

    def command(self, text):
        self.number += 1
        tag = f"h{self.number}"
        self.client.say(f"{tag} {text}")
        expect(self.client.until(tag.encode()), f"{tag} OK".encode())

    def connect(self):
        with self.note("imap connect"):
            self.client = Line(self.port)
            expect(self.client.line(), b"* OK")
        self.command(f'LOGIN {kit.address("alice")} "{kit.PASSWORD}"')
        self.command("SELECT INBOX")

    def round(self):
        if self.client is None:
            self.connect()
        with self.note("imap noop"):
            self.command("NOOP")
        with self.note("imap fetch"):
            self.command("FETCH 1 (FLAGS BODY.PEEK[])")

    def leave(self):
        if self.client:
            self.client.close()
        self.client = None


class Pop3:
    """Logged in as carol: RETR."""

    def __init__(self, base, note):
        self.port = base + 110
        self.note = note
        self.client = None

    def connect(self):
        with self.note("pop3 connect"):
            self.client = Line(self.port)
            expect(self.client.line(), b"+OK")
        for text in (f"USER {kit.address('carol')}", f"PASS {kit.PASSWORD}"):
            self.client.say(text)
            expect(self.client.line(), b"+OK")

    def round(self):
        if self.client is None:
            self.connect()
        with self.note("pop3 retr"):
            self.client.say("RETR 1")
            expect(self.client.line(), b"+OK")
            self.client.until(b".\r\n")

    def leave(self):
        if self.client:
            self.client.close()
        self.client = None


def serve_reference(listening, path):
    """Answers each byte; the byte "s" after a synced write. Ends with its connection."""
    connection, _ = listening.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with open(path, "wb", buffering=0) as file:
        while True:
            byte = connection.recv(1)
            if not byte:
                return
            if byte == b"s":
                file.write(b"x" * SENT)
                os.fdatasync(file.fileno())
            connection.sendall(byte)


class Reference:
    def __init__(self, folder, note):
        self.note = note
        listening = socket.create_server(("127.0.0.1", kit.free_port()))
        self.process = multiprocessing.get_context("fork").Process(
            target=serve_reference, args=(listening, os.path.join(folder, "reference")), daemon=True)
        self.process.start()
        self.client = socket.create_connection(listening.getsockname(), timeout=PATIENCE)
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.close()

    def round(self):
        with self.note("reference"):
            for byte in (b"a", b"b", b"c", b"s"):
                self.client.sendall(byte)
                self.client.recv(1)

    def leave(self):
        self.client.close()
        self.process.join(10)


class Notes:
    """Seconds by operation, and what went wrong."""

    def __init__(self):
        self.seconds = {}
        self.errors = []
        self.lock = threading.Lock()

    def __call__(self, operation):
        return Timing(self, operation)

    def add(self, operation, seconds):
        with self.lock:
            self.seconds.setdefault(operation, []).append(seconds)

    def add_error(self, who, error):
        with self.lock:
            self.errors.append(f"{who}: {error}")


class Timing:
    """Notes the time of what succeeded, and of what failed too: a session that hangs is no fast one."""

    def __init__(self, notes, operation):
        self.notes = notes
        self.operation = operation

    def __enter__(self):
        self.started = time.monotonic()

    def __exit__(self, kind, value, trace):
        self.notes.add(self.operation, time.monotonic() - self.started)


def keep_going(client, notes, stop):
    began = time.monotonic()
    while not stop.wait(max(0.0, began + PACE - time.monotonic())):
        began = time.monotonic()
        try:
            client.round()
        except OSError as error:
            notes.add_error(type(client).__name__, error)
            if not isinstance(client, Reference):
                client.leave()
    client.leave()


def main():
    base, folder = int(sys.argv[1]), sys.argv[2]
    notes, stop = Notes(), threading.Event()
    clients = [Reference(folder, notes), Smtp(base, notes), Imap(base, notes), Pop3(base, notes)]
    for client in clients[1:]:
        client.connect()
    notes.seconds.clear()  # first connections: not under attack yet
    threads = [threading.Thread(target=keep_going, args=(client, notes, stop)) for client in clients]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    json.dump({"seconds": notes.seconds, "errors": notes.errors}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
