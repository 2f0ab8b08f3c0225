"""A Mansio server for one test: its own directory, ports and accounts, on loopback.

    with Server() as server:
        server.add_account("alice")
        server.start()
        ...

The binary is $MANSIO, else build/release/mansio. Logs and data stay behind when a test fails and
MANSIO_KEEP is set. Nothing here waits by sleeping: the server says "ready" on stderr.
"""
import collections
import contextlib
import email
import fcntl
import imaplib
import json
import os
import poplib
import random
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("MANSIO", os.path.join(ROOT, "build", "release", "mansio"))
DOMAIN = "example.test"
HOSTNAME = "mail.example.test"
PASSWORD = "correct horse 7"  # the space is meant: programs must quote it right
STANDARD_PORTS = (25, 465, 587, 110, 995, 143, 993, 4190, 443, 80)
START_SECONDS = 60


class PortBase:
    """A number that can be added to every standard port. Held by a file lock while the test runs."""

    def __init__(self):
        choices = list(range(10_000, 27_000, 10))
        random.Random(os.getpid()).shuffle(choices)
        for base in choices:
            self.lock = self._try_lock(base)
            if self.lock is None:
                continue
            if all(self._is_free(base + port) for port in STANDARD_PORTS):
                self.base = base
                return
            self.release()
        raise RuntimeError("no free ports below 32768")

    @staticmethod
    def _try_lock(base):
        # Two bases that share a port differ by less than 5000: one lock for each 10 would do if all tests
        # used the same step; the test on bind() below catches the rest.
        folder = os.path.join(tempfile.gettempdir(), "mansio-test-ports")
        os.makedirs(folder, mode=0o777, exist_ok=True)
        handle = open(os.path.join(folder, str(base)), "w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return None
        return handle

    @staticmethod
    def _is_free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True

    def release(self):
        self.lock.close()


def free_port():
    """A port for a program of the test itself (smtp-sink), below the ephemeral range."""
    for port in random.Random().sample(range(28_000, 32_700), 500):
        if PortBase._is_free(port):
            return port
    raise RuntimeError("no free port")


def program(name):
    """The path of a program, or a plain skip that names it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return path


def run(arguments, *, input=None, timeout=120, env=None, ok=(0,), cwd=None):
    """Runs a program; returns what it printed (both outputs). A bad exit status fails with that text."""
    if isinstance(input, str):
        input = input.encode()
    done = subprocess.run(arguments, input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout, env=env, cwd=cwd, check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode not in ok:
        raise AssertionError(f"{' '.join(arguments)}: exit {done.returncode}\n{text}")
    return text


class Server:
    def __init__(self, *, smarthost=None, lab=True, arguments=()):
        if not os.access(BINARY, os.X_OK):
            raise RuntimeError(f"no server at {BINARY}: build it, or set MANSIO")
        self.folder = tempfile.mkdtemp(prefix="mansio-test-")
        os.chmod(self.folder, 0o755)
        self.ports = PortBase()
        self.data = os.path.join(self.folder, "data")
        self.config = os.path.join(self.data, "mansio.toml")
        self.log_path = os.path.join(self.folder, "server.log")
        self.process = None
        self.failed = False
        self._reader = None
        self._tail = collections.deque(maxlen=200)
        init = [BINARY, "init", self.data, "--hostname", HOSTNAME, "--domain", DOMAIN,
                "--port-base", str(self.ports.base), "--address", "127.0.0.1"]
        if lab:
            init.append("--lab")
        if smarthost:
            init += ["--smarthost", smarthost]
        self.init_output = run(init + list(arguments))

    # Life

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.failed = self.failed or kind is not None
        self.close()

    def start(self, **options):
        """Starts the server and returns when it says "ready". Options go to Popen: env, preexec_fn."""
        assert self.process is None, "it is running"
        ready = threading.Event()
        self.process = subprocess.Popen([BINARY, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
        self._reader = threading.Thread(target=self._collect, args=(self.process.stderr, ready), daemon=True)
        self._reader.start()
        if not ready.wait(START_SECONDS) or self.process.poll() is not None:
            self.failed = True
            self.kill()
            raise AssertionError("the server did not start:\n" + self.log_tail())
        return self

    def _collect(self, pipe, ready):
        with open(self.log_path, "ab") as log:
            for line in pipe:
                log.write(line)
                log.flush()
                self._tail.append(line.decode(errors="replace"))
                if re.search(rb"\bready\b", line):
                    ready.set()
        ready.set()  # the pipe ended: don't let start() wait for nothing

    def _finish(self):
        self._reader.join(10)
        self.process.stderr.close()
        self.process = None

    def stop(self, timeout=60):
        """SIGTERM; the exit status must be 0."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self._finish()
        if status != 0:
            raise AssertionError(f"the server ended with {status}:\n{self.log_tail()}")

    def kill(self):
        """kill -9, at once."""
        self.process.kill()
        self.process.wait(60)
        self._finish()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        with contextlib.suppress(Exception):
            if self.process is not None:
                self.process.kill()
                self.process.wait(60)
                self._finish()
        self.ports.release()
        if self.failed:
            sys.stderr.write(f"--- last lines of the server's log\n{self.log_tail()}---\n")
        if not (self.failed and os.environ.get("MANSIO_KEEP")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines=40):
        return "".join(list(self._tail)[-lines:])

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    # Command line

    def command(self, *arguments, input=None, ok=(0,)):
        return run([BINARY, "--config", self.config, *arguments], input=input, ok=ok)

    def add_account(self, name, password=PASSWORD):
        self.command("account", "add", address(name), "--password-stdin", input=password + "\n")
        return address(name)

    def check(self):
        """Judges the whole store; a fault in it is a failure here."""
        return self.command("check")

    def queue(self):
        """Rows of `queue list`: {"id": ..., "recipients": [{"address": ..., "state": ...}], ...}."""
        return json.loads(self.command("queue", "list", "--limit", "1000000", "--json"))

    def retry_queue(self):
        for row in self.queue():
            # 1: it was delivered meanwhile
            self.command("queue", "retry", row["id"], ok=(0, 1))

    # Ports and connections

    def port(self, standard):
        return self.ports.base + standard

    @property
    def certificate(self):
        for folder, _, files in os.walk(self.data):
            for name in files:
                if name.endswith((".pem", ".crt")) and "key" not in name:
                    return os.path.join(folder, name)
        raise AssertionError("init wrote no certificate")

    @staticmethod
    def tls():
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def smtp(self, standard=25):
        if standard == 465:
            return smtplib.SMTP_SSL("127.0.0.1", self.port(465), timeout=60, context=self.tls())
        return smtplib.SMTP("127.0.0.1", self.port(standard), timeout=60)

    def submit(self, sender, recipients, message, password=PASSWORD):
        """Sends `message` (bytes) as an authenticated user on 587."""
        with self.smtp(587) as client:
            client.login(address(sender), password)
            return client.sendmail(address(sender), recipients, message)

    def deliver(self, recipient, message, sender="sender@elsewhere.test"):
        """Sends `message` (bytes) in on port 25."""
        with self.smtp(25) as client:
            return client.sendmail(sender, [address(recipient)], message)

    @contextlib.contextmanager
    def imap(self, name, tls=False):
        client = (imaplib.IMAP4_SSL("127.0.0.1", self.port(993), ssl_context=self.tls(), timeout=60) if tls
                  else imaplib.IMAP4("127.0.0.1", self.port(143), timeout=60))
        try:
            client.login(address(name), PASSWORD)
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.logout()

    def pop3(self, name, tls=False, password=PASSWORD):
        client = (poplib.POP3_SSL("127.0.0.1", self.port(995), timeout=60, context=self.tls()) if tls
                  else poplib.POP3("127.0.0.1", self.port(110), timeout=60))
        client.user(address(name))
        client.pass_(password)
        return client

    def messages(self, name, mailbox="INBOX"):
        """The raw messages of a mailbox, as IMAP gives them, oldest first."""
        with self.imap(name) as client:
            status, counted = client.select(mailbox, readonly=True)
            assert status == "OK", counted
            if counted == [b"0"]:
                return []
            status, rows = client.fetch("1:*", "(BODY.PEEK[])")
            assert status == "OK", rows
            return [row[1] for row in rows if isinstance(row, tuple)]


def address(name):
    return name if "@" in name else f"{name}@{DOMAIN}"


def message(subject, *, sender="sender@elsewhere.test", to="alice", body="Hello.\r\n", number=None):
    """Message bytes with CRLF line ends."""
    number = number or f"{random.getrandbits(64):x}"
    return (f"From: <{address(sender)}>\r\nTo: <{address(to)}>\r\nSubject: {subject}\r\n"
            f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{number}@client.test>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}").encode()


def subjects(raw_messages):
    return [str(email.message_from_bytes(raw)["Subject"]) for raw in raw_messages]


def main():
    """unittest.main() that exits 77 when everything was skipped, so that ctest says so."""
    ran = unittest.main(module="__main__", exit=False).result
    if not ran.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if ran.testsRun == len(ran.skipped) else 0)


class ServerTestCase(unittest.TestCase):
    """One server for the class, with accounts alice and bob; each test uses what mail it makes itself."""

    accounts = ("alice", "bob")
    smarthost = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(smarthost=cls.smarthost)
        try:
            for name in cls.accounts:
                cls.server.add_account(name)
            cls.server.start()
        except BaseException:
            cls.server.failed = True
            cls.server.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            if cls.server.process is not None:
                cls.server.stop()
            cls.server.check()
        except BaseException:
            cls.server.failed = True
            raise
        finally:
            cls.server.close()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mansio-client-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def empty(self, name, mailbox="INBOX"):
        with self.server.imap(name) as client:
            client.select(mailbox)
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()

    def assert_received(self, name, subject, mailbox="INBOX"):
        found = [raw for raw in self.server.messages(name, mailbox)
                 if email.message_from_bytes(raw)["Subject"] == subject]
        self.assertEqual(len(found), 1, f"messages with subject {subject!r} in {mailbox} of {name}")
        return found[0]
