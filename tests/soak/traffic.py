"""The habits of the soak's clients. Each is a class with round(): some work, then it is asked again at its pace.
Errors end the round; while the server restarts they are expected."""
import contextlib
import imaplib
import poplib
import random
import re
import time

import server as kit

MOST_KEPT = 200  # messages in an INBOX before somebody tidies up
SIZES = ((60, 500, 4000), (30, 4000, 20_000), (9, 20_000, 200_000), (1, 1_000_000, 3_000_000))
TOKEN = re.compile(rb"(?i)message-id: <([0-9a-f]+)@client\.test>")


class Habit:
    pace = 1.0  # seconds between the beginnings of rounds

    def __init__(self, soak, name):
        """`name`: the user's, or what else tells this client from the others of its kind."""
        self.soak = soak
        self.server = soak.server
        self.ledger = soak.ledger
        self.user = name
        self.chance = random.Random(f"{soak.seed} {type(self).__name__} {name}")

    @contextlib.contextmanager
    def timed(self, operation):
        began = time.monotonic()
        yield
        self.soak.latencies.add(operation, time.monotonic() - began)

    def leave(self):
        """After an error, and at the end."""

    def size(self):
        _, least, most = self.chance.choices(SIZES, [share for share, _, _ in SIZES])[0]
        return self.chance.randrange(least, most)

    def message(self, token, to):
        size = self.size()
        line = "%030x lorem ipsum dolor sit amet consectetur\r\n" % self.chance.getrandbits(120)
        return kit.message(f"soak {token[:6]}", sender=self.user, to=to, number=token,
                           body=line * (size // len(line)))

    def token(self):
        return f"{self.chance.getrandbits(80):020x}"


class Sender(Habit):
    """SMTP in, to one or some users; a connection for a few messages."""
    pace = 0.25

    def __init__(self, soak, name):
        super().__init__(soak, name)
        self.client = None
        self.left = 0

    def round(self):
        if self.left == 0:
            self.leave()
            with self.timed("smtp connect"):
                self.client = self.server.smtp(25)
                self.client.ehlo()
            self.left = self.chance.randrange(1, 12)
        self.left -= 1
        token = self.token()
        users = self.chance.sample(self.soak.users, self.chance.choice((1, 1, 1, 2, 5)))
        raw = self.message(token, users[0])
        self.ledger.begin(token, users, False)
        with self.timed("smtp deliver"):
            self.client.sendmail("x@elsewhere.test", [kit.address(user) for user in users], raw)
        self.ledger.acknowledged(token, users, False, len(raw) * len(users))

    def leave(self):
        if self.client:
            with contextlib.suppress(Exception):
                self.client.quit()
        self.client, self.left = None, 0


class Submitter(Habit):
    """Logs in on 587 or 465, sends to the world and sometimes to a colleague."""
    pace = 1.0

    def round(self):
        token = self.token()
        colleague = self.chance.choice(self.soak.users) if self.chance.random() < 0.3 else None
        remote = f"{token}@elsewhere.test"
        recipients = [remote] + ([kit.address(colleague)] if colleague else [])
        raw = self.message(token, remote)
        with self.timed("submission login"):
            client = self.server.smtp(self.chance.choice((587, 465)))
            client.login(kit.address(self.user), kit.PASSWORD)
        with client:
            users = [colleague] if colleague else []
            self.ledger.begin(token, users, True)
            with self.timed("submit"):
                client.sendmail(kit.address(self.user), recipients, raw)
            self.ledger.acknowledged(token, users, True, len(raw))


class ImapHabit(Habit):
    tls = False

    def __init__(self, soak, name):
        super().__init__(soak, name)
        self.client = None

    def connect(self):
        with self.timed("imap login"):
            port = self.server.port(993 if self.tls else 143)
            self.client = (imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=self.server.tls(), timeout=60)
                           if self.tls else imaplib.IMAP4("127.0.0.1", port, timeout=60))
            self.client.login(kit.address(self.user), kit.PASSWORD)
        self.expect(self.client.select("INBOX"))

    @staticmethod
    def expect(answer):
        if answer[0] != "OK":
            raise imaplib.IMAP4.error(str(answer))
        return answer[1]

    def leave(self):
        if self.client:
            with contextlib.suppress(Exception):
                self.client.logout()
        self.client = None


class Phone(ImapHabit):
    """Comes, looks at flags, reads something new, goes."""
    pace = 2.0

    def round(self):
        self.connect()
        with self.timed("imap fetch flags"):
            self.expect(self.client.uid("FETCH", "1:*", "(FLAGS)"))
        unseen = self.expect(self.client.uid("SEARCH", None, "UNSEEN"))[0].split()
        if unseen:
            uid = self.chance.choice(unseen).decode()
            with self.timed("imap fetch body"):
                self.expect(self.client.uid("FETCH", uid, "(BODY.PEEK[] ENVELOPE BODYSTRUCTURE)"))
            with self.timed("imap store"):
                self.expect(self.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
        self.leave()


class Desktop(ImapHabit):
    """Stays, under TLS: IDLE until something comes, then headers, a search now and then."""
    pace = 0.5
    tls = True

    def round(self):
        if self.client is None:
            self.connect()
        client = self.client
        client.send(b"X IDLE\r\n")
        if not client.readline().startswith(b"+"):
            raise imaplib.IMAP4.error("no IDLE")
        client.sock.settimeout(5)
        with contextlib.suppress(TimeoutError):
            client.readline()
        client.sock.settimeout(60)
        client.file = client.sock.makefile("rb")  # a makefile that timed out can't be read again
        client.send(b"DONE\r\n")
        while not (line := client.readline()).startswith(b"X OK"):
            if not line:
                raise EOFError("closed in IDLE")
        with self.timed("imap fetch headers"):
            self.expect(client.uid("FETCH", "*", "(ENVELOPE FLAGS)"))
        if self.chance.random() < 0.2:
            with self.timed("imap search"):
                self.expect(client.uid("SEARCH", None, 'SUBJECT "soak a"'))


class Tidy(ImapHabit):
    """Moves what is old to Archive, and expunges there what is very old."""
    pace = 5.0

    def round(self):
        self.connect()
        if b"Archive" not in b" ".join(self.expect(self.client.list())):
            self.expect(self.client.create("Archive"))
        uids = self.expect(self.client.uid("SEARCH", None, "ALL"))[0].split()
        if len(uids) > MOST_KEPT:
            with self.timed("imap move"):
                self.expect(self.client.uid("MOVE", b",".join(uids[:50]).decode(), "Archive"))
        self.expect(self.client.select("Archive"))
        uids = self.expect(self.client.uid("SEARCH", None, "ALL"))[0].split()
        if len(uids) > MOST_KEPT:
            self.expunge(b",".join(uids[:50]).decode())
        self.leave()

    def expunge(self, uids):
        rows = self.expect(self.client.uid("FETCH", uids, "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"))
        tokens = {TOKEN.search(row[1])[1].decode() for row in rows if isinstance(row, tuple)}
        self.ledger.begin_deletion(self.user, tokens)
        self.expect(self.client.uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)"))
        with self.timed("imap expunge"):
            self.expect(self.client.uid("EXPUNGE", uids))
        self.ledger.deleted(self.user, tokens)


class Fetcher(Habit):
    """POP3: takes some and deletes them."""
    pace = 4.0

    def round(self):
        with self.timed("pop3 login"):
            client = self.server.pop3(self.user, tls=self.chance.random() < 0.5)
        try:
            self.fetch(client)
        finally:
            client.close()

    def fetch(self, client):
        client.uidl()
        count, _ = client.stat()
        tokens = set()
        for number in range(1, min(count, 20) + 1):
            with self.timed("pop3 retr"):
                lines = client.retr(number)[1]
            token = next((found[1].decode() for found in map(TOKEN.match, lines) if found), None)
            if count > 50 and token:
                tokens.add(token)
                client.dele(number)
        self.ledger.begin_deletion(self.user, tokens)
        client.quit()
        self.ledger.deleted(self.user, tokens)


class Administrator(Habit):
    """Accounts come, change and go, by the command line."""
    pace = 7.0

    def round(self):
        name = f"guest{self.chance.getrandbits(24):06x}"
        command = self.server.command
        with self.timed("command line"):
            self.server.add_account(name)
        command("account", "password", kit.address(name), "--password-stdin", input="another long one\n")
        command("account", "disable", kit.address(name))
        command("account", "remove", kit.address(name))
        command("status")
        self.ledger.counts["accounts"] += 1


EXPECTED = (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto, kit.smtplib.SMTPException, AssertionError,
            ValueError)
