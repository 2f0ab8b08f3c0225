#!/usr/bin/python3
"""Programs that fetch mail over POP3: fetchmail, getmail, mpop, curl; plain, STLS and TLS."""
import email
import os

import server as kit

# Lines that trip up a POP3 server: dots at the start, a dot alone, 8-bit, a long line, empty lines.
BODY = ".\r\n..two\r\n.one\r\n\r\nfr\u00fch\r\n" + "x" * 990 + "\r\n\r\nlast line\r\n"


class Pop3Programs(kit.ServerTestCase):
    def setUp(self):
        super().setUp()
        self.empty("alice")
        self.sent = [kit.message(f"number {n}", body=BODY + f"{n}\r\n") for n in range(5)]
        for raw in self.sent:
            self.server.deliver("alice", raw)

    def assert_fetched(self, texts):
        """Every message came, in order, with its content as it was sent (line ends aside)."""
        self.assertEqual(len(texts), len(self.sent))
        self.assertEqual(kit.subjects(texts), kit.subjects(self.sent))
        for got, sent in zip(texts, self.sent):
            body = sent.split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")
            # The whole sent message is the end of what was stored: trace headers are added in front.
            self.assertTrue(got.replace(b"\r\n", b"\n").rstrip(b"\n").endswith(body.rstrip(b"\n")))

    def maildir(self, name):
        for folder in ("", "/cur", "/new", "/tmp"):
            os.mkdir(self.path(name) + folder, 0o700)
        return self.path(name)

    def read_maildir(self, path):
        texts = []
        for name in os.listdir(path + "/new"):
            with open(f"{path}/new/{name}", "rb") as file:
                texts.append(file.read())
        return sorted(texts, key=lambda raw: kit.subjects([raw])[0])

    def delivery_program(self):
        """A program that keeps each message it reads in a file of its own."""
        out = self.path("fetched")
        os.makedirs(out, exist_ok=True)
        return self.write("mda", f"#!/bin/sh\nset -e\nn=$(ls {out} | wc -l)\ncat > {out}/$(printf %03d $n)\n",
                          0o700)

    def delivered(self):
        texts = []
        for name in sorted(os.listdir(self.path("fetched"))):
            with open(os.path.join(self.path("fetched"), name), "rb") as file:
                texts.append(file.read())
        return texts

    # fetchmail

    def fetchmail(self, standard, *options, keep=False):
        program = kit.program("fetchmail")
        mda = self.delivery_program()
        config = self.write("fetchmailrc", "\n".join([
            f'poll 127.0.0.1 protocol pop3 port {self.server.port(standard)} auth password uidl',
            f'  user "{kit.address("alice")}" password "{kit.PASSWORD}"',
            f'  {"keep" if keep else "nokeep"} fetchall no rewrite mda "{mda}"', *options, ""]))
        environment = dict(os.environ, HOME=self.folder, FETCHMAILHOME=self.folder)
        kit.run([program, "--fetchmailrc", config, "--pidfile", self.path("pid"), "--idfile",
                 self.path("ids"), "--nosyslog", "--verbose"], env=environment)
        return self.delivered()

    def test_fetchmail_empties_the_mailbox(self):
        self.assert_fetched(self.fetchmail(110, "sslproto ''"))
        self.assertEqual(self.server.messages("alice"), [])

    def test_fetchmail_with_stls_leaves_mail_when_told_to(self):
        self.assert_fetched(self.fetchmail(110, "sslproto 'TLS1.2+' no sslcertck", keep=True))
        self.assertEqual(len(self.server.messages("alice")), len(self.sent))

    def test_fetchmail_over_tls(self):
        self.assert_fetched(self.fetchmail(995, "ssl no sslcertck"))

    # getmail

    def getmail(self, kind, standard, delete):
        program = kit.program("getmail")
        config = self.write("getmailrc", "\n".join([
            "[retriever]", f"type = {kind}", "server = 127.0.0.1", f"port = {self.server.port(standard)}",
            f"username = {kit.address('alice')}", f"password = {kit.PASSWORD}",
            "[destination]", "type = MDA_external", f"path = {self.delivery_program()}",
            "allow_root_commands = true",
            "[options]", f"delete = {delete}", "read_all = false", "delivered_to = false",
            "received = false", ""]))
        kit.run([program, "--getmaildir", self.folder, "--rcfile", config],
                env=dict(os.environ, HOME=self.folder))
        return self.delivered()

    def test_getmail_fetches_each_message_once(self):
        self.assert_fetched(self.getmail("SimplePOP3Retriever", 110, "false"))
        # Same UIDLs in the next session, so nothing is fetched again.
        self.assert_fetched(self.getmail("SimplePOP3Retriever", 110, "false"))
        self.assertEqual(len(self.server.messages("alice")), len(self.sent))

    def test_getmail_knows_the_messages_after_a_restart_of_the_server(self):
        self.getmail("SimplePOP3Retriever", 110, "false")
        self.server.restart()
        self.assert_fetched(self.getmail("SimplePOP3Retriever", 110, "false"))

    def test_getmail_over_tls(self):
        self.assert_fetched(self.getmail("SimplePOP3SSLRetriever", 995, "true"))
        self.assertEqual(self.server.messages("alice"), [])

    # mpop

    def mpop(self, standard, *settings):
        inbox = self.maildir("inbox")
        config = self.write("mpoprc", "\n".join([
            "defaults", "timeout 60", f"uidls_file {self.path('uidls')}", *settings, "account default",
            "host 127.0.0.1", f"port {self.server.port(standard)}", f"user {kit.address('alice')}",
            f'password "{kit.PASSWORD}"', f"delivery maildir {inbox}", "received_header off", ""]))
        kit.run([kit.program("mpop"), "-C", config, "--quiet"], env=dict(os.environ, HOME=self.folder))
        return self.read_maildir(inbox)

    def test_mpop_with_user_and_pass_pipelined(self):
        self.assert_fetched(self.mpop(110, "auth user", "tls off", "pipelining on", "keep off"))
        self.assertEqual(self.server.messages("alice"), [])

    def test_mpop_with_scram(self):
        self.assert_fetched(self.mpop(110, "auth scram-sha-256", "tls off", "keep on"))

    def test_mpop_with_stls(self):
        self.assert_fetched(self.mpop(110, "auth on", "tls on", "tls_starttls on", "tls_certcheck off"))

    def test_mpop_over_tls(self):
        self.assert_fetched(self.mpop(995, "auth on", "tls on", "tls_starttls off", "tls_certcheck off"))

    # curl

    def test_curl_lists_and_retrieves(self):
        for url, extra in ((f"pop3://127.0.0.1:{self.server.port(110)}/", []),
                           (f"pop3://127.0.0.1:{self.server.port(110)}/", ["--ssl-reqd", "--insecure"]),
                           (f"pop3s://127.0.0.1:{self.server.port(995)}/", ["--insecure"])):
            curl = [kit.program("curl"), "--silent", "--show-error", "--max-time", "60", *extra,
                    "--user", f"{kit.address('alice')}:{kit.PASSWORD}"]
            listing = kit.run([*curl, url]).split()
            self.assertEqual(listing[0::2], ["1", "2", "3", "4", "5"])
            text = kit.run([*curl, url + "3"])
            self.assertEqual(email.message_from_string(text)["Subject"], "number 2")
            self.assertEqual(len(kit.run([*curl, "--request", "UIDL", url]).split()), 10)


if __name__ == "__main__":
    kit.main()
