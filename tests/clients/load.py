#!/usr/bin/env python3
"""The load generator against a server: every work once, small, and what it says it did is what happened."""
import json
import os
import subprocess
import tempfile
import unittest

import server as kit
from server import PASSWORD, address

LOAD = os.environ.get("MANSIO_LOAD", os.path.join(kit.ROOT, "build", "release", "bench", "mansio-load"))


def load(*arguments, ok=0, input=None):
    """Runs one work; returns its JSON line."""
    done = subprocess.run([LOAD, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          input=input, timeout=120, check=False)
    if done.returncode != ok:
        raise AssertionError(f"exit {done.returncode}, not {ok}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class LoadTestCase(kit.ServerTestCase):
    accounts = ("user1", "user2", "user3")

    def users(self, count=3):
        return ("--user", address("user%d"), "--users", count, "--password", PASSWORD)

    def smtp(self, *arguments, port=25, **options):
        return load("smtp", "--port", self.server.port(port), *self.users(), *arguments, **options)

    def imap(self, work, *arguments, port=143, **options):
        return load("imap", "--work", work, "--port", self.server.port(port), *self.users(), *arguments, **options)

    def pop3(self, work, *arguments, port=110, **options):
        return load("pop3", "--work", work, "--port", self.server.port(port), *self.users(), *arguments, **options)

    def count(self, name, mailbox="INBOX"):
        return len(self.server.messages(name, mailbox))

    def counts(self, mailbox="INBOX"):
        return [self.count(name, mailbox) for name in self.accounts]

    def setUp(self):
        super().setUp()
        for name in self.accounts:
            self.empty(name)

    def assert_clean(self, result, operations):
        self.assertEqual((result["operations"], result["errors"]), (operations, 0), result)
        self.assertGreater(result["operations_per_second"], 0)
        self.assertGreaterEqual(result["latency_ms"]["max"], result["latency_ms"]["p50"])


class Smtp(LoadTestCase):
    def test_kept_sessions_spread_over_users(self):
        result = self.smtp("--messages", 30, "--connections", 4, "--threads", 2, "--size", 5000)
        self.assert_clean(result, 30)
        self.assertEqual(result["bytes"], 30 * 5000)
        self.assertEqual(self.counts(), [10, 10, 10])

    def test_without_pipelining_under_tls_a_session_per_message(self):
        result = self.smtp("--messages", 6, "--connections", 2, "--reuse", "reconnect", "--recipients", 3,
                           "--no-pipelining", "--tls", "starttls")
        self.assert_clean(result, 6)
        self.assertEqual(self.counts(), [6, 6, 6])

    def test_who_submits_is_the_author_and_waits_at_the_gate(self):
        with open(self.path("a.eml"), "wb") as file:
            file.write(kit.message("someone else's"))
        for content in (("--size", 1000), ("--corpus", self.folder)):
            result = self.smtp("--messages", 3, "--tls", "implicit", "--auth", address("user1"), "--sender",
                               address("user1"), "--gate", *content, port=465, input="go\n")
            self.assert_clean(result, 3)

    def test_a_corpus_arrives_as_it_is_but_for_the_message_id(self):
        raw = kit.message("dots", body=".one\r\n..two\r\n.\r\nend\r\n")
        with open(self.path("a.eml"), "wb") as file:
            file.write(raw)
        self.assert_clean(self.smtp("--messages", 1, "--corpus", self.folder), 1)
        stored = self.server.messages("user1")[0]
        self.assertTrue(stored.endswith(raw.partition(b"\r\n\r\n")[2]))
        self.assertEqual(stored.count(b"Message-ID:"), 1)
        self.assertIn(b"@load.mansio.test>", stored)

    def test_refusals_are_errors(self):
        result = load("smtp", "--port", self.server.port(25), "--user", address("nobody%d"), "--messages", 4, ok=1)
        self.assertEqual((result["operations"], result["errors"]), (0, 4))
        self.assertIn("550", result["error_samples"][0])

    def test_no_server_is_an_error_of_every_message(self):
        result = load("smtp", "--port", kit.free_port(), "--user", "u%d@x.test", "--messages", 100, ok=1)
        self.assertEqual((result["operations"], result["errors"]), (0, 100))

    def test_idle_hears_of_every_message(self):
        result = load("idle", "--port", self.server.port(143), "--smtp-port", self.server.port(25), *self.users(),
                      "--connections", 3, "--rounds", 9)
        self.assert_clean(result, 9)
        self.assertEqual(self.counts(), [3, 3, 3])


class Imap(LoadTestCase):
    """Each test begins with ten messages of 2000 bytes in every INBOX, brought by the work that appends."""

    def setUp(self):
        super().setUp()
        result = self.imap("append", "--operations", 30, "--connections", 3, "--size", 2000, "--threads", 2)
        self.assert_clean(result, 30)
        self.assertEqual(result["bytes"], 60_000)
        # Connections take what comes: even out, so that the figures below are known.
        for name in self.accounts:
            have = self.count(name)
            with self.server.imap(name) as client:
                client.select("INBOX")
                for _ in range(have, 10):
                    client.append("INBOX", None, None, kit.message("more"))
                if have > 10:
                    client.store(f"11:{have}", "+FLAGS", r"(\Deleted)")
                    client.expunge()

    def test_commands_are_counted_as_commands(self):
        for work in ("select", "status", "noop", "store-one", "search-subject", "search-body"):
            with self.subTest(work):
                self.assert_clean(self.imap(work, "--operations", 12, "--connections", 3, "--pipeline", 4), 12)

    def test_fetches_count_what_came_back(self):
        for work in ("fetch-metadata", "fetch-full-metadata", "fetch-body"):
            with self.subTest(work):
                result = self.imap(work, "--operations", 6, "--connections", 3)
                self.assert_clean(result, 60)
        self.assertGreater(result["bytes"], 6 * 2000)

    def test_store_flags_and_clears(self):
        self.assert_clean(self.imap("store", "--operations", 1), 10)
        with self.server.imap("user1") as client:
            client.select("INBOX")
            self.assertEqual(len(client.search(None, "FLAGGED")[1][0].split()), 10)
        self.assert_clean(self.imap("store", "--operations", 2), 20)

    def test_copy_move_and_expunge(self):
        self.assert_clean(self.imap("copy", "--operations", 2, "--connections", 1, "--target", "Copies"), 20)
        self.assertEqual(self.count("user1", "Copies"), 20)
        self.assert_clean(self.imap("move", "--operations", 3, "--target", "Moved"), 30)
        self.assertEqual((self.count("user1"), self.count("user1", "Moved")), (0, 10))
        self.assert_clean(self.imap("expunge", "--mailbox", "Copies"), 20)
        self.assert_clean(self.imap("expunge", "--mailbox", "Moved"), 10)
        self.assertEqual((self.count("user1", "Copies"), self.count("user1", "Moved")), (0, 0))

    def test_login_under_tls(self):
        self.assert_clean(self.imap("login", "--operations", 4, "--connections", 2, "--tls", "implicit", port=993), 4)
        self.assert_clean(self.imap("login", "--operations", 2, "--tls", "starttls"), 2)

    def test_a_wrong_password_is_an_error(self):
        result = load("imap", "--work", "noop", "--port", self.server.port(143), "--user", address("user%d"),
                      "--password", "not the right one", ok=1)
        self.assertEqual(result["operations"], 0)
        self.assertIn("LOGIN", result["error_samples"][0])

    def test_pop3_reads_every_message(self):
        self.assert_clean(self.pop3("stat", "--operations", 6, "--connections", 3), 6)
        self.assert_clean(self.pop3("uidl", "--operations", 4, "--pipeline", 4), 4)
        self.assert_clean(self.pop3("list", "--operations", 2, "--tls", "starttls"), 2)
        result = self.pop3("retr", "--operations", 1000, "--connections", 3, "--pipeline", 8)
        self.assert_clean(result, 30)
        stored = sum(len(raw) for name in self.accounts for raw in self.server.messages(name))
        self.assertEqual(result["bytes"], stored)

    def test_held_connections_are_alive_at_the_end(self):
        for idle in ("yes", "no"):
            with self.subTest(idle=idle):
                result = load("hold", "--port", self.server.port(143), *self.users(), "--connections", 6, "--idle", idle,
                              "--sources", 2, "--hold-until-stdin-closes", input="")
                self.assert_clean(result, 6)


class Alone(unittest.TestCase):
    """Works that need no server."""

    def test_the_sink_takes_what_the_sender_sends(self):
        port = kit.free_port()
        with subprocess.Popen([LOAD, "sink", "--port", str(port), "--count", "40", "--threads", "2"],
                              stdout=subprocess.PIPE, text=True) as sink:
            self.assertEqual(json.loads(sink.stdout.readline()), {"ready": 2})
            sent = load("smtp", "--port", port, "--user", "u%d@x.test", "--messages", 40, "--connections", 4)
            result = json.loads(sink.stdout.readline())
        self.assertEqual(sink.returncode, 0)
        for side in (sent, result):
            self.assertEqual((side["operations"], side["errors"]), (40, 0), side)
        self.assertEqual(result["bytes"], sent["bytes"])

    def test_limits(self):
        for work in ("loopback", "tls", "sha256"):
            with self.subTest(work):
                result = load("limit", "--work", work, "--seconds", 1)
                self.assertEqual(result["errors"], 0, result)
                self.assertGreater(result["bytes"], 1_000_000)

    def test_the_engine_alone(self):
        with tempfile.TemporaryDirectory(prefix="mansio-load-") as folder:
            result = load("limit", "--work", "group-commit", "--folder", os.path.join(folder, "store"), "--writers", 8,
                          "--seconds", 1)
        self.assertEqual(result["errors"], 0, result)
        self.assertGreater(result["bytes"], result["operations"] * 8192)

    def test_wrong_usage(self):
        for wrong in (["smtp"], ["imap", "--work", "dance", "--port", "1", "--user", "x"], []):
            self.assertEqual(subprocess.run([LOAD, *wrong], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            check=False).returncode, 2, wrong)


if __name__ == "__main__":
    if not os.access(LOAD, os.X_OK):
        raise SystemExit(f"no load generator at {LOAD}")
    kit.main()
