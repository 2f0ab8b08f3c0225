#!/usr/bin/python3
"""neomutt without a person: sends in batch mode, reads over IMAP and POP3 with keys pushed at start."""
import mailbox
import os
import pty
import select
import signal
import time
import unittest

import server as kit

READ_SECONDS = 60


def run_in_terminal(arguments, environment):
    """Runs a full-screen program on a pseudo terminal until it ends; gives back what it drew."""
    try:
        child, terminal = pty.fork()
    except OSError as error:  # a chroot without /dev/pts
        raise unittest.SkipTest(f"no pseudo terminals here: {error}") from error
    if child == 0:
        os.execvpe(arguments[0], arguments, environment)
    drawn = b""
    deadline = time.monotonic() + READ_SECONDS
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([terminal], [], [], 1)
            if not ready:
                continue
            piece = os.read(terminal, 65536)
            if not piece:
                break
            drawn += piece
        else:
            os.kill(child, signal.SIGKILL)
            raise AssertionError(f"{arguments[0]} did not end:\n{drawn[-2000:]!r}")
    except OSError:  # EIO: the program closed the terminal
        pass
    finally:
        os.close(terminal)
        _, status = os.waitpid(child, 0)
    if status != 0:
        raise AssertionError(f"{arguments[0]}: status {status}\n{drawn[-2000:]!r}")
    return drawn


class Neomutt(kit.ServerTestCase):
    def setUp(self):
        super().setUp()
        self.program = kit.program("neomutt")
        self.user = kit.address("alice").replace("@", "%40")
        self.config = self.write("neomuttrc", "\n".join([
            f'set from="{kit.address("alice")}"', 'set realname="Alice"', "set use_envelope_from=no",
            f'set smtp_url="smtp://{self.user}@127.0.0.1:{self.server.port(587)}/"',
            f'set smtp_pass="{kit.PASSWORD}"', f'set imap_pass="{kit.PASSWORD}"',
            f'set pop_pass="{kit.PASSWORD}"', "set smtp_authenticators=plain", "set ssl_starttls=no",
            "set ssl_force_tls=no", "set abort_nosubject=no", "set abort_unmodified=no", "set header_cache=''",
            "set confirmappend=no", "set confirmcreate=no", "set delete=yes", "set quit=yes", "set mbox_type=mbox",
            "set move=no", "set copy=no", "set wait_key=no", "set pop_delete=no", "set net_inc=0",
            f'set folder="{self.folder}"', f'set tmpdir="{self.folder}"', ""]))
        self.environment = dict(os.environ, HOME=self.folder, TERM="xterm", LANG="C.UTF-8",
                                XDG_CONFIG_HOME=self.folder)

    def read(self, url, keys):
        run_in_terminal([self.program, "-n", "-F", self.config, "-f", url, "-e", f'push "{keys}"'],
                        self.environment)

    def save_all(self, url):
        saved = self.path("saved")
        self.read(url, f"<tag-pattern>~A<enter><tag-prefix><copy-message>{saved}<enter><exit>")
        return [raw.as_bytes() for raw in mailbox.mbox(saved)]

    def imap(self, mailbox_name):
        return f"imap://{self.user}@127.0.0.1:{self.server.port(143)}/{mailbox_name}"

    def test_sends_with_an_attachment(self):
        attachment = self.write("numbers.bin", "".join(chr(n) for n in range(32, 127)) * 50)
        kit.run([self.program, "-n", "-F", self.config, "-s", "sent by neomutt", "-a", attachment, "--",
                 kit.address("bob")], input="Gr\u00fc\u00dfe\n.\nend\n", env=self.environment)
        self.assertIn(b"numbers.bin", self.assert_received("bob", "sent by neomutt"))

    def test_copies_to_another_mailbox(self):
        self.empty("alice")
        self.server.deliver("alice", kit.message("to be copied"))
        self.read(self.imap("INBOX"), f"<first-entry><copy-message>{self.imap('Archive')}<enter><quit>")
        self.assert_received("alice", "to be copied", "Archive")

    def test_reads_over_imap(self):
        self.empty("alice")
        for n in range(3):
            self.server.deliver("alice", kit.message(f"imap {n}"))
        texts = self.save_all(self.imap("INBOX"))
        self.assertEqual(kit.subjects(texts), ["imap 0", "imap 1", "imap 2"])

    def test_deletes_and_flags_over_imap(self):
        self.empty("alice")
        for n in range(3):
            self.server.deliver("alice", kit.message(f"imap {n}"))
        self.read(self.imap("INBOX"), "<first-entry><flag-message><last-entry><delete-message><sync-mailbox><quit>")
        self.assertEqual(kit.subjects(self.server.messages("alice")), ["imap 0", "imap 1"])
        with self.server.imap("alice") as client:
            client.select("INBOX", readonly=True)
            self.assertEqual(client.search(None, "FLAGGED")[1], [b"1"])

    def test_reads_over_pop3(self):
        self.empty("alice")
        for n in range(3):
            self.server.deliver("alice", kit.message(f"pop {n}"))
        texts = self.save_all(f"pop://{self.user}@127.0.0.1:{self.server.port(110)}/")
        self.assertEqual(kit.subjects(texts), ["pop 0", "pop 1", "pop 2"])


if __name__ == "__main__":
    kit.main()
