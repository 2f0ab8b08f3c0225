#!/usr/bin/python3
"""One client that sends too much: lines of 50 MB on every port and in every phase, messages of 1 GB announced or
not, literals without end; and messages of 50 MB that are allowed, several at once.

    large.py [--full]      with --full also messages of 48 MiB, which are allowed
"""
import socket
import sys
import time

import rack
from rack import MIB, kit

LINE = 50 * MIB
GIGABYTE = 1024 * MIB
CHUNK = b"x" * 65536
SETTINGS = {"smtp": {"error-delay": "0s"}}


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.heard = b""
        self.wait(b"\n")

    def wait(self, wanted):
        """Up to the line that has it; b"" at the end of the connection."""
        while True:
            line, found, rest = self.heard.partition(b"\n")
            if found:
                self.heard = rest
                if wanted in line + b"\n":
                    return line.strip()
                continue
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return b""
            if not more:
                return b""
            self.heard += more

    def say(self, words, wanted=b""):
        self.socket.sendall(words)
        return self.wait(wanted) if wanted else b""

    def push(self, bytes_, size):
        """Sends `size` bytes of it over and over; how many the server took before it ended the connection."""
        sent = 0
        try:
            while sent < size:
                sent += self.socket.send(bytes_[:size - sent])
        except OSError:
            pass
        return sent

    def last_words(self):
        """What comes until the server closes or nothing more comes."""
        self.socket.settimeout(10)
        try:
            while True:
                more = self.socket.recv(65536)
                if not more:
                    break
                self.heard += more
        except OSError:
            pass
        return self.heard.strip().rpartition(b"\n")[2].strip()


def mail(client):
    client.say(b"EHLO big.test\r\n", b"250 ")
    client.say(b"MAIL FROM:<b@big.test>\r\n", b"250")
    client.say(f"RCPT TO:<{kit.address('alice')}>\r\n".encode(), b"250")


def log_in(client):
    assert client.say(f'a LOGIN {kit.address("mallory")} "{kit.PASSWORD}"\r\n'.encode(), b"a ").startswith(b"a OK")


def pop3_log_in(client):
    client.say(f"USER {kit.address('mallory')}\r\n".encode(), b"+OK")
    client.say(f"PASS {kit.PASSWORD}\r\n".encode(), b"+OK")


# (name, port, what is said before, the beginning of the endless line)
LINE_PHASES = [
    ("first line", 25, None, b""),
    ("after EHLO", 25, lambda c: c.say(b"EHLO big.test\r\n", b"250 "), b"MAIL FROM:<"),
    ("after RCPT", 25, mail, b"RCPT TO:<"),
    ("AUTH", 587, lambda c: (c.say(b"EHLO b.test\r\n", b"250 "), c.say(b"AUTH PLAIN\r\n", b"334")), b""),
    ("first line", 143, None, b""),
    ("LOGIN", 143, None, b"a LOGIN "),
    ("AUTHENTICATE", 143, lambda c: c.say(b"a AUTHENTICATE PLAIN\r\n", b"+"), b""),
    ("after login", 143, log_in, b'b SELECT "'),
    ("IDLE", 143, lambda c: (log_in(c), c.say(b"b SELECT INBOX\r\n", b"b OK"), c.say(b"c IDLE\r\n", b"+")), b""),
    ("first line", 110, None, b""),
    ("USER", 110, None, b"USER "),
    ("AUTH", 110, lambda c: c.say(b"AUTH PLAIN\r\n", b"+"), b""),
    ("after login", 110, pop3_log_in, b"RETR "),
]


def endless_lines(pipe, base):
    """Rows (name, bytes taken, last words)."""
    rows = []
    for name, port, prepare, start in LINE_PHASES:
        client = Client(base + port)
        if prepare:
            prepare(client)
        client.say(start)
        taken = client.push(CHUNK, LINE)
        rows.append((f"{port} {name}", taken, client.last_words()))
        client.socket.close()
    return rows


def long_text_line(pipe, base, size):
    """A message with one line of `size` bytes: the answer to it."""
    client = Client(base + 25)
    mail(client)
    client.say(b"DATA\r\n", b"354")
    client.say(b"Subject: long line\r\n\r\n")
    client.push(CHUNK, size)
    return client.say(b"\r\n.\r\n", b" ")


def too_large_messages(pipe, base, limit):
    """{case: (bytes taken, answer)}"""
    results = {}
    client = Client(base + 25)
    client.say(b"EHLO big.test\r\n", b"250 ")
    results["announced"] = 0, client.say(b"MAIL FROM:<b@big.test> SIZE=%d\r\n" % GIGABYTE, b"5")
    mail(client)
    results["one BDAT"] = 0, client.say(b"BDAT %d LAST\r\n" % GIGABYTE, b"4")

    client = Client(base + 25)
    mail(client)
    client.say(b"DATA\r\n", b"354")
    taken = client.push((b"y" * 998 + b"\r\n") * 64, GIGABYTE)
    results["DATA"] = taken, client.last_words()

    client = Client(base + 25)
    mail(client)
    taken, answer = 0, b""
    while taken < GIGABYTE and not answer.startswith((b"4", b"5")):
        client.say(b"BDAT %d\r\n" % MIB)
        taken += client.push(CHUNK, MIB)
        answer = client.wait(b" ")
    results["many BDAT"] = taken, answer

    for name, plus in (("APPEND", b""), ("APPEND without waiting", b"+")):
        client = Client(base + 143)
        log_in(client)
        client.say(b"b APPEND INBOX {%d%b}\r\n" % (GIGABYTE, plus))
        taken = client.push(CHUNK, GIGABYTE) if plus else 0
        results[name] = taken, client.wait(b" ")
    return results


def literal_floods(pipe, base, clients):
    """Commands that are nothing but literals, up to each cap; the answers. All clients hold theirs unfinished
    until all are there."""
    answers = []
    held = []
    for number in range(clients):
        client = Client(base + 143)
        log_in(client)
        client.say(b"b SEARCH" + b" SUBJECT {1000+}\r\n" + b"z" * 1000)
        client.push((b" SUBJECT {1000+}\r\n" + b"z" * 1000) * 60, 990 * 1018)
        held.append(client)
    for client in held:
        answers.append(client.say(b" SUBJECT {1048576+}\r\n" + b"z" * MIB + b"\r\n", b"b "))
    before_login = []
    for kind in (b"a LOGIN {4000000000}\r\n", b"a LOGIN {4000000000+}\r\n", b"a LOGIN {99999999999999999999}\r\n"):
        client = Client(base + 143)
        client.say(kind)
        before_login.append(client.wait(b" "))
    return answers, before_login


def allowed_messages(pipe, base, messages, size, at_once):
    """Sends messages of `size` bytes, some connections in turn; the answers and the seconds each took."""
    line = b"z" * 76 + b"\r\n"
    body = b"From: <b@big.test>\r\nSubject: large\r\nMIME-Version: 1.0\r\n\r\n" + line * (size // len(line) - 10)
    clients = [Client(base + 25) for _ in range(at_once)]
    rows = []
    for number in range(0, messages, at_once):
        began = time.monotonic()
        for client in clients:
            client.say(b"RSET\r\n" if number else b"EHLO big.test\r\n", b"250 ")
            client.say(b"MAIL FROM:<b@big.test>\r\n", b"250")
            client.say(f"RCPT TO:<{kit.address('mallory')}>\r\n".encode(), b"250")
            client.say(b"DATA\r\n", b"354")
        for start in range(0, len(body), MIB):
            for client in clients:
                client.say(body[start:start + MIB])
        for client in clients:
            client.say(b".\r\n")
        for client in clients:
            rows.append((client.wait(b" "), time.monotonic() - began))
    return rows


class Lines(rack.AbuseTestCase):
    settings = SETTINGS

    def test_lines_of_50_megabytes(self):
        with self.under_attack("lines of 50 MB") as notes:
            rows = rack.Attack(endless_lines, self.server.ports.base).result()
            notes["most taken"] = f"{max(taken for _, taken, _ in rows) / MIB:.1f} MiB"
            for name, _, words in rows:
                notes[name] = words.decode(errors="replace")
        for name, taken, words in rows:
            with self.subTest(name):
                self.assertLess(taken, 16 * MIB, "socket buffers and 1 MiB, then the connection ends")
                self.assertRegex(words, rb"^(5\d\d |421 |\* BYE|\S{1,32} BAD|-ERR)", "a reason is given")

    def test_a_message_with_a_line_of_50_megabytes(self):
        with self.under_attack("a text line of 50 MB") as notes:
            answer = rack.Attack(long_text_line, self.server.ports.base, LINE - 1000).result()
            notes["answer"] = answer.decode()
        self.assertRegex(answer, rb"^5(54|52) ")

    def test_literals(self):
        with self.under_attack("literals") as notes:
            answers, before_login = rack.Attack(literal_floods, self.server.ports.base, 30).result()
            notes["answers"] = sorted({answer.decode() for answer in answers})
            notes["before login"] = [answer.decode() for answer in before_login]
        for answer in answers:
            self.assertRegex(answer, rb"^b (NO|BAD)|^\* BYE")
        for answer in before_login:
            self.assertRegex(answer, rb"^a (NO|BAD)|^\* BYE")


class TooLargeMessages(rack.AbuseTestCase):
    settings = SETTINGS
    give_back = 96

    def test_messages_of_a_gigabyte(self):
        with self.under_attack("messages of 1 GB") as notes:
            results = rack.Attack(too_large_messages, self.server.ports.base, 50 * MIB).result()
            for name, (taken, answer) in results.items():
                notes[name] = f"{taken / MIB:.0f} MiB, {answer.decode(errors='replace')}"
        for name, (taken, answer) in results.items():
            with self.subTest(name):
                self.assertLess(taken, 120 * MIB, "cut off at twice the largest message")
                self.assertRegex(answer, rb"^(552 |421 |b NO|\* BYE)")


class AllowedMessages(rack.AbuseTestCase):
    settings = SETTINGS
    mebibytes = 448  # 64 MiB of messages in flight, copied on their way to the store and there
    give_back = 96
    rounds = 0

    def setUp(self):
        if not self.rounds:
            self.skipTest("part of --full: a message is parsed and committed as a whole, and others wait for it")
        super().setUp()

    def test_messages_of_50_megabytes_in_turn(self):
        with self.under_attack("messages of 48 MiB, one after the other") as notes:
            rows = rack.Attack(allowed_messages, self.server.ports.base, 2 * self.rounds, 48 * MIB, 1).result()
            notes["seconds each"] = [round(seconds, 1) for _, seconds in rows]
        for answer, _ in rows:
            self.assertRegex(answer, rb"^250 ")

    def test_messages_of_50_megabytes_at_once(self):
        """Four at once are more than the budget: those over it are told to try again."""
        with self.under_attack("messages of 48 MiB, four at once") as notes:
            rows = rack.Attack(allowed_messages, self.server.ports.base, 4 * self.rounds, 48 * MIB, 4).result()
            notes["answers"] = sorted(answer[:20].decode() for answer, _ in rows)
        for answer, _ in rows:
            self.assertRegex(answer, rb"^(250|452) ")
        self.assertTrue(any(answer.startswith(b"452") for answer, _ in rows))


if __name__ == "__main__":
    if "--full" in sys.argv:
        AllowedMessages.rounds = 5
        sys.argv.remove("--full")
    rack.kit.main()
