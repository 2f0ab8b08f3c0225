#!/usr/bin/python3
"""Python's own smtplib, imaplib and poplib, broadly: what everyday scripts do."""
import email
import imaplib
import poplib
import re
import smtplib

import server as kit


class Smtplib(kit.ServerTestCase):
    def test_says_what_it_can(self):
        with self.server.smtp(25) as client:
            client.ehlo("client.test")
            for extension in ("pipelining", "size", "8bitmime", "smtputf8", "chunking", "enhancedstatuscodes"):
                self.assertTrue(client.has_extn(extension), extension)
            self.assertTrue(client.has_extn("starttls"))

    def test_delivers_to_several_and_is_told_who_was_refused(self):
        with self.server.smtp(25) as client:
            refused = client.sendmail("x@elsewhere.test", [kit.address(n) for n in ("alice", "nobody", "bob")],
                                      kit.message("several"))
        self.assertEqual(list(refused), [kit.address("nobody")])
        self.assertEqual(refused[kit.address("nobody")][0], 550)
        self.assert_received("alice", "several")
        self.assert_received("bob", "several")

    def test_sends_several_messages_over_one_connection(self):
        with self.server.smtp(25) as client:
            for n in range(20):
                client.sendmail("x@elsewhere.test", [kit.address("alice")], kit.message(f"one of many {n}"))
        found = kit.subjects(self.server.messages("alice"))
        self.assertEqual([s for s in found if s.startswith("one of many")], [f"one of many {n}" for n in range(20)])

    def test_sends_large_and_odd_content_byte_for_byte(self):
        body = "".join(f".{n} \u00e9\t {'x' * (n % 900)}\r\n" for n in range(6000))
        raw = kit.message("large", body=body)
        self.server.deliver("alice", raw)
        self.assertTrue(self.assert_received("alice", "large").endswith(raw))

    def test_starts_tls_and_logs_in(self):
        for standard in (587, 465):
            with self.server.smtp(standard) as client:
                if standard == 587:
                    client.starttls(context=self.server.tls())
                client.login(kit.address("alice"), kit.PASSWORD)
                client.sendmail(kit.address("alice"), [kit.address("bob")], kit.message(f"tls {standard}", sender="alice"))
            self.assert_received("bob", f"tls {standard}")

    def test_logs_in_with_plain_and_login(self):
        for mechanism in ("auth_plain", "auth_login"):
            with self.server.smtp(587) as client:
                client.ehlo()
                client.user, client.password = kit.address("alice"), kit.PASSWORD
                name = mechanism[5:].upper()
                code, _ = client.auth(name, getattr(client, mechanism))
                self.assertEqual(code, 235)

    def test_is_refused_politely(self):
        with self.server.smtp(587) as client:
            with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
                client.login(kit.address("alice"), "wrong")
            self.assertEqual(caught.exception.smtp_code, 535)
        with self.server.smtp(587) as client:
            with self.assertRaises(smtplib.SMTPSenderRefused):
                client.sendmail(kit.address("alice"), [kit.address("bob")], kit.message("no login"))
        with self.server.smtp(25) as client:
            with self.assertRaises(smtplib.SMTPRecipientsRefused):
                client.sendmail("x@elsewhere.test", ["y@elsewhere.test"], kit.message("relay"))
        with self.server.smtp(587) as client:
            client.login(kit.address("alice"), kit.PASSWORD)
            with self.assertRaises(smtplib.SMTPException):
                client.sendmail(kit.address("bob"), [kit.address("bob")], kit.message("not mine", sender="bob"))

    def test_answers_the_small_commands(self):
        with self.server.smtp(25) as client:
            client.ehlo()
            self.assertEqual(client.noop()[0], 250)
            self.assertEqual(client.rset()[0], 250)
            self.assertIn(client.docmd("HELP")[0], (211, 214))
            self.assertIn(client.verify(kit.address("alice"))[0], (250, 252))
            self.assertEqual(client.docmd("XYZZY")[0], 500)
            self.assertEqual(client.docmd("DATA")[0], 503)
            self.assertEqual(client.quit()[0], 221)

    def test_sends_internationalised_mail(self):
        raw = kit.message("gr\u00fc\u00dfe", body="\u00fc\r\n")
        with self.server.smtp(25) as client:
            client.sendmail("j\u00f6rg@elsewhere.test", [kit.address("alice")], raw, ["SMTPUTF8", "BODY=8BITMIME"])
        self.assertTrue(any(got.endswith(raw) for got in self.server.messages("alice")))


class Imaplib(kit.ServerTestCase):
    def setUp(self):
        super().setUp()
        self.empty("alice")
        self.context = self.server.imap("alice")
        self.client = self.context.__enter__()
        self.addCleanup(self.context.__exit__, None, None, None)

    def ok(self, answer):
        self.assertEqual(answer[0], "OK", answer)
        return answer[1]

    def fill(self, count=5, mailbox="INBOX"):
        for n in range(1, count + 1):
            self.ok(self.client.append(mailbox, None, None, kit.message(f"m{n}", body=f"body {n}\r\n")))

    def scratch(self, name):
        self.ok(self.client.create(name))
        self.addCleanup(self.server_delete, name)
        return name

    def server_delete(self, name):
        with self.server.imap("alice") as client:
            client.delete(name)

    def test_has_the_default_mailboxes(self):
        rows = b"\n".join(self.ok(self.client.list()))
        for name, use in (("Sent", r"\Sent"), ("Drafts", r"\Drafts"), ("Trash", r"\Trash"), ("Junk", r"\Junk"),
                          ("Archive", r"\Archive")):
            self.assertRegex(rows.decode(), re.escape(use) + r'[^\n]*"?' + name)
        self.assertIn(b"INBOX", rows)

    def test_appends_and_fetches_byte_for_byte(self):
        raw = kit.message("appended", body="\u00fc\r\n.\r\n" + "y" * 3000 + "\r\n")
        answer = self.ok(self.client.append("INBOX", r"(\Seen \Flagged $Label)", '"23-Nov-2026 10:00:00 +0100"', raw))
        self.assertRegex(answer[0].decode(), r"APPENDUID \d+ \d+")
        self.ok(self.client.select("INBOX"))
        rows = self.ok(self.client.fetch("1", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])"))
        told = rows[0][0].decode() + rows[-1].decode()
        self.assertEqual(rows[0][1], raw)
        self.assertIn(f"RFC822.SIZE {len(raw)}", told)
        self.assertIn('"23-Nov-2026 ', told)
        self.assertIn("appended", told)
        for flag in (r"\Seen", r"\Flagged", "$Label"):
            self.assertIn(flag, told)

    def test_fetches_parts(self):
        self.fill(1)
        self.ok(self.client.select("INBOX"))
        rows = self.ok(self.client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
        self.assertEqual(rows[0][1].strip(), b"Subject: m1")
        self.assertEqual(self.ok(self.client.fetch("1", "(BODY.PEEK[TEXT])"))[0][1], b"body 1\r\n")
        self.assertEqual(self.ok(self.client.fetch("1", "(BODY.PEEK[TEXT]<2.4>)"))[0][1], b"dy 1")
        self.assertEqual(self.client.search(None, "SEEN")[1], [b""])
        self.ok(self.client.fetch("1", "(BODY[])"))
        self.assertEqual(self.client.search(None, "SEEN")[1], [b"1"])

    def test_searches(self):
        self.fill(5)
        self.ok(self.client.select("INBOX"))
        self.ok(self.client.store("2", "+FLAGS", r"(\Answered)"))
        for criteria, expected in (("ALL", b"1 2 3 4 5"), ("ANSWERED", b"2"), ("NOT ANSWERED", b"1 3 4 5"),
                                   ('SUBJECT "m3"', b"3"), ('BODY "body 4"', b"4"), ('TEXT "m5"', b"5"),
                                   ('OR SUBJECT "m1" SUBJECT "m2"', b"1 2"), ("2:3", b"2 3"),
                                   ('FROM "sender"', b"1 2 3 4 5"), ("SINCE 1-Jan-2020", b"1 2 3 4 5"),
                                   ("SENTBEFORE 1-Jan-2020", b""), ("LARGER 100000", b""),
                                   ('HEADER Message-ID "client.test"', b"1 2 3 4 5")):
            self.assertEqual(self.ok(self.client.search(None, criteria)), [expected], criteria)

    def test_stores_flags(self):
        self.fill(3)
        self.ok(self.client.select("INBOX"))
        self.ok(self.client.store("1:2", "FLAGS", r"(\Seen)"))
        self.ok(self.client.store("2", "+FLAGS", r"(\Flagged Work)"))
        self.ok(self.client.store("1", "-FLAGS", r"(\Seen)"))
        self.ok(self.client.store("3", "+FLAGS.SILENT", r"(\Draft)"))
        flags = {int(row.split()[0]): set(re.search(rb"FLAGS \(([^)]*)\)", row)[1].split())
                 for row in self.ok(self.client.fetch("1:3", "(FLAGS)"))}
        self.assertEqual(flags[1] - {b"\\Recent"}, set())
        self.assertEqual(flags[2] - {b"\\Recent"}, {b"\\Seen", b"\\Flagged", b"Work"})
        self.assertEqual(flags[3] - {b"\\Recent"}, {b"\\Draft"})

    def test_copies_moves_and_expunges(self):
        self.fill(4)
        folder = self.scratch("Moved")
        self.ok(self.client.select("INBOX"))
        self.ok(self.client.copy("1:2", folder))
        self.ok(self.client._simple_command("MOVE", "3", folder))
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"3"])
        self.assertEqual(kit.subjects(self.server.messages("alice")), ["m1", "m2", "m4"])
        self.assertEqual(kit.subjects(self.server.messages("alice", folder)), ["m1", "m2", "m3"])
        self.ok(self.client.store("1", "+FLAGS", r"(\Deleted)"))
        self.assertEqual(self.ok(self.client.expunge()), [b"1"])
        self.ok(self.client.select(folder))
        uids = self.ok(self.client.uid("SEARCH", "ALL"))[0].split()
        self.assertEqual(self.client.uid("COPY", uids[0].decode(), "INBOX")[0], "OK")
        self.assertEqual(kit.subjects(self.server.messages("alice")), ["m2", "m4", "m1"])

    def test_makes_renames_and_deletes_mailboxes(self):
        self.ok(self.client.create("Tree/Leaf"))
        self.ok(self.client.subscribe("Tree/Leaf"))
        self.assertIn(b"Tree/Leaf", b"\n".join(self.ok(self.client.lsub())))
        self.ok(self.client.append("Tree/Leaf", None, None, kit.message("kept")))
        self.ok(self.client.rename("Tree/Leaf", "Tree/Renamed"))
        self.assertEqual(kit.subjects(self.server.messages("alice", "Tree/Renamed")), ["kept"])
        self.assertRegex(self.ok(self.client.status("Tree/Renamed", "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)"))[0].decode(),
                         r"MESSAGES 1 UNSEEN 1 UIDNEXT 2 UIDVALIDITY \d+")
        self.ok(self.client.delete("Tree/Renamed"))
        self.assertEqual(self.client.select("Tree/Renamed")[0], "NO")
        self.ok(self.client.unsubscribe("Tree/Leaf"))
        self.assertEqual(self.client.create("INBOX")[0], "NO")
        self.client.delete("Tree")

    def test_hears_of_new_mail_while_idle(self):
        self.fill(1)
        self.ok(self.client.select("INBOX"))
        self.client.send(b"X1 IDLE\r\n")
        self.assertTrue(self.client.readline().startswith(b"+ "))
        self.server.deliver("alice", kit.message("wake up"))
        line = self.client.readline()
        while b"EXISTS" not in line:  # anything else untagged may come first
            self.assertTrue(line.startswith(b"* "), line)
            line = self.client.readline()
        self.assertEqual(line, b"* 2 EXISTS\r\n")
        self.client.send(b"DONE\r\n")
        while not line.startswith(b"X1 "):
            line = self.client.readline()
        self.assertTrue(line.startswith(b"X1 OK"), line)

    def test_sees_what_another_session_does(self):
        self.fill(3)
        self.ok(self.client.select("INBOX"))
        with self.server.imap("alice") as other:
            other.select("INBOX")
            other.store("1", "+FLAGS", r"(\Deleted)")
            other.expunge()
        self.ok(self.client.noop())
        self.assertEqual(self.client.response("EXPUNGE")[1], [b"1"])
        self.assertEqual(self.ok(self.client.search(None, "ALL")), [b"1 2"])

    def test_logs_in_over_tls_and_is_refused_with_a_wrong_password(self):
        with self.server.imap("alice", tls=True) as client:
            self.assertIn("IMAP4REV1", client.capabilities)
        client = imaplib.IMAP4("127.0.0.1", self.server.port(143), timeout=60)
        self.ok(client.starttls(ssl_context=self.server.tls()))
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            client.login(kit.address("alice"), "wrong")
        client.authenticate("PLAIN", lambda _: f"\0{kit.address('alice')}\0{kit.PASSWORD}".encode())
        self.ok(client.select("INBOX", readonly=True))
        client.logout()

    def test_sorts_out_accounts(self):
        self.fill(1)
        self.assertNotIn("m1", kit.subjects(self.server.messages("bob")))


class Poplib(kit.ServerTestCase):
    def setUp(self):
        super().setUp()
        self.empty("alice")
        self.raw = [kit.message(f"p{n}", body=f".{n}\r\n.\r\nend\r\n") for n in range(1, 4)]
        for raw in self.raw:
            self.server.deliver("alice", raw)

    def test_reads_lists_and_counts(self):
        client = self.server.pop3("alice")
        count, octets = client.stat()
        self.assertEqual(count, 3)
        sizes = [int(row.split()[1]) for row in client.list()[1]]
        self.assertEqual(sum(sizes), octets)
        for n in range(1, 4):
            _, lines, told = client.retr(n)
            text = b"\r\n".join(lines) + b"\r\n"
            self.assertTrue(text.endswith(self.raw[n - 1]))
            self.assertEqual(len(text), sizes[n - 1])
        _, lines, _ = client.top(2, 1)
        self.assertEqual(lines[-2:], [b"", b".2"])
        ids = [row.split()[1] for row in client.uidl()[1]]
        self.assertEqual(len(set(ids)), 3)
        self.assertEqual(client.noop(), b"+OK Nothing done")
        client.quit()
        again = self.server.pop3("alice", tls=True)
        self.assertEqual([row.split()[1] for row in again.uidl()[1]], ids)
        again.quit()

    def test_deletes_at_quit_only(self):
        client = self.server.pop3("alice")
        client.dele(1)
        client.close()
        self.assertEqual(len(self.server.messages("alice")), 3)
        client = self.server.pop3("alice")
        client.dele(1)
        client.dele(3)
        client.rset()
        client.dele(2)
        client.quit()
        self.assertEqual(kit.subjects(self.server.messages("alice")), ["p1", "p3"])

    def test_starts_tls(self):
        client = poplib.POP3("127.0.0.1", self.server.port(110), timeout=60)
        self.assertIn("STLS", client.capa())
        client.stls(context=self.server.tls())
        self.assertNotIn("STLS", client.capa())
        client.utf8()
        client.user(kit.address("alice"))
        client.pass_(kit.PASSWORD)
        self.assertEqual(client.stat()[0], 3)
        client.quit()

    def test_is_refused_with_a_wrong_password(self):
        for name in ("alice", "nobody"):
            with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
                self.server.pop3(name, password="wrong")

    def test_two_sessions_share_a_mailbox(self):
        first, second = self.server.pop3("alice"), self.server.pop3("alice")
        first.dele(1)
        first.quit()
        self.assertEqual(second.stat()[0], 3)
        second.dele(1)
        second.dele(2)
        second.quit()
        self.assertEqual(kit.subjects(self.server.messages("alice")), ["p3"])


if __name__ == "__main__":
    kit.main()
