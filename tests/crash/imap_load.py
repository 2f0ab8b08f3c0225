"""IMAP clients of the load. Each owns mailboxes nobody else changes, so that their state is known exactly."""
import random
import re
import threading

import imap_wire
from imap_operations import (Append, Copy, Create, Delete, Expunge, Rename, RenameInbox, Store, Subscribe)
from store_model import Known, Memory, adopt, observe, settle

FLAGS = (r"\Seen", r"\Answered", r"\Flagged", r"\Draft", r"\Deleted", "$Forwarded", "work")
DATES = ("01-Jan-2020 00:00:00 +0000", "29-Feb-2024 23:59:59 +0000", "05-Nov-2026 12:34:56 +0000")
MOST_MESSAGES = 40  # of a mailbox: then it is emptied rather than filled
MOST_MAILBOXES = 8


class ImapClient:
    """One client, its model, and what it remembers across connections as a QRESYNC client does."""

    def __init__(self, server, account, prefix, seed, *, owns_inbox):
        self.server, self.account, self.prefix = server, account, prefix
        self.owns_inbox = owns_inbox
        self.chance = random.Random(seed)
        self.model = None
        self.pending = None  # the operation that was sent and not answered
        self.known = {}  # by UIDVALIDITY
        self.memory = Memory()
        self.acknowledged = 0
        self.problems = []
        self.serial = 0
        self.stop = threading.Event()

    def owns(self, name):
        if name == self.prefix or name.startswith(self.prefix + "/"):
            return True
        return self.owns_inbox and re.match(r"[A-Z]", name) is not None  # INBOX, Sent and so on

    def connect(self):
        return imap_wire.Imap(self.server.port(143), f"{self.account}@example.test", "correct horse 7")

    # Load

    def run(self):
        """Works until the connection breaks or `stop` is set. What is refused in between is a problem."""
        try:
            imap = self.connect()
            try:
                while not self.stop.is_set():
                    self.step(imap)
            finally:
                imap.close()
        except OSError:
            pass

    def step(self, imap):
        operation = self.choose(imap)
        if operation is None:
            return
        self.perform(imap, operation)

    def perform(self, imap, operation):
        self.pending = operation
        try:
            result = operation.send(imap)
            operation.apply(self.model, result)
        except (imap_wire.Refused, AssertionError, KeyError) as error:
            self.problems.append(f"{self.account}: {operation}: {error}")
        self.pending = None
        self.acknowledged += 1

    def choose(self, imap):
        """The next operation, its mailbox selected; None: there was nothing to do."""
        chance = self.chance
        kind = chance.choices(("append", "store", "expunge", "copy", "names", "look"), (30, 25, 14, 16, 10, 5))[0]
        if kind == "names" or not self.model.mailboxes:
            return self.choose_names()
        name = chance.choice(sorted(self.model.mailboxes))
        mailbox = self.model.mailboxes[name]
        if kind == "append" or not mailbox.messages:
            return self.make_append(name) if len(mailbox.messages) < MOST_MESSAGES else None
        self.select(imap, name)
        if kind == "look":
            return self.look(imap, name)
        uids = frozenset(uid for uid in mailbox.messages if chance.random() < 0.3) or frozenset([min(mailbox.messages)])
        if kind == "store":
            return Store(name, uids, chance.choice(("+", "+", "-", "")), self.some_flags())
        if kind == "expunge":
            return Expunge(name, chance.choice((None, uids, frozenset(mailbox.messages))))
        target = chance.choice(sorted(self.model.mailboxes))
        crowded = len(self.model.mailboxes[target].messages) >= MOST_MESSAGES
        return None if crowded else Copy(name, uids, target, chance.random() < 0.5)

    def some_flags(self):
        return frozenset(flag for flag in FLAGS if self.chance.random() < 0.3)

    def make_append(self, name):
        self.serial += 1
        size = self.chance.choice((0, 200, 3_000, 20_000, 60_000))
        content = (f"From: <{self.prefix}@client.test>\r\nSubject: {self.serial}\r\n"
                   f"Message-ID: <{self.chance.getrandbits(64):x}@client.test>\r\n\r\n").encode()
        content += self.chance.randbytes(size // 2).hex().encode() + b"\r\n"
        return Append(name, content, self.some_flags() - {r"\Deleted"}, self.chance.choice(DATES))

    def choose_names(self):
        own = sorted(name for name in self.model.mailboxes if name.startswith(self.prefix + "/"))
        self.serial += 1
        fresh = f"{self.prefix}/m{self.serial}" + self.chance.choice(("", "", "/deep", " two"))
        kind = self.chance.choice(("create", "rename", "delete", "subscribe", "inbox"))
        if kind == "subscribe" and own:
            name = self.chance.choice(sorted(self.model.mailboxes))
            return Subscribe(name, name not in self.model.subscriptions)
        if kind == "inbox" and self.owns_inbox and len(own) < MOST_MAILBOXES:
            return RenameInbox(fresh)
        if not own or (kind == "create" and len(own) < MOST_MAILBOXES):
            return Create(fresh)
        name = self.chance.choice(own)
        if kind == "rename":
            return Rename(name, fresh)
        if any(other.startswith(name + "/") for other in own):
            return None
        return Delete(name)

    def select(self, imap, name):
        if imap.selected == name:
            return
        facts, _ = imap.select(name)
        self.hold_against_model(name, facts)

    def hold_against_model(self, name, facts):
        mailbox = self.model.mailboxes[name]
        if facts["EXISTS"] != len(mailbox.messages):
            self.problems.append(f"{name} of {self.account} has {facts['EXISTS']} messages, not "
                                 f"{len(mailbox.messages)}, while the server runs")
        for word, least in (("UIDNEXT", mailbox.uid_next), ("HIGHESTMODSEQ", mailbox.modseq)):
            if facts[word] < least:
                self.problems.append(f"{word} of {name} is {facts[word]}, it was {least}")
        mailbox.uid_validity = facts["UIDVALIDITY"]
        mailbox.uid_next, mailbox.modseq = facts["UIDNEXT"], facts["HIGHESTMODSEQ"]

    def look(self, imap, name):
        """What a client does that fills its cache."""
        facts, _ = imap.select(name)
        self.hold_against_model(name, facts)
        rows = imap.fetch_all("UID FLAGS MODSEQ")
        self.known[facts["UIDVALIDITY"]] = Known(facts["HIGHESTMODSEQ"],
                                                 {uid: row["flags"] for uid, row in rows.items()})

    # After a restart

    def verify(self):
        """Compares the account with the model, and adopts what is there. Returns the problems."""
        imap = self.connect()
        try:
            found = observe(imap, self.owns)
            problems = self.take_problems()
            if self.model is None:
                self.model = found
            self.model, unlike = settle(self.model, self.pending, found)
            self.pending = None
            problems += [f"{self.account}: {words}" for words in unlike]
            self.memory.note(found, problems)
            problems += self.resynchronise(imap, found)
            if not unlike:
                adopt(self.model, found)
            else:
                self.model = found  # so that the next round finds only what it does itself
            self.remember(found)
            return problems
        finally:
            imap.close()

    def take_problems(self):
        problems, self.problems = self.problems, []
        return problems

    def resynchronise(self, imap, found):
        """What a client knew, and the server's answer to it, must make what is there now."""
        problems = []
        for name, mailbox in found.mailboxes.items():
            known = self.known.get(mailbox.uid_validity)
            if known is None:
                continue
            if known.modseq > mailbox.modseq:
                problems.append(f"{name}: HIGHESTMODSEQ was {known.modseq}, is {mailbox.modseq}")
                continue
            flags = self.ask_for_changes(imap, name, mailbox, known)
            now = {uid: message.flags for uid, message in mailbox.messages.items()}
            if flags != now:
                wrong = {uid for uid in flags.keys() | now.keys() if flags.get(uid) != now.get(uid)}
                problems.append(f"{self.account}: {name} resynchronised from MODSEQ {known.modseq} is wrong about "
                                f"UIDs {sorted(wrong)}")
        return problems

    def ask_for_changes(self, imap, name, mailbox, known):
        if self.chance.random() < 0.5:
            _, untagged = imap.select(name, f" (QRESYNC ({mailbox.uid_validity} {known.modseq}))")
        else:
            imap.select(name)
            _, untagged = imap.command(f"UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE {known.modseq} VANISHED)")
        gone = imap_wire.vanished(untagged)
        flags = {uid: row for uid, row in known.flags.items() if uid not in gone}
        flags.update((uid, row["flags"]) for uid, row in imap_wire.fetched(untagged).items())
        return flags

    def remember(self, found):
        """Half of the mailboxes: the others are resynchronised over more than one crash."""
        present = {mailbox.uid_validity for mailbox in found.mailboxes.values()}
        self.known = {validity: known for validity, known in self.known.items() if validity in present}
        for mailbox in found.mailboxes.values():
            if mailbox.uid_validity not in self.known or self.chance.random() < 0.5:
                self.known[mailbox.uid_validity] = Known(
                    mailbox.modseq, {uid: message.flags for uid, message in mailbox.messages.items()})
