"""SMTP and POP3 clients of the load, and the model of the letters they send: what was answered with 250 is with every
recipient (in a mailbox, in the queue, at the next server, or returned) exactly once."""
import collections
import dataclasses
import hashlib
import poplib
import random
import re
import smtplib
import threading

import imap_wire
from imap_wire import Refused
from store_model import Memory, observe_mailbox

LOCAL = ("mail1", "mail2")
SENDER = "sender"
REMOTE_KINDS = ("ok", "ok", "soft", "hang", "late", "hard")
MOST_MESSAGES = 60  # of an INBOX that only fills: then it is emptied


@dataclasses.dataclass
class Letter:
    token: str
    body: str  # digest
    local: tuple
    remote: tuple  # of (kind, token)
    kept: bool | None = None  # answered with 250; None: no answer

    def leave_out(self, refused):
        """Recipients that were refused at RCPT; the others have the message."""
        self.local = tuple(name for name in self.local if f"{name}@example.test" not in refused)
        self.remote = tuple((kind, token) for kind, token in self.remote
                            if f"{kind}-{token}@elsewhere.test" not in refused)


class Post:
    """All letters of one server's life. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.letters = {}
        self.cleaned = collections.defaultdict(set)  # by account: tokens that were removed
        self.returned = collections.Counter()  # reports that were removed, by remote token
        self.acknowledged = 0
        self.problems = []

    def begin(self, letter):
        with self.lock:
            self.letters[letter.token] = letter

    def keep(self, letter):
        with self.lock:
            letter.kept = True
            self.acknowledged += 1

    def refused(self, letter, error):
        """It must not be there, then. A server on its way out may say 421; anything else is a problem."""
        with self.lock:
            letter.kept = False
            if not says_goodbye(error):
                self.problems.append(f"{letter.token} was refused: {error}")

    def refused_some(self, letter, refused):
        """Answers to RCPT by address; the message itself was taken for the others."""
        with self.lock:
            letter.leave_out(refused)
            self.problems.append(f"{letter.token} was refused for some: {refused}")


def says_goodbye(error):
    """Whether an SMTP refusal is nothing but the server's end."""
    codes = {code for code, _ in error.recipients.values()} if hasattr(error, "recipients") else {
        getattr(error, "smtp_code", 0)}
    return codes == {421}


def body_digest(content):
    return hashlib.sha256(content.partition(b"\r\n\r\n")[2]).hexdigest()[:24]


def make_letter(chance, local, remote_count):
    token = f"{chance.getrandbits(64):016x}"
    remote = tuple((chance.choice(REMOTE_KINDS), f"{token}{number}") for number in range(remote_count))
    body = chance.randbytes(chance.choice((10, 500, 4_000, 25_000))).hex()
    lines = "\r\n".join(body[at:at + 70] for at in range(0, len(body), 70))
    content = (f"From: <{SENDER}@example.test>\r\nTo: <x@example.test>\r\nSubject: {token}\r\n"
               f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{token}@client.test>\r\n\r\n{lines}\r\n").encode()
    return Letter(token, body_digest(content), tuple(local), remote), content


class Deliverer:
    """One SMTP client: on port 25 for local recipients, or as a user for the outside too."""

    def __init__(self, server, post, seed, *, submits):
        self.server, self.post, self.submits = server, post, submits
        self.chance = random.Random(seed)
        self.stop = threading.Event()

    def connect(self):
        client = self.server.smtp(587 if self.submits else 25)
        if self.submits:
            client.login(f"{SENDER}@example.test", "correct horse 7")
        return client

    def run(self):
        try:
            with self.connect() as client:
                while not self.stop.is_set():
                    self.send_one(client)
        except (OSError, smtplib.SMTPException):
            pass  # the power failed; a refusal is noted where it happens

    def send_one(self, client):
        local = [name for name in LOCAL if self.chance.random() < (0.3 if self.submits else 0.7)]
        remote = self.chance.randint(0 if local else 1, 3) if self.submits else 0
        letter, content = make_letter(self.chance, local or ([] if self.submits else [LOCAL[0]]), remote)
        addresses = [f"{name}@example.test" for name in letter.local]
        addresses += [f"{kind}-{token}@elsewhere.test" for kind, token in letter.remote]
        self.post.begin(letter)
        send(client, self.post, letter, addresses, content)


def send(client, post, letter, addresses, content):
    try:
        refused = client.sendmail(f"{SENDER}@example.test", addresses, content)
        if refused:
            post.refused_some(letter, refused)
        post.keep(letter)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        post.refused(letter, error)
        raise


class PopClient:
    """Delivers to its own account and empties it over POP3."""

    account = "pop1"

    def __init__(self, server, seed):
        self.server = server
        self.chance = random.Random(seed)
        self.present = {}  # token: body digest
        self.arriving = None  # letter without an answer
        self.leaving = None  # tokens whose QUIT has no answer
        self.uidls = {}  # UIDL: token, for ever
        self.acknowledged = 0
        self.problems = []
        self.stop = threading.Event()

    def run(self):
        try:
            while not self.stop.is_set():
                self.deliver_some()
                self.collect_some()
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            self.arriving = None
            if not says_goodbye(error):
                self.problems.append(f"pop1: a letter was refused: {error}")
        except (OSError, EOFError):
            pass
        except poplib.error_proto as error:
            if "EOF" not in str(error) and "shutting down" not in str(error):
                self.problems.append(f"pop1: {error}")

    def deliver_some(self):
        with self.server.smtp(25) as client:
            for _ in range(self.chance.randint(1, 5)):
                letter, content = make_letter(self.chance, [self.account], 0)
                self.arriving = letter
                client.sendmail("x@elsewhere.test", [f"{self.account}@example.test"], content)
                self.present[letter.token] = letter.body
                self.arriving = None
                self.acknowledged += 1

    def collect_some(self):
        client = self.server.pop3(self.account)
        found = self.read(client)
        if set(found) != set(self.present):
            self.problems.append(f"pop1 shows {len(found)} messages, not {len(self.present)}, while the server runs")
        leaving = {token for token in found if self.chance.random() < 0.6}
        for token in leaving:
            client.dele(found[token][0])
        self.leaving = leaving
        client.quit()
        for token in leaving:
            self.present.pop(token, None)
        self.leaving = None
        self.acknowledged += 1

    def read(self, client):
        """Token: (number, body digest). Notes UIDLs."""
        found = {}
        rows = {int(row.split()[0]): row.split()[1].decode() for row in client.uidl()[1]}
        for number, uidl in rows.items():
            content = b"\r\n".join(client.retr(number)[1]) + b"\r\n"
            token = re.search(rb"Message-ID: <([0-9a-f]+)@", content)[1].decode()
            if token in found:
                self.problems.append(f"pop1 has {token} twice")
            found[token] = (number, body_digest(content))
            if self.uidls.setdefault(uidl, token) != token:
                self.problems.append(f"UIDL {uidl} of pop1 was reused")
        for uidl, token in self.uidls.items():
            if token in found and rows[found[token][0]] != uidl:
                self.problems.append(f"the UIDL of {token} was {uidl}, is {rows[found[token][0]]}")
        return found

    def verify(self):
        client = self.server.pop3(self.account)
        found = self.read(client)
        client.quit()
        expected = dict(self.present)
        if self.arriving is not None and self.arriving.token in found:
            expected[self.arriving.token] = self.arriving.body
        if self.leaving is not None and not self.leaving & set(found):
            for token in self.leaving:
                del expected[token]
        problems, self.problems = self.problems, []
        problems += [f"pop1: {token} is lost" for token in sorted(expected.keys() - found.keys())]
        problems += [f"pop1: {token} should not be there" for token in sorted(found.keys() - expected.keys())]
        problems += [f"pop1: {token} has another body" for token in sorted(found.keys() & expected.keys())
                     if found[token][1] != expected[token]]
        self.present = {token: body for token, (_, body) in found.items()}
        self.arriving = self.leaving = None
        return problems


class PostCheck:
    """After a restart: where is every letter?"""

    def __init__(self, server, post, sink):
        self.server, self.post, self.sink = server, post, sink
        self.memory = {name: Memory() for name in (*LOCAL, SENDER)}
        self.trusts_records = True  # a relay client that goes on has recorded what it did

    def verify(self):
        with self.post.lock:
            problems, self.post.problems = self.post.problems, []
        self.queued = {recipient["address"].strip("<>").partition("@")[0].partition("-")[2]
                       for row in self.server.queue() for recipient in row["recipients"]}
        self.inboxes = {name: self.read_inbox(name, problems) for name in LOCAL}
        self.reports = self.read_reports(problems)
        for letter in self.post.letters.values():
            self.judge(letter, problems)
        known = self.post.letters
        for name, inbox in self.inboxes.items():
            problems += [f"{token} in {name} was never sent" for token in inbox
                         if token not in known or known[token].kept is False]
        return problems

    def read_inbox(self, name, problems):
        """Token: list of body digests. Empties the INBOX when it has grown."""
        imap = imap_wire.Imap(self.server.port(143), f"{name}@example.test", "correct horse 7")
        try:
            found = collections.defaultdict(list)
            facts, _ = imap.select("INBOX")
            mailbox = observe_mailbox(imap, "INBOX")
            self.note(name, mailbox, problems)
            if facts["EXISTS"]:
                for row in imap.fetch_all("UID BODY.PEEK[]").values():
                    content = row["literals"][0]
                    token = re.search(rb"Message-ID: <([0-9a-f]+)@", content)[1].decode()
                    found[token].append(body_digest(content))
            if facts["EXISTS"] > MOST_MESSAGES:
                empty(imap)
                self.post.cleaned[name].update(found)
            return found
        finally:
            imap.close()

    def note(self, name, mailbox, problems):
        class One:
            mailboxes = {"INBOX": mailbox}
        own = []
        self.memory[name].note(One, own)
        problems += [f"{name}: {words}" for words in own]

    def read_reports(self, problems):
        """How many failure reports came for each remote token, those of earlier rounds included."""
        imap = imap_wire.Imap(self.server.port(143), f"{SENDER}@example.test", "correct horse 7")
        try:
            counts = collections.Counter(self.post.returned)
            facts, _ = imap.select("INBOX")
            if not facts["EXISTS"]:
                return counts
            fresh = collections.Counter()
            for row in imap.fetch_all("UID BODY.PEEK[]").values():
                fresh.update(re.findall(rb"(?im)^Final-Recipient: rfc822; ?\w+-([0-9a-f]+)@", row["literals"][0]))
            fresh = collections.Counter({token.decode(): count for token, count in fresh.items()})
            if facts["EXISTS"] > MOST_MESSAGES:
                empty(imap)
                self.post.returned += fresh
            return counts + fresh
        finally:
            imap.close()

    def judge(self, letter, problems):
        if letter.kept is False:
            return
        places = {name: self.local_count(letter, name) for name in letter.local}
        places.update((token, self.remote_count(kind, token, problems)) for kind, token in letter.remote)
        if letter.kept is None:
            letter.kept = any(places.values())
            if letter.kept and not all(places.values()):
                problems.append(f"{letter.token} had no answer and is there in part: {places}")
            if not letter.kept:
                return
        for place, count in places.items():
            if count == 0:
                problems.append(f"{letter.token} is lost for {place}")
            elif count > 1:
                problems.append(f"{letter.token} is {count} times in {place}")
        for name in letter.local:
            if any(body != letter.body for body in self.inboxes[name].get(letter.token, ())):
                problems.append(f"{letter.token} in {name} has another body")

    def local_count(self, letter, name):
        here = len(self.inboxes[name].get(letter.token, ()))
        # Removed in this very look or before: it was there once, and must not come back.
        return max(here, 1) if letter.token in self.post.cleaned[name] else here

    def remote_count(self, kind, token, problems):
        """1 when all is well, 0 when it is lost, else how often it was handled."""
        reports, taken = self.reports[token], self.sink.count(token)
        if kind == "hard":
            return reports or int(token in self.queued)
        if reports:
            problems.append(f"{token} ({kind}) was returned, and the next server would take it")
        if self.trusts_records and (again := self.sink.duplicates_without_excuse(token)):
            problems.append(f"{token} ({kind}) was sent again {again} times after its delivery was recorded")
        return 1 if taken or token in self.queued else 0


def empty(imap):
    try:
        imap.command(r"UID STORE 1:* +FLAGS.SILENT (\Deleted)")
        imap.command("EXPUNGE")
    except Refused as error:
        raise AssertionError(f"emptying an INBOX: {error}") from error
