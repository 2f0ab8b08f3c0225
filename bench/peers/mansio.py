"""Mansio, as `init --lab` makes it, with the bench's ports and certificate."""
import json
import os
import re
import shutil
import socket
import threading

from machine import output
from peers.base import ADDRESS, DOMAIN, PASSWORD, SENDER, Server, Trouble, run, tail, wait_for_port, write

# Every line that differs from the defaults, with its reason. Lab mode lifts the limits per address and user.
SETTINGS = """
[accounts]
# Dovecot compares plain passwords here. The smallest hash keeps the comparison about mail.
argon2-memory = "8KiB"
argon2-passes = 1
scram-iterations = 4096

[imap]
max-connections = 20000

[smtp]
max-connections = 20000
# The corpus was written by many people; the peers pass it on without asking whose it is.
check-sender = false

[relay]
smarthost = "{address}:{sink}"
smarthost-tls = "off"
# As many as Postfix opens to one destination by default.
max-connections-per-destination = 20
"""
TEMPLATE_LIMIT = 1000


class Mansio(Server):
    name = "mansio"
    label = "Mansio"
    durability = "every 250 and OK follows a synced commit, flag changes too"
    number = 0
    submission_needs_login = True
    submission_user = SENDER
    delivers_before_answer = True
    pace = 4

    def __init__(self, setup):
        super().__init__(setup)
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "mansio.log")
        self.process = None

    def versions(self):
        return {"mansio": output(self.setup.binary, "--version").splitlines()[0]}

    # Set up. A store with accounts is kept as a template: making a hundred takes longer than copying them.

    def prepare(self):
        if os.path.isdir(self.data):
            return
        template = os.path.join(self.folder, f"template-{self.users}")
        if os.path.isdir(template):
            shutil.copytree(template, self.data)
            self.write_config()
            return
        run([self.setup.binary, "init", self.data, "--hostname", f"mail.{DOMAIN}", "--domain", DOMAIN, "--lab",
             "--address", ADDRESS, "--port-base", "20000"])
        self.initial = self.read_config()
        write(f"{self.data}/initial.toml", self.initial, 0o600)
        self.write_config()
        self.start()
        self.add_accounts()
        self.stop()
        if self.users <= TEMPLATE_LIMIT:
            shutil.copytree(self.data, template)

    def read_config(self):
        with open(f"{self.data}/mansio.toml", encoding="utf-8") as file:
            return file.read()

    def write_config(self):
        with open(f"{self.data}/initial.toml", encoding="utf-8") as file:
            head = file.read().split("[[listener]]")[0]
        head = re.sub(r'(?m)^(certificate|key) = .*$',
                      lambda found: f'{found[1]} = "{getattr(self.setup, found[1])}"', head)
        listeners = "".join(f'\n[[listener]]\nprotocol = "{protocol}"\naddress = "{ADDRESS}"\nport = '
                            f'{self.port(protocol)}\n' for protocol in self.port_names)
        extra = SETTINGS.format(address=ADDRESS, sink=self.setup.sink_port)
        write(f"{self.data}/mansio.toml", head + extra + listeners, 0o600)

    @property
    def control_socket(self):
        for folder, _, files in os.walk(self.data):
            if "admin.sock" in files:
                return os.path.join(folder, "admin.sock")
        raise Trouble("the server has no admin socket")

    def add_accounts(self):
        """Over the control socket; many of them several at a time, so that they share synced commits."""
        connections = 1 if self.users <= TEMPLATE_LIMIT else 16
        failed = []

        def add(first):
            try:
                with socket.socket(socket.AF_UNIX) as control:
                    control.connect(self.control_socket)
                    answers = control.makefile("r", encoding="utf-8")
                    for number in range(first, self.users + 1, connections):
                        ask(control, answers, "account.add", address=f"user{number}@{DOMAIN}", password=PASSWORD)
            except (OSError, Trouble, ValueError) as trouble:
                failed.append(str(trouble))

        threads = [threading.Thread(target=add, args=(first,)) for first in range(1, connections + 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise Trouble(f"accounts: {failed[0]}")

    # Life

    def launch(self):
        self.process = self.group.start([self.setup.binary, "serve", "--config", f"{self.data}/mansio.toml"],
                                        log=self.log)
        wait_for_port(self.port("imap"), self.process, self.log)
        wait_for_port(self.port("smtp"), self.process, self.log)

    def end(self):
        if self.process is not None:
            status = self.group.stop(self.process, patience=90)
            self.process = None
            if status != 0:
                raise Trouble(f"mansio ended with {status}:\n{tail(self.log)}")

    def wipe(self):
        shutil.rmtree(self.data, ignore_errors=True)

    # The queue

    def call(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.control_socket)
            return ask(control, control.makefile("r", encoding="utf-8"), command, **arguments)

    def queued(self):
        return self.call("queue.list", limit=1_000_000)

    def release(self):
        """Tries all of the queue now."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.control_socket)
            answers = control.makefile("r", encoding="utf-8")
            for row in self.queued():
                try:
                    ask(control, answers, "queue.retry", id=row["id"])
                except Gone:
                    pass  # it went out with the ones before it

class Gone(Trouble):
    """The server knows no such thing (any more)."""


def ask(control, answers, command, **arguments):
    control.sendall(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
    line = answers.readline()
    answer = json.loads(line) if line else {"error": {"cause": "the server closed the connection"}}
    if "error" in answer:
        kind = Gone if answer["error"].get("fault") == "not-found" else Trouble
        raise kind(f"{command}: {answer['error']}")
    return answer["result"]
