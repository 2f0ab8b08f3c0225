#!/usr/bin/python3
"""Postfix's test programs on both sides: smtp-source loads the server, smtp-sink takes what it relays."""
import email
import json
import os
import shutil
import subprocess
import time
import unittest

import server as kit

RELAY_SECONDS = 120


class Sink:
    """smtp-sink, with every message it takes in a file of its own."""

    def __init__(self, *options):
        program = kit.program("smtp-sink")
        self.port = kit.free_port()
        self.folder = kit.tempfile.mkdtemp(prefix="mansio-sink-")
        os.chmod(self.folder, 0o777)  # smtp-sink changes to another user when root starts it
        arguments = [program, *options, "-d", self.folder + "/%H%M%S."]
        if os.getuid() == 0:
            arguments += ["-u", "nobody"]
        self.process = subprocess.Popen([*arguments, f"127.0.0.1:{self.port}", "100"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def close(self):
        self.process.kill()
        self.process.wait(30)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def messages(self):
        """Subject to the list of messages that came with it, CRLF line ends."""
        found = {}
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                raw = file.read()
            if raw.count(b"\n\n"):  # else: still being written
                subject = email.message_from_bytes(raw)["Subject"]
                found.setdefault(subject, []).append(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
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
        """Subject to the bytes sent."""
        sent = {}
        with self.server.smtp(587) as client:
            client.login(kit.address("alice"), kit.PASSWORD)
            for n in range(count):
                body = f".\r\n..{n}\r\n.x\r\nna\u00efve \u00fc\t\r\n{'z' * 990}\r\n\r\n end \r\n"
                raw = kit.message(f"relayed {n}", sender="alice", to=f"r{n}@elsewhere.test", body=body)
                client.sendmail(kit.address("alice"), [f"r{n}@elsewhere.test"], raw)
                sent[f"relayed {n}"] = raw
        return sent

    def assert_all_came(self, sent, at_most=1):
        came = self.sink.messages()
        self.assertEqual(set(came), set(sent))
        twice = 0
        for subject, raw in sent.items():
            for got in came[subject]:
                self.assertTrue(got.endswith(raw), f"{subject} was changed on its way:\n{got!r}")
            twice += len(came[subject]) - 1
        self.assertLessEqual(twice, at_most - 1)

    def test_relays_byte_for_byte(self):
        self.start()
        sent = self.submit(40)
        wait_until(lambda: len(self.sink.messages()) >= len(sent), "the relayed mail")
        self.assert_all_came(sent)
        wait_until(lambda: self.queued() == 0, "an empty queue")
        self.server.stop()
        self.server.check()

    def queued(self):
        return len(json.loads(self.server.command("queue", "list", "--json")))

    def test_relays_everything_after_a_kill_in_the_middle(self):
        self.start("-w", "1")  # a second before each answer to DATA: mail is under way when the kill comes
        sent = self.submit(60)
        wait_until(lambda: self.sink.count() >= 5, "the first relayed mail")
        self.server.kill()
        self.server.check()
        self.server.start()
        self.server.command("queue", "retry", "--all")
        wait_until(lambda: len(self.sink.messages()) >= len(sent), "the rest of the mail")
        wait_until(lambda: self.queued() == 0, "an empty queue")
        # Mail whose "250" was on its way when the server died is sent again (rfc5321#4.5.4.1 allows no better).
        self.assert_all_came(sent, at_most=1 + 30)
        self.server.stop()
        self.server.check()

    def test_keeps_mail_while_the_next_server_is_away(self):
        self.start()
        self.sink.process.kill()
        self.sink.process.wait(30)
        sent = self.submit(5)
        self.assertEqual(self.queued(), 5)
        self.server.restart()
        self.assertEqual(self.queued(), 5)
        arguments = self.sink.process.args
        self.sink.process.stderr.close()
        self.sink.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.server.command("queue", "retry", "--all")
        wait_until(lambda: len(self.sink.messages()) >= len(sent), "the relayed mail")
        self.assert_all_came(sent)


if __name__ == "__main__":
    kit.main()
