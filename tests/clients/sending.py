#!/usr/bin/python3
"""Programs people send mail with: swaks, curl, msmtp, sendmail-style and by hand, with and without TLS."""

import server as kit


class Swaks(kit.ServerTestCase):
    def swaks(self, *arguments, ok=(0,)):
        return kit.run([kit.program("swaks"), "--server", "127.0.0.1", "--hide-all", *arguments], ok=ok)

    def submission(self, standard, subject, *arguments):
        self.swaks("--port", str(self.server.port(standard)), "--from", kit.address("alice"),
                   "--to", kit.address("bob"), "--auth-user", kit.address("alice"),
                   "--auth-password", kit.PASSWORD, "--header", f"Subject: {subject}", *arguments)
        self.assert_received("bob", subject)

    def test_delivers_to_a_local_mailbox(self):
        self.swaks("--port", str(self.server.port(25)), "--from", "x@elsewhere.test",
                   "--to", kit.address("alice"), "--header", "Subject: by swaks", "--body", "one line")
        self.assertIn(b"one line", self.assert_received("alice", "by swaks"))

    def test_submits_with_auth_plain(self):
        self.submission(587, "swaks plain", "--auth", "PLAIN")

    def test_submits_with_auth_login(self):
        self.submission(587, "swaks login", "--auth", "LOGIN")

    def need_tls(self):
        if "TLS supported" not in kit.run([kit.program("swaks"), "--support"]):
            self.skipTest("swaks has no TLS: libnet-ssleay-perl is not installed")

    def test_submits_after_starttls(self):
        self.need_tls()
        self.submission(587, "swaks starttls", "--tls", "--auth", "PLAIN")

    def test_submits_over_tls_from_the_start(self):
        self.need_tls()
        self.submission(465, "swaks tls", "--tls-on-connect", "--auth", "LOGIN")

    def test_is_refused_with_a_wrong_password(self):
        self.swaks("--port", str(self.server.port(587)), "--from", kit.address("alice"),
                   "--to", kit.address("bob"), "--auth-user", kit.address("alice"),
                   "--auth-password", "wrong", "--auth", "PLAIN", ok=(28,))  # 28: AUTH failed

    def test_cannot_relay_without_a_login(self):
        self.swaks("--port", str(self.server.port(25)), "--from", "x@elsewhere.test",
                   "--to", "y@elsewhere.test", ok=(24,))  # 24: no recipient was accepted

    def test_is_told_of_an_unknown_recipient(self):
        self.swaks("--port", str(self.server.port(25)), "--from", "x@elsewhere.test",
                   "--to", kit.address("nobody"), ok=(24,))


class Curl(kit.ServerTestCase):
    def send(self, url, subject, *arguments):
        path = self.write("mail", kit.message(subject, sender="alice", to="bob").decode())
        kit.run([kit.program("curl"), "--silent", "--show-error", "--max-time", "60", url, "--mail-from",
                 kit.address("alice"), "--mail-rcpt", kit.address("bob"), "--upload-file", path,
                 "--user", f"{kit.address('alice')}:{kit.PASSWORD}", *arguments])
        self.assert_received("bob", subject)

    def test_submits(self):
        self.send(f"smtp://127.0.0.1:{self.server.port(587)}", "curl plain")

    def test_submits_after_starttls(self):
        self.send(f"smtp://127.0.0.1:{self.server.port(587)}", "curl starttls", "--ssl-reqd", "--insecure")

    def test_submits_over_tls_from_the_start(self):
        self.send(f"smtps://127.0.0.1:{self.server.port(465)}", "curl tls", "--insecure")

    def test_lists_and_fetches_over_imap(self):
        self.server.deliver("alice", kit.message("curl imap", body="find me\r\n"))
        for scheme, standard in (("imap", 143), ("imaps", 993)):
            base = f"{scheme}://127.0.0.1:{self.server.port(standard)}"
            login = ["--insecure", "--silent", "--show-error", "--max-time", "60",
                     "--user", f"{kit.address('alice')}:{kit.PASSWORD}"]
            self.assertIn("INBOX", kit.run([kit.program("curl"), *login, base + "/"]))
            count = len(self.server.messages("alice"))
            text = kit.run([kit.program("curl"), *login, f"{base}/INBOX;MAILINDEX={count}"])
            self.assertIn("find me", text)


class Msmtp(kit.ServerTestCase):
    def send(self, subject, standard, *settings):
        port = self.server.port(standard)
        config = self.write("msmtprc", "\n".join([
            "defaults", "timeout 60", *settings, "account default", "host 127.0.0.1", f"port {port}",
            f"from {kit.address('alice')}", f"user {kit.address('alice')}", f'password "{kit.PASSWORD}"', ""]))
        mail = kit.message(subject, sender="alice", to="bob", body=".\r\n..two dots\r\n.end\r\n")
        # msmtp reads lines as Unix keeps them and sends CRLF.
        kit.run([kit.program("msmtp"), "-C", config, kit.address("bob")], input=mail.replace(b"\r\n", b"\n"))
        self.assertTrue(self.assert_received("bob", subject).endswith(b"\r\n\r\n.\r\n..two dots\r\n.end\r\n"))

    def test_submits_with_plain(self):
        self.send("msmtp plain", 587, "auth plain", "tls off")

    def test_submits_with_login(self):
        self.send("msmtp login", 587, "auth login", "tls off")

    def test_submits_with_scram(self):
        self.send("msmtp scram", 587, "auth scram-sha-256", "tls off")

    def test_submits_after_starttls(self):
        self.send("msmtp starttls", 587, "auth on", "tls on", "tls_starttls on", "tls_certcheck off")

    def test_submits_over_tls_from_the_start(self):
        self.send("msmtp tls", 465, "auth on", "tls on", "tls_starttls off", "tls_certcheck off")


if __name__ == "__main__":
    kit.main()
