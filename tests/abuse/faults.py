#!/usr/bin/python3
"""The world fails around the server: no descriptors left, no memory, clocks that jump, DNS and remotes that are
silent or talk nonsense, a disk that takes seconds for each sync. Each time: a stated reply, nobody else harmed,
and all well again without a restart. (A disk that fails or fills up is tests/crash.)"""
import os
import re
import resource
import socket
import sys
import time

import ceiling as limits
import rack
from rack import MIB, kit
from remotes import PHASES, Dns, Remote

HOUR = 3600


class Descriptors(rack.AbuseTestCase):
    """A low limit, all of it taken by connections."""
    most = 256
    settings = {"store": {"max-open-files": 64, "write-buffer": "1MiB"},
                "smtp": {"max-connections": 20000}, "imap": {"max-connections": 20000}}

    def lower_limit(self):
        self.server.ceiling.enter()
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.most, self.most))

    def setUp(self):
        super().setUp()
        self.server.stop()
        kit.Server.start(self.server, preexec_fn=self.lower_limit)

    def test_connections_take_all(self):
        base = self.server.ports.base
        with self.under_attack("descriptors exhausted", exempt=("smtp",)) as notes:  # it connects anew
            crowd = [socket.create_connection(("127.0.0.1", base + port), timeout=30)
                     for _ in range(self.most) for port in (25, 143)]
            cpu = limits.cpu_seconds(self.server.pid)
            time.sleep(2)  # is it busy with failing to accept?
            notes["processor while exhausted"] = f"{(limits.cpu_seconds(self.server.pid) - cpu) / 2:.2f}"
            notes["descriptors"] = self.server.facts()["descriptors"]
            answer = self.deliver_on(crowd[0], 6)
            notes["a delivery that makes the store open files"] = answer
            for connection in crowd:
                connection.close()
            self.server.wait_until(lambda: self.server.connections() < 20, 20, "the crowd is gone")
        self.assertLess(limits.cpu_seconds(self.server.pid) - cpu, 2)
        self.assertRegex(answer, r"^(250|45\d) ")
        self.assertNotIn("store", re.findall(r" (?:warning|error) +(\w+)", self.server.log_text()))
        self.server.deliver("alice", kit.message("afterwards"))

    @staticmethod
    def deliver_on(connection, mebibytes):
        """On a connection that was let in: enough for the store to begin new files. The last answer."""
        lines = connection.makefile("rb")
        lines.readline()
        for command in ("HELO x", "MAIL FROM:<a@elsewhere.test>", f"RCPT TO:<{kit.address('alice')}>", "DATA"):
            connection.sendall(command.encode() + b"\r\n")
            lines.readline()
        connection.sendall(kit.message("many files") + os.urandom(mebibytes * MIB // 2).hex("\n", 35).replace(
            "\n", "\r\n").encode() + b"\r\n.\r\n")
        return lines.readline().decode().strip()


class Memory(rack.AbuseTestCase):
    """The system gives no more memory for a while. What asks for much fails: that session ends, no other, and its
    client hears of a trouble that passes."""
    mebibytes = 448
    give_back = 128
    settings = {"smtp": {"error-delay": "0s"}}

    def test_allocations_fail(self):
        body = ("z" * 76 + "\r\n") * (30 * MIB // 78)
        with self.under_attack("no more memory") as notes:
            pid = self.server.pid
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                size = int(re.search(r"VmSize:\s+(\d+)", status.read())[1]) * 1024
            before = resource.prlimit(pid, resource.RLIMIT_AS, (size + 24 * MIB, resource.RLIM_INFINITY))
            answers = []
            for _ in range(4):
                try:
                    self.server.deliver("mallory", kit.message("too much", body=body))
                    answers.append("250")
                except (OSError, kit.smtplib.SMTPException) as error:
                    answers.append(f"{type(error).__name__} {error}"[:60])
                self.assertIsNone(self.server.process.poll(), "the process died")
            notes["answers"] = answers
            resource.prlimit(pid, resource.RLIMIT_AS, before)
            self.server.deliver("mallory", kit.message("enough", body=body))
        self.assertFalse([answer for answer in answers if answer.startswith("SMTPDataError (5")], answers)
        self.assertTrue([answer for answer in answers if answer.startswith("SMTPDataError (4")], answers)


class Clocks(rack.AbuseTestCase):
    """The wall clock jumps; the steady clock runs on."""
    wishes = {}

    def uid_validity(self, client, name):
        return int(re.search(rb"UIDVALIDITY (\d+)", client.status(name, "(UIDVALIDITY)")[1][0])[1])

    def test_jumps(self):
        seen = []
        with self.under_attack("clock jumps") as notes, self.server.imap("alice") as client:
            client.select("INBOX")
            inbox = self.uid_validity(client, "INBOX")
            for jump in (0, 6 * HOUR, -6 * HOUR, 400 * 24 * HOUR, -48 * HOUR, 0):
                self.meddle.wall_clock_offset = jump
                self.server.deliver("mallory", kit.message(f"at {jump}", to="mallory"))
                self.assertEqual(client.noop()[0], "OK")
                self.assertEqual(client.create("again")[0], "OK")
                seen.append(self.uid_validity(client, "again"))
                self.assertEqual(client.delete("again")[0], "OK")
                time.sleep(0.6)  # the honest clients live through each
            self.assertEqual(self.uid_validity(client, "INBOX"), inbox)
            notes["UIDVALIDITY"] = seen
        self.assertEqual(seen, sorted(set(seen)), "a mailbox made again has a larger UIDVALIDITY")
        subjects = kit.subjects(self.server.messages("mallory"))
        self.assertEqual(len(subjects), 6)

    def test_the_queue_after_a_jump_back(self):
        """A retry that was due soon is not put off by the hours that the clock went back."""
        self.server.stop()
        self.server.configure({"relay": {"smarthost": f"127.0.0.1:{kit.free_port()}", "first-retry": "2s",
                                         "max-retry": "2s", "connect-timeout": "2s"}})
        self.wishes = {"wall_clock_offset": 5 * HOUR}
        self.start_server()
        self.server.submit("alice", ["r@elsewhere.test"], kit.message("later", sender="alice"))
        attempts = lambda: sum(row["recipients"][0].get("attempts", 0) for row in self.server.queue())  # noqa: E731
        self.server.wait_until(lambda: attempts() >= 1, 20, "a first attempt")
        self.meddle.wall_clock_offset = 0
        before = attempts()
        self.server.wait_until(lambda: attempts() > before, 20, "another attempt after the clock went back")


class Silence(rack.AbuseTestCase):
    """Remotes and DNS servers that do not answer, and one that does."""

    def setUp(self):
        self.port = kit.free_port()
        self.remotes = {}
        behaviours = ["good", *(f"silent {phase}" for phase in PHASES), *(f"garbage {phase}" for phase in PHASES),
                      *(f"hangup {phase}" for phase in PHASES), "endless connect", "endless EHLO", "line connect",
                      "line MAIL"]
        zones = {}
        for number, behave in enumerate(behaviours, 1):
            domain = f"d{number}.test"
            zones[domain] = f"127.0.9.{number}"
            self.remotes[domain] = Remote(zones[domain], self.port, behave)
            self.addCleanup(self.remotes[domain].close)
        self.dns = Dns(zones)
        self.addCleanup(self.dns.close)
        waits = {f"{what}-timeout": "2s" for what in ("connect", "greeting", "command", "data", "block", "final")}
        self.settings = {
            "dns": {"servers": [f"127.0.0.1:{self.dns.port}"], "timeout": "2s"},
            "relay": {"port": self.port, "private-addresses": True, "first-retry": "2s", "max-retry": "2s",
                      "reuse-time": "0s", "tls": "off", **waits},
        }
        super().setUp()

    def submit(self, domain):
        number = f"to-{domain}"
        self.server.submit("mallory", [f"r@{domain}"], kit.message("out", sender="mallory", to=f"r@{domain}",
                                                                   number=number))
        return f"<{number}@client.test>"

    def states(self):
        return {row["recipients"][0]["address"].strip("<>").partition("@")[2]: row["recipients"][0]
                for row in self.server.queue()}

    def reason(self, domain):
        """Why the last attempt failed; "" before one did."""
        state = self.states().get(domain, {})
        return state.get("last_reply", "") if state.get("state") == "waiting" else ""

    def test_others_are_served_and_all_arrives_in_the_end(self):
        good = "d1.test"
        bad = [domain for domain in self.remotes if domain != good]
        silent = [f"nowhere{number}.test" for number in range(5)]
        with self.under_attack("silent and mad remotes") as notes:
            sent = {domain: self.submit(domain) for domain in bad}
            for domain in silent:
                self.submit(domain)
            began = time.monotonic()
            sent[good] = self.submit(good)
            self.server.wait_until(lambda: self.remotes[good].received, 10, "mail for the good one arrived")
            notes["the good one served after"] = f"{time.monotonic() - began:.1f} s"
            self.server.wait_until(lambda: all(self.reason(domain) for domain in bad + silent), 60,
                                   "a reason for each that is not delivered")
            notes["reasons"] = {domain: self.reason(domain) for domain in bad + silent}
            for remote in self.remotes.values():
                remote.behave = "good"
            self.dns.zones.update(dict.fromkeys(silent, "127.0.9.1"))
            self.server.wait_until(lambda: not self.server.queue(), 60, "an empty queue")
            notes["destinations"] = len(sent) + len(silent)
            notes["attempts"] = sum(remote.sessions for remote in self.remotes.values())
        for domain, message_id in sent.items():
            self.assertGreaterEqual(self.remotes[domain].received[message_id], 1, domain)


class Disk(rack.AbuseTestCase):
    """Each sync takes a second and a half for a while."""
    delay = 1500  # ms
    wishes = {}

    def test_slow_syncs(self):
        with self.under_attack("slow syncs", exempt=("smtp",)) as notes:
            self.meddle.sync_delay = self.delay
            began = time.monotonic()
            for number in range(2):
                self.server.deliver("mallory", kit.message(f"slow {number}", to="mallory"))
            took = time.monotonic() - began
            notes["two deliveries took"] = f"{took:.1f} s"
            with self.server.imap("mallory") as client:
                client.select("INBOX")
                self.assertEqual(client.store("1", "+FLAGS", r"(\Seen)")[0], "OK")
            self.meddle.sync_delay = 0
            began = time.monotonic()
            self.server.deliver("mallory", kit.message("slow syncs are over", to="mallory"))
            took_after = time.monotonic() - began
        self.assertGreater(took, 2 * self.delay / 1000, "250 came before the sync")
        self.assertLess(took_after, self.delay / 1000 + 1)
        self.assertEqual(len(self.server.messages("mallory")), 3)


if __name__ == "__main__":
    rack.kit.main()
