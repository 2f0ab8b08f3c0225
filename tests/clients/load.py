#!/usr/bin/env python3
"""The load generator against a server: every work once, small, and what it says it did is what happened."""
import json
import os
import subprocess
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


class Load(kit.ServerTestCase):
    accounts = ("user1", "user2", "user3")

    def users(self, count=3):
        return ("--user", address("user%d"), "--users", count, "--password", PASSWORD)

    def smtp(self, *arguments, ok=0, port=25, **options):
        return load("smtp", "--port", self.server.port(port), *self.users(), *arguments, ok=ok, **options)

    def count(self, name):
        return len(self.server.messages(name))

    def setUp(self):
        super().setUp()
        for name in self.accounts:
            self.empty(name)

    def assert_clean(self, result, operations):
        self.assertEqual((result["operations"], result["errors"]), (operations, 0), result)
        self.assertGreater(result["operations_per_second"], 0)
        self.assertGreaterEqual(result["latency_ms"]["max"], result["latency_ms"]["p50"])

    def test_smtp_kept_sessions_spread_over_users(self):
        result = self.smtp("--messages", 30, "--connections", 4, "--threads", 2, "--size", 5000)
        self.assert_clean(result, 30)
        self.assertEqual(result["bytes"], 30 * 5000)
        self.assertEqual([self.count(name) for name in self.accounts], [10, 10, 10])

    def test_smtp_without_pipelining_under_tls_a_session_per_message(self):
        result = self.smtp("--messages", 6, "--connections", 2, "--reuse", "reconnect", "--recipients", 3,
                           "--no-pipelining", "--tls", "starttls")
        self.assert_clean(result, 6)
        self.assertEqual([self.count(name) for name in self.accounts], [6, 6, 6])

    def test_smtp_submission_as_a_user_waits_at_the_gate(self):
        result = self.smtp("--messages", 3, "--tls", "implicit", "--auth", address("user1"), "--sender",
                           address("user1"), "--gate", port=465, input="go\n")
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


if __name__ == "__main__":
    if not os.access(LOAD, os.X_OK):
        raise SystemExit(f"no load generator at {LOAD}")
    kit.main()
