"""What every server under test has in common: a private folder, ports, a start and an end."""
import dataclasses
import os
import shutil
import socket
import subprocess
import time

from meter import Device, Group

DOMAIN = "perf.test"
PASSWORD = "bench-password"
USER_PATTERN = f"user%d@{DOMAIN}"
RELAY_DOMAIN = "relay.test"
SENDER = f"user1@{DOMAIN}"
ADDRESS = "127.0.0.1"
START_SECONDS = 60


class Trouble(Exception):
    """Something that ends the measurement of one server, said in words."""


@dataclasses.dataclass
class Setup:
    """What the servers share."""
    folder: str           # private; each server makes its own below
    binary: str           # of Mansio
    port_base: int        # each server takes 40 ports from its own multiple on
    certificate: str
    key: str
    sink_port: int        # where mail to RELAY_DOMAIN goes
    users: int = 100
    dovecot_fsync: str = "always"


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def wait_for_port(port, process, log):
    """Returns when somebody listens. No event tells this from outside a server."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection((ADDRESS, port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Trouble(f"port {port} does not answer:\n{tail(log)}")


def tail(path, size=3000):
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def run(arguments, *, text=None, ok=(0,)):
    done = subprocess.run(arguments, input=text.encode() if text else None, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode(errors="replace")
    if done.returncode not in ok:
        raise Trouble(f"{' '.join(arguments)}: exit {done.returncode}\n{output[-3000:]}")
    return output


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


class Server:
    """One server. prepare() once, then start() and stop() as often as wanted; reset() empties its mail."""

    name = ""
    label = ""
    durability = ""
    number = 0            # its place in the range of ports
    pace = 1              # how many times as much it gets to do (scenarios.py)
    mailboxes = True      # False: takes mail and drops it
    submission_needs_login = False
    multiappend = True    # has rfc3502
    delivers_before_answer = False  # True: what was answered 250 is in the mailbox

    def __init__(self, setup):
        self.setup = setup
        self.folder = os.path.join(setup.folder, self.name)
        self.base = setup.port_base + 40 * self.number
        self.group = None
        self.users = setup.users
        self.settings = {}  # what a scenario wants changed; known to the subclass
        os.makedirs(self.folder, mode=0o755, exist_ok=True)

    # Ports. "smtp" takes mail for the domain, "submission" takes mail to others.

    port_names = ("smtp", "submission", "lmtp", "imap", "imaps", "pop3", "pop3s")

    def port(self, protocol):
        return self.base + self.port_names.index(protocol)

    def refuse_taken_ports(self):
        for protocol in self.port_names:
            if not port_is_free(self.port(protocol)):
                raise Trouble(f"{self.name}: port {self.port(protocol)} ({protocol}) is taken; "
                              "say another --port-base")

    # Life

    def prepare(self):
        raise NotImplementedError

    def launch(self):
        raise NotImplementedError

    def end(self):
        raise NotImplementedError

    def wipe(self):
        raise NotImplementedError

    def pending(self):
        """Messages accepted but not yet where they go."""
        return 0

    def stored(self):
        """Messages in all inboxes; None: count them over IMAP."""
        return None

    def versions(self):
        return {}

    @property
    def running(self):
        return self.group is not None

    def start(self):
        if self.running:
            return
        self.refuse_taken_ports()
        self.group = Group(self.name, Device(self.folder))
        try:
            self.launch()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if not self.running:
            return
        try:
            self.end()
        finally:
            self.group.remove()
            self.group = None

    def reset(self, *, users=None, settings=None):
        """A fresh start: no mail, `users` accounts, these settings."""
        self.stop()
        self.wipe()
        self.users = users or self.setup.users
        self.settings = settings or {}
        self.prepare()
        self.start()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
