"""What an account should look like: a plain in-memory reference, one command at a time.

It knows the rules the server states for itself (src/mailbox/room.h): UIDs are given out in order, and an
account has one counter of changes, so the modseq of every change is known before the server is asked.
Flags are compared in lower case.
"""


class Mismatch(AssertionError):
    """The server did something the model says it should not."""


def expect(condition, *told):
    if not condition:
        raise Mismatch(" ".join(str(word) for word in told))


class Message:
    """One message. What is None was not told yet; the first answer that tells it is kept."""

    __slots__ = ("uid", "content", "sent", "size", "date", "date_range", "flags", "modseq", "alive", "unique_id",
                 "subject", "fresh")

    def __init__(self, uid, flags, modseq):
        self.uid = uid
        self.flags = flags
        self.modseq = modseq
        self.alive = True
        self.content = None  # what the server must give back
        self.sent = None  # its end, when the server writes fields before it (SMTP)
        self.size = None
        self.date = None
        self.date_range = None
        self.unique_id = None
        self.subject = None
        self.fresh = False  # its modseq is not known yet

    def learn_size(self, size):
        if self.size is None:
            expect(size > len(self.sent), "size", size, "is less than what was sent:", len(self.sent))
            self.size = size
        expect(self.size == size, "uid", self.uid, "has size", size, "not", self.size)

    def learn_content(self, content):
        if self.content is None:
            expect(content.endswith(self.sent), "uid", self.uid, "does not end as it was sent")
            self.learn_size(len(content))
            self.content = content
        expect(self.content == content, "uid", self.uid, "has other content:", content[:200], "not",
               self.content[:200])

    def learn_date(self, date):
        if self.date is None:
            first, last = self.date_range
            expect(first <= date <= last, "uid", self.uid, "internal date", date, "is not in", first, last)
            self.date = date
        expect(self.date == date, "uid", self.uid, "internal date", date, "not", self.date)

    def copy(self, uid, modseq):
        other = Message(uid, self.flags, modseq)
        for name in ("content", "sent", "size", "date", "date_range", "subject"):
            setattr(other, name, getattr(self, name))
        return other


class Mailbox:
    def __init__(self, identity, name, modseq):
        self.identity = identity
        self.name = name
        self.made = modseq
        self.validity = None
        self.uid_next = 1
        self.messages = []
        self.highest = modseq
        self.expunged = {}  # UID: modseq of its end
        self.moving = {}  # UID: the copy elsewhere, until the modseq of the move is known
        self.deleted = False

    def touch(self, modseq):
        self.highest = modseq

    def find(self, uids):
        return [message for message in self.messages if message.uid in uids]

    def add(self, message):
        self.messages.append(message)
        self.uid_next = message.uid + 1

    def drop(self, gone, modseq):
        for message in gone:
            message.alive = False
            self.expunged[message.uid] = modseq
        self.messages = [message for message in self.messages if message.alive]
        self.touch(modseq)


def changed_flags(flags, mode, by):
    if mode == "+":
        return flags | by
    if mode == "-":
        return flags - by
    return by


class Account:
    def __init__(self, name):
        self.name = name
        self.modseq = 0
        self.mailboxes = {}
        self.subscriptions = set()
        self.last_identity = 0
        self.validities = {}  # UIDVALIDITY: (modseq of its making, identity) of the one mailbox that has it

    def next_modseq(self):
        self.modseq += 1
        return self.modseq

    def learn_validity(self, mailbox, validity):
        """rfc9051#2.3.1.1: name, UIDVALIDITY and UID mean one message for ever. No two mailboxes share a
        UIDVALIDITY here, so renaming keeps that; one made later has a larger one."""
        if mailbox.validity is None:
            mailbox.validity = validity
            for known, (made, identity) in self.validities.items():
                expect(known != validity, mailbox.name, "UIDVALIDITY", validity, "is that of mailbox", identity)
                if made != mailbox.made:
                    expect((known > validity) == (made > mailbox.made), mailbox.name, "UIDVALIDITY", validity,
                           "beside", known, "of mailbox", identity)
            self.validities[validity] = mailbox.made, mailbox.identity
        expect(mailbox.validity == validity, mailbox.name, "UIDVALIDITY", validity, "not", mailbox.validity)

    # Messages

    def append(self, mailbox, flags):
        modseq = self.next_modseq()
        message = Message(mailbox.uid_next, frozenset(flags), modseq)
        mailbox.add(message)
        mailbox.touch(modseq)
        return message

    def append_several(self, mailbox, flags):
        """One message for each set of flags, in one change."""
        modseq = self.next_modseq()
        for each in flags:
            mailbox.add(Message(mailbox.uid_next, frozenset(each), modseq))
        mailbox.touch(modseq)
        return mailbox.messages[-len(flags):]

    def replace(self, source, message, target, flags):
        """One comes and one goes, in one change."""
        modseq = self.next_modseq()
        fresh = Message(target.uid_next, frozenset(flags), modseq)
        target.add(fresh)
        target.touch(modseq)
        source.drop([message], modseq)
        return fresh

    def store(self, mailbox, uids, mode, by, unchanged_since=None):
        """Returns the messages that changed and those left alone because of unchanged_since."""
        changed, modified = [], []
        for message in mailbox.find(uids):
            if unchanged_since is not None and message.modseq > unchanged_since:
                modified.append(message)
            elif changed_flags(message.flags, mode, by) != message.flags:
                changed.append(message)
        if changed:
            modseq = self.next_modseq()
            for message in changed:
                message.flags = changed_flags(message.flags, mode, by)
                message.modseq = modseq
            mailbox.touch(modseq)
        return changed, modified

    def remove(self, mailbox, uids, only_deleted=True):
        gone = [message for message in mailbox.messages
                if (uids is None or message.uid in uids) and (not only_deleted or "\\deleted" in message.flags)]
        if gone:
            mailbox.drop(gone, self.next_modseq())
        return gone

    def copy(self, source, uids, target, and_remove):
        """Returns pairs of UIDs."""
        found = source.find(uids)
        return self._copy(source, found, target, and_remove, self.next_modseq()) if found else []

    @staticmethod
    def _copy(source, found, target, and_remove, modseq):
        pairs = []
        for message in found:
            copied = message.copy(target.uid_next, modseq)
            target.add(copied)
            pairs.append((message.uid, copied.uid))
        target.touch(modseq)
        if and_remove:
            source.drop(found, modseq)
        return pairs

    # Names. Each returns the response code of a refusal, or None.

    def _add_mailbox(self, name, modseq):
        self.last_identity += 1
        self.mailboxes[name] = Mailbox(self.last_identity, name, modseq)

    def _missing(self, name):
        parts = name.split("/")
        names = ["/".join(parts[:count]) for count in range(1, len(parts))]
        return [parent for parent in names if parent not in self.mailboxes]

    def children(self, name):
        return [other for other in self.mailboxes if other.startswith(name + "/")]

    def create(self, name):
        if name in self.mailboxes:
            return "ALREADYEXISTS"
        self._make(name)
        return None

    def _make(self, name):
        modseq = self.next_modseq()
        for each in self._missing(name) + [name]:
            self._add_mailbox(each, modseq)
        return modseq

    def delete(self, name):
        if name not in self.mailboxes:
            return "NONEXISTENT"
        if name == "INBOX":
            return "CANNOT"
        if self.children(name):
            return "HASCHILDREN"
        mailbox = self.mailboxes.pop(name)
        mailbox.drop(list(mailbox.messages), self.next_modseq())
        mailbox.deleted = True
        return None

    def rename(self, old, new):
        if old not in self.mailboxes:
            return "NONEXISTENT"
        if new in self.mailboxes:
            return "ALREADYEXISTS"
        if old == "INBOX":
            modseq = self._make(new)  # one change: the new mailbox and the move into it
            inbox = self.mailboxes["INBOX"]
            if inbox.messages:
                self._copy(inbox, list(inbox.messages), self.mailboxes[new], True, modseq)
            return None
        if new.startswith(old + "/"):
            return "CANNOT"
        modseq = self.next_modseq()
        for parent in self._missing(new):
            self._add_mailbox(parent, modseq)
        for name in [old] + self.children(old):
            mailbox = self.mailboxes.pop(name)
            mailbox.name = new + name[len(old):]
            mailbox.touch(modseq)
            self.mailboxes[mailbox.name] = mailbox
        return None

    def subscribe(self, name, subscribed):
        if (name in self.subscriptions) == subscribed:
            return
        modseq = self.next_modseq()
        if name in self.mailboxes:
            self.mailboxes[name].touch(modseq)
        if subscribed:
            self.subscriptions.add(name)
        else:
            self.subscriptions.discard(name)
