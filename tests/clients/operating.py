"""What an administrator does: set up, change settings, replace the certificate, take over an older set-up."""
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import server as kit


def mansio(*arguments, input=None):
    """Exit status and everything printed."""
    done = subprocess.run([kit.BINARY, *arguments], input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=120, check=False, text=True)
    return done.returncode, done.stdout


def replace_in_file(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert old in text, f"{old!r} is not in {path}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


class Init(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mansio-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def init(self, *more):
        return mansio("init", self.folder, "--hostname", "mail.a.test", "--domain", "a.test", *more)

    def test_leaves_nothing_behind_when_it_fails(self):
        for bad in (["--address", "999.1.1.1"], ["--smarthost", "nowhere"]):
            status, text = self.init(*bad)
            self.assertEqual(status, 1, text)
            self.assertEqual(os.listdir(self.folder), [], text)
        status, text = self.init()
        self.assertEqual(status, 0, text)

    def test_overwrites_nothing(self):
        self.assertEqual(self.init()[0], 0)
        status, text = self.init()
        self.assertEqual(status, 1)
        self.assertIn("holds a server already", text)

    def test_leaves_the_mode_of_a_folder_in_use_alone(self):
        os.chmod(self.folder, 0o755)
        with open(os.path.join(self.folder, "other"), "w", encoding="utf-8"):
            pass
        self.assertEqual(self.init()[0], 0)
        self.assertEqual(os.stat(self.folder).st_mode & 0o777, 0o755)
        self.assertEqual(os.stat(os.path.join(self.folder, "data")).st_mode & 0o777, 0o700)


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = kit.Server()
        cls.server.add_account("alice")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_has_three_exit_statuses(self):
        config = ["--config", self.server.config]
        for wanted, arguments in ((0, ["account", "list"]), (1, ["account", "show", "nobody@example.test"]),
                                  (2, ["account", "show"]), (2, ["nonsense"]),
                                  (2, ["account", "quota", "alice@example.test", "--bytes", "-5"])):
            status, text = mansio(*config, *arguments)
            self.assertEqual(status, wanted, f"{arguments}: {text}")

    def test_names_the_file_that_cannot_be_read(self):
        for path in ("/nonexistent/mansio.toml", "/"):
            status, text = mansio("--config", path, "config", "check")
            self.assertEqual(status, 1, text)
            self.assertIn(path + ": can't be", text)

    def test_reads_its_own_dump(self):
        dump = os.path.join(self.server.folder, "dump.toml")
        with open(dump, "w", encoding="utf-8") as file:
            file.write(self.server.command("config", "dump"))
        status, text = mansio("--config", dump, "config", "check")
        self.assertEqual(status, 0, text)

    def test_checks_the_certificate_with_the_settings(self):
        moved = self.server.certificate + ".away"
        os.rename(self.server.certificate, moved)
        self.addCleanup(os.rename, moved, moved.removesuffix(".away"))
        status, text = mansio("--config", self.server.config, "config", "check")
        self.assertEqual(status, 1, text)
        self.assertIn("certificate", text)

    def test_takes_an_older_set_up_over(self):
        ini = os.path.join(self.server.folder, "settings.ini")
        with open(ini, "wb") as file:
            file.write("[POP3]\r\nPort=99999\r\n[USERS]\r\nCount=2\r\n"
                       "[USER0]\r\nUserName=m\u00fcller\r\nPassword=taken over\r\nEmail=mueller@old.test\r\n"
                       "[USER1]\r\nUserName=nopassword\r\nPassword=\r\n"
                       "[USER2]\r\nUserName=stale@old.test\r\nPassword=gone\r\n".encode("cp1252"))
        for more in (["--dry-run"], []):
            status, text = mansio("--config", self.server.config, "import", "ini", ini, *more)
            self.assertEqual(status, 1, text)  # something was refused
            self.assertRegex(text, "refused +line 2 .*not a port number")
            self.assertRegex(text, "taken +line .*mueller@old.test")
            self.assertRegex(text, "refused +line .*nopassword@example.test has no password")
            accounts = self.server.command("account", "list")
            self.assertEqual("mueller@old.test" in accounts, not more)
            self.assertNotIn("stale@old.test", accounts)


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = kit.Server(smarthost=f"127.0.0.1:{kit.free_port()}")
        cls.server.add_account("alice")
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def fingerprint(self):
        with socket.create_connection(("127.0.0.1", self.server.port(993)), timeout=60) as plain:
            with self.server.tls().wrap_socket(plain) as stream:
                return hashlib.sha256(stream.getpeercert(binary_form=True)).hexdigest()

    def wait_until(self, what, condition):
        """What a signal or a timer brings about has no event that a client could wait for."""
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, f"{what} in vain:\n{self.server.log_tail()}")
            time.sleep(0.05)

    def new_certificate(self):
        folder = os.path.dirname(self.server.certificate)
        kit.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", os.path.join(folder, "key.pem"), "-out", self.server.certificate, "-days", "2",
                 "-subj", "/CN=mail.example.test"])

    def reload(self):
        self.server.process.send_signal(signal.SIGHUP)

    def test_a_second_server_hears_that_the_port_is_taken(self):
        folder = os.path.join(self.server.folder, "second")
        status, text = mansio("init", folder, "--hostname", "mail.b.test", "--domain", "b.test", "--port-base",
                              str(self.server.ports.base), "--address", "127.0.0.1", "--lab")
        self.assertEqual(status, 0, text)
        status, text = mansio("serve", "--config", os.path.join(folder, "mansio.toml"))
        self.assertEqual(status, 1, text)
        self.assertIn("another program listens there", text)
        status, text = mansio("serve", "--config", self.server.config)
        self.assertEqual(status, 1, text)

    def test_a_new_certificate_serves_new_connections_and_open_ones_live_on(self):
        before = self.fingerprint()
        with self.server.imap("alice", tls=True) as client:
            self.new_certificate()
            self.reload()
            self.wait_until("waited for the new certificate", lambda: self.fingerprint() != before)
            self.assertEqual(client.noop()[0], "OK")
        replace_in_file(self.server.config, "[tls]\n", '[tls]\ncheck-interval = "1s"\n')
        self.reload()
        before = self.fingerprint()
        self.new_certificate()
        self.wait_until("waited for a look at the file", lambda: self.fingerprint() != before)

    def test_a_reload_says_what_it_cannot_bring(self):
        replace_in_file(self.server.config, "[server]\n", "[server]\nloops = 3\n")
        self.reload()
        self.wait_until("waited for the warning",
                        lambda: "needs a restart setting=server.loops" in self.server.log_text())

    def test_the_log_names_why_mail_waits(self):
        self.server.submit("alice", ["bob@elsewhere.test"], kit.message("out", sender="alice"))
        self.wait_until("waited for the attempt", lambda: "deferred" in self.server.log_text())
        line = [l for l in self.server.log_text().splitlines() if "deferred" in l][0]
        self.assertIn("recipient=bob@elsewhere.test", line)
        self.assertIn("Connection refused", line)


if __name__ == "__main__":
    kit.main()
