#!/usr/bin/python3
"""mbsync (isync) keeps a mailbox and a maildir the same: messages and flags, both ways, folders too."""
import email
import os

import server as kit


class Mbsync(kit.ServerTestCase):
    def setUp(self):
        super().setUp()
        kit.program("mbsync")
        self.local = self.path("mail")
        os.mkdir(self.local)
        self.empty("alice")

    def sync(self, tls="None", standard=143):
        config = self.write("mbsyncrc", "\n".join([
            "IMAPStore far", "Host localhost", f"Port {self.server.port(standard)}",
            f"User {kit.address('alice')}", f'Pass "{kit.PASSWORD}"', f"SSLType {tls}",
            f"CertificateFile {self.server.certificate}" if tls != "None" else "AuthMechs LOGIN",
            "Timeout 60", "",
            "MaildirStore near", f"Path {self.local}/", f"Inbox {self.local}/INBOX", "SubFolders Verbatim",
            "",
            "Channel all", "Far :far:", "Near :near:", "Patterns *", "Create Both", "Expunge Both",
            "SyncState *", "CopyArrivalDate yes", "Sync All", ""]))
        return kit.run([kit.program("mbsync"), "-c", config, "-a", "-V"], env=dict(os.environ, HOME=self.folder))

    def files(self, mailbox="INBOX"):
        """Subject to (path, flags) of the maildir."""
        found = {}
        for part in ("cur", "new"):
            folder = os.path.join(self.local, mailbox, part)
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                with open(os.path.join(folder, name), "rb") as file:
                    subject = email.message_from_bytes(file.read())["Subject"]
                self.assertNotIn(subject, found, "twice in the maildir")
                found[subject] = (os.path.join(folder, name), name.partition(":2,")[2])
        return found

    def set_local_flags(self, subject, flags):
        path, _ = self.files()[subject]
        base = os.path.basename(path).partition(":2,")[0]
        os.rename(path, os.path.join(self.local, "INBOX", "cur", f"{base}:2,{flags}"))

    def remote_flags(self, mailbox="INBOX"):
        """Subject to the set of IMAP flags."""
        found = {}
        with self.server.imap("alice") as client:
            _, counted = client.select(mailbox, readonly=True)
            if counted == [b"0"]:
                return found
            _, rows = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            for row in rows:
                if isinstance(row, tuple):
                    subject = email.message_from_bytes(row[1])["Subject"]
                    flags = row[0].split(b"FLAGS (")[1].split(b")")[0].decode().split()
                    self.assertNotIn(subject, found, "twice in the mailbox")
                    found[subject] = {flag for flag in flags if flag != "\\Recent"}
        return found

    def test_copies_mail_down_and_up(self):
        for n in range(20):
            self.server.deliver("alice", kit.message(f"far {n}"))
        self.sync()
        self.assertEqual(set(self.files()), {f"far {n}" for n in range(20)})
        for n in range(5):
            path = os.path.join(self.local, "INBOX", "new", f"170000000{n}.1.local")
            with open(path, "wb") as file:
                file.write(kit.message(f"near {n}").replace(b"\r\n", b"\n"))
        self.sync()
        expected = {f"far {n}" for n in range(20)} | {f"near {n}" for n in range(5)}
        self.assertEqual(set(self.remote_flags()), expected)
        self.assertEqual(set(self.files()), expected)

    def test_copies_flags_both_ways(self):
        for name in ("a", "b", "c", "d"):
            self.server.deliver("alice", kit.message(name))
        self.sync()
        self.set_local_flags("a", "S")
        self.set_local_flags("b", "FRS")
        with self.server.imap("alice") as client:
            client.select("INBOX")
            client.store("3", "+FLAGS", r"(\Flagged)")
            client.store("4", "+FLAGS", r"(\Seen \Answered)")
        self.sync()
        self.assertEqual(self.remote_flags(), {"a": {"\\Seen"}, "b": {"\\Flagged", "\\Answered", "\\Seen"},
                                               "c": {"\\Flagged"}, "d": {"\\Seen", "\\Answered"}})
        self.assertEqual({subject: "".join(sorted(flags)) for subject, (_, flags) in self.files().items()},
                         {"a": "S", "b": "FRS", "c": "F", "d": "RS"})
        # And back again: flags are taken away too.
        self.set_local_flags("a", "")
        with self.server.imap("alice") as client:
            client.select("INBOX")
            client.store("3", "-FLAGS", r"(\Flagged)")
        self.sync()
        self.assertEqual(self.remote_flags()["a"], set())
        self.assertEqual(self.files()["c"][1], "")

    def test_copies_deletions_both_ways(self):
        for name in ("stays", "goes near", "goes far"):
            self.server.deliver("alice", kit.message(name))
        self.sync()
        os.unlink(self.files()["goes near"][0])
        with self.server.imap("alice") as client:
            client.select("INBOX")
            client.store("3", "+FLAGS", r"(\Deleted)")
            client.expunge()
        self.sync()
        self.assertEqual(set(self.remote_flags()), {"stays"})
        self.assertEqual(set(self.files()), {"stays"})

    def test_copies_folders_both_ways(self):
        with self.server.imap("alice") as client:
            client.create("Projects/Mansio")
            client.append("Projects/Mansio", r"(\Seen)", None, kit.message("in a folder"))
        self.sync()
        self.assertEqual(self.files("Projects/Mansio")["in a folder"][1], "S")
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.local, "From near", part))
        with open(os.path.join(self.local, "From near", "cur", "1.1.local:2,FS"), "wb") as file:
            file.write(kit.message("made here").replace(b"\r\n", b"\n"))
        self.sync()
        self.assertEqual(self.remote_flags('"From near"'), {"made here": {"\\Flagged", "\\Seen"}})

    def test_syncs_over_tls_and_after_a_restart(self):
        self.server.deliver("alice", kit.message("before"))
        self.sync(tls="IMAPS", standard=993)
        self.server.restart()
        self.server.deliver("alice", kit.message("after"))
        self.sync(tls="STARTTLS", standard=143)
        self.assertEqual(set(self.files()), {"before", "after"})
        self.assertEqual(set(self.remote_flags()), {"before", "after"})


if __name__ == "__main__":
    kit.main()
