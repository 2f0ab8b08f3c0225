#!/usr/bin/python3
"""Postfix's test programs on both sides: smtp-source loads the server, smtp-sink takes what it relays."""
import email
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import server as kit

RELAY_SECONDS = 180


def crlf(raw):
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class Sink:
    """smtp-sink, with every message it takes in a file of its own."""

    def __init__(self, *options):
        program = kit.program("smtp-sink")
        self.port = kit.free_port()
        self.folder = tempfile.mkdtemp(prefix="mansio-sink-")
        os.chmod(self.folder, 0o777)  # smtp-sink changes to another user when root starts it
        self.arguments = [program, *options, "-d", self.folder + "/%H%M%S."]
        if os.getuid() == 0:
            self.arguments += ["-u", "nobody"]
        self.arguments += [f"127.0.0.1:{self.port}", "100"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.listens, "smtp-sink")

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def stop(self):
        self.process.kill()
        self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def messages(self):
        """Message-ID to the list of messages that came with it, CRLF line ends, smtp-sink's own fields gone."""
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                raw = file.read()
            if not raw.endswith(b"\n\n"):
                continue  # still being written: smtp-sink ends a file with an empty line of its own
            found.setdefault(email.message_from_bytes(raw)["Message-ID"], []).append(crlf(raw[:-1]))
        return found

    def count(self):
        return len(os.listdir(self.folder))


def wait_until(reached, what, seconds=RELAY_SECONDS):
    """The relay gives no event to the outside: look again and again."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


class SmtpSource(kit.ServerTestCase):
    def load(self, *options, count, sessions=20, length=4000):
        kit.run([kit.program("smtp-source"), "-s", str(sessions), "-m", str(count), "-l", str(length),
                 "-f", "source@elsewhere.test", "-t", kit.address("alice"), *options,
                 f"127.0.0.1:{self.server.port(25)}"], timeout=300)

    def test_every_message_arrives_whole(self):
        self.load(count=1000)
        messages = self.server.messages("alice")
        self.assertEqual(len(messages), 1000)
        # Every body is the same text: same length, nothing lost on the way.
        self.assertEqual(len({raw.split(b"\r\n\r\n", 1)[1] for raw in messages}), 1)
        self.assertGreater(len(messages[0]), 4000)

    def test_messages_larger_than_any_buffer_arrive(self):
        self.empty("alice")
        self.load(count=10, sessions=5, length=3_000_000)
        self.assertEqual({len(raw) > 3_000_000 for raw in self.server.messages("alice")}, {True})

    def test_keeps_connections_open_for_several_messages(self):
        self.empty("alice")
        self.load("-d", count=200, sessions=5)
        self.assertEqual(len(self.server.messages("alice")), 200)


class Relay(unittest.TestCase):
    def setUp(self):
        kit.program("smtp-sink")

    def start(self, *sink_options):
        self.sink = Sink(*sink_options)
        self.addCleanup(self.sink.close)
        self.server = kit.Server(smarthost=f"127.0.0.1:{self.sink.port}")
        self.addCleanup(self.server.close)
        self.server.add_account("alice")
        self.server.start()

    def submit(self, count):
        """Message-ID to the bytes sent."""
        sent = {}
        with self.server.smtp(587) as client:
            client.login(kit.address("alice"), kit.PASSWORD)
            for n in range(count):
                body = f".\r\n..{n}\r\n.x\r\nna\u00efve \u00fc\t\r\n{'z' * 990}\r\n\r\n end \r\n"
                recipient = f"r{n}@elsewhere.test"
                raw = kit.message(f"relayed {n}", sender="alice", to=recipient, body=body, number=f"relayed-{n}")
                client.sendmail(kit.address("alice"), [recipient], raw)
                sent[f"<relayed-{n}@client.test>"] = raw
        return sent

    def wait_for(self, count):
        wait_until(lambda: len(self.sink.messages()) >= count, f"{count} relayed messages")
        wait_until(lambda: not self.server.queue(), "an empty queue")

    def assert_all_came(self, sent, twice=0):
        """Each message ends with exactly the bytes that were sent (trace fields stand in front of them)."""
        came = self.sink.messages()
        self.assertEqual(set(came), set(sent))
        for name, raw in sent.items():
            for got in came[name]:
                self.assertTrue(got.endswith(raw), f"{name} was changed on its way:\n{got!r}")
        self.assertLessEqual(sum(len(copies) - 1 for copies in came.values()), twice)

    def test_relays_byte_for_byte(self):
        self.start()
        sent = self.submit(40)
        self.wait_for(len(sent))
        self.assert_all_came(sent)
        self.server.stop()
        self.server.check()

    def test_relays_everything_after_a_kill_in_the_middle(self):
        self.start("-w", "1")  # a second before each answer to DATA: mail is under way when the kill comes
        sent = self.submit(60)
        wait_until(lambda: self.sink.count() >= 5, "the first relayed mail")
        self.server.kill()
        self.server.check()
        self.server.start()
        self.server.retry_queue()
        self.wait_for(len(sent))
        # Mail whose "250" was on its way when the server died is sent again: rfc5321#4.5.4.1 knows no better.
        self.assert_all_came(sent, twice=30)
        self.server.stop()
        self.server.check()

    def test_passes_on_what_smtp_source_sends_through_a_kill(self):
        """Mail in by smtp-source, out to smtp-sink: an address of ours that leads elsewhere."""
        self.start("-w", "1")
        self.server.command("alias", "add", kit.address("elsewhere"), "somebody@elsewhere.test")
        kit.run([kit.program("smtp-source"), "-s", "10", "-m", "100", "-l", "3000", "-f", "x@elsewhere.test",
                 "-t", kit.address("elsewhere"), f"127.0.0.1:{self.server.port(25)}"], timeout=300)
        wait_until(lambda: self.sink.count() >= 5, "the first relayed mail")
        self.server.kill()
        self.server.check()
        self.server.start()
        self.server.retry_queue()
        self.wait_for(100)
        came = self.sink.messages()
        self.assertEqual(len(came), 100)
        # smtp-source sends one text again and again.
        bodies = {raw.split(b"\r\n\r\n", 1)[1] for copies in came.values() for raw in copies}
        self.assertEqual(len(bodies), 1)

    def test_keeps_mail_while_the_next_server_is_away(self):
        self.start()
        self.sink.stop()
        sent = self.submit(5)
        self.assertEqual(len(self.server.queue()), 5)
        self.server.restart()
        self.assertEqual(len(self.server.queue()), 5)
        self.sink.start()
        self.server.retry_queue()
        self.wait_for(len(sent))
        self.assert_all_came(sent)


if __name__ == "__main__":
    kit.main()
