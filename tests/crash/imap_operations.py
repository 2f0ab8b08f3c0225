"""What an IMAP client of the load does: each operation sends itself, changes the model, and can say what it would
have done had it been carried out without our hearing of it."""
import dataclasses
import re

from imap_wire import digest, fetched, parse_uid_set, quoted, uid_set
from store_model import Mailbox, Message


def code(tagged, word):
    found = re.search(r"\[" + word + r" ([^\]]*)\]", tagged)
    if not found:
        raise AssertionError(f"no {word} in {tagged}")
    return found[1].split()


def new_uids(model, found, name):
    """UIDs of a mailbox that the model doesn't know, ascending; KeyError when there is no such mailbox."""
    return sorted(found.mailboxes[name].messages.keys() - model.mailboxes[name].messages.keys())


@dataclasses.dataclass
class Append:
    name: str
    content: bytes = dataclasses.field(repr=False)
    flags: frozenset
    date: str

    def send(self, imap):
        tagged, _ = imap.command(f'APPEND {quoted(self.name)} ({" ".join(sorted(self.flags))}) "{self.date}"',
                                 self.content)
        validity, uid = code(tagged, "APPENDUID")
        return int(validity), int(uid)

    def apply(self, model, result):
        validity, uid = result
        mailbox = model.mailboxes[self.name]
        if mailbox.uid_validity not in (0, validity):
            raise AssertionError(f"APPENDUID says UIDVALIDITY {validity}, it was {mailbox.uid_validity}")
        if uid < mailbox.uid_next:
            raise AssertionError(f"APPENDUID {uid} in {self.name}, UIDNEXT was {mailbox.uid_next}")
        mailbox.uid_validity = validity
        mailbox.add(uid, Message(digest(self.content), self.flags, self.date))

    def guess(self, model, found):
        came = new_uids(model, found, self.name)
        if len(came) != 1:
            raise KeyError(f"{len(came)} messages came")
        return found.mailboxes[self.name].uid_validity, came[0]


@dataclasses.dataclass
class Store:
    name: str
    uids: frozenset
    mode: str  # "+", "-" or ""
    flags: frozenset

    def send(self, imap):
        _, untagged = imap.command(f'UID STORE {uid_set(self.uids)} {self.mode}FLAGS ({" ".join(sorted(self.flags))})')
        return fetched(untagged)

    def after(self, flags):
        return {"+": flags | self.flags, "-": flags - self.flags, "": self.flags}[self.mode]

    def apply(self, model, result):
        mailbox = model.mailboxes[self.name]
        for uid in self.uids & mailbox.messages.keys():
            message = mailbox.messages[uid]
            changed = message.flags != self.after(message.flags)
            message.flags = self.after(message.flags)
            told = result.get(uid, {}).get("modseq", 0)
            if changed:
                if told and told <= mailbox.modseq:
                    raise AssertionError(f"STORE gave UID {uid} of {self.name} MODSEQ {told}; {mailbox.modseq} was "
                                         "there before")
                message.modseq = told
        mailbox.modseq = max([mailbox.modseq] + [row.get("modseq", 0) for row in result.values()])

    def guess(self, _model, _found):
        return {}


@dataclasses.dataclass
class Expunge:
    name: str
    uids: frozenset | None  # None: CLOSE

    def send(self, imap):
        if self.uids is None:
            imap.command("CLOSE")
            imap.selected = None
        else:
            imap.command(f"UID EXPUNGE {uid_set(self.uids)}")

    def apply(self, model, _result):
        messages = model.mailboxes[self.name].messages
        for uid in list(messages):
            if r"\Deleted" in messages[uid].flags and (self.uids is None or uid in self.uids):
                del messages[uid]

    def guess(self, _model, _found):
        return None


@dataclasses.dataclass
class Copy:
    name: str
    uids: frozenset
    target: str
    moves: bool

    def send(self, imap):
        tagged, untagged = imap.command(f'UID {"MOVE" if self.moves else "COPY"} {uid_set(self.uids)} '
                                        f"{quoted(self.target)}")
        if self.moves:
            tagged = next((text.decode() for text, _ in untagged if b"COPYUID" in text), tagged)
        validity, source, target = code(tagged, "COPYUID")
        return int(validity), dict(zip(parse_uid_set(source), parse_uid_set(target), strict=True))

    def apply(self, model, result):
        _, pairs = result
        source, target = model.mailboxes[self.name], model.mailboxes[self.target]
        if set(pairs) != set(self.uids & source.messages.keys()):
            raise KeyError(f"COPYUID names {sorted(pairs)}, not {sorted(self.uids)}")
        copies = {pairs[uid]: Message(message.digest, message.flags, message.date)
                  for uid, message in source.messages.items() if uid in pairs}
        if min(copies) < target.uid_next:
            raise AssertionError(f"COPYUID {min(copies)} in {self.target}, UIDNEXT was {target.uid_next}")
        for uid, message in sorted(copies.items()):
            target.add(uid, message)
        if self.moves:
            for uid in pairs:
                del source.messages[uid]

    def guess(self, model, found):
        came = new_uids(model, found, self.target)
        if len(came) != len(self.uids):
            raise KeyError(f"{len(came)} messages came")
        return 0, dict(zip(sorted(self.uids), came, strict=True))


def parents(name):
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def add_mailbox(model, name):
    for parent in parents(name):
        model.mailboxes.setdefault(parent, Mailbox())
    model.mailboxes[name] = Mailbox()


@dataclasses.dataclass
class Create:
    name: str

    def send(self, imap):
        imap.command(f"CREATE {quoted(self.name)}")

    def apply(self, model, _result):
        add_mailbox(model, self.name)

    def guess(self, _model, _found):
        return None


@dataclasses.dataclass
class Delete:
    name: str

    def send(self, imap):
        if imap.selected == self.name:
            imap.command("UNSELECT")
            imap.selected = None
        imap.command(f"DELETE {quoted(self.name)}")

    def apply(self, model, _result):
        del model.mailboxes[self.name]

    def guess(self, _model, _found):
        return None


@dataclasses.dataclass
class Rename:
    name: str
    to: str

    def send(self, imap):
        if imap.selected is not None:
            imap.command("UNSELECT")
            imap.selected = None
        imap.command(f"RENAME {quoted(self.name)} {quoted(self.to)}")

    def apply(self, model, _result):
        for parent in parents(self.to):
            model.mailboxes.setdefault(parent, Mailbox())
        for name in list(model.mailboxes):
            if name == self.name or name.startswith(self.name + "/"):
                model.mailboxes[self.to + name[len(self.name):]] = model.mailboxes.pop(name)

    def guess(self, _model, _found):
        return None


@dataclasses.dataclass
class RenameInbox:
    """rfc9051#6.3.6: INBOX stays, its messages move to the new mailbox."""
    to: str

    def send(self, imap):
        imap.selected = None
        imap.command(f'RENAME "INBOX" {quoted(self.to)}')

    def apply(self, model, _result):
        add_mailbox(model, self.to)
        inbox = model.mailboxes["INBOX"]
        for uid, old in enumerate(sorted(inbox.messages), 1):
            message = inbox.messages.pop(old)
            model.mailboxes[self.to].add(uid, Message(message.digest, message.flags, message.date))

    def guess(self, _model, _found):
        return None


@dataclasses.dataclass
class Subscribe:
    name: str
    on: bool

    def send(self, imap):
        imap.command(f'{"SUBSCRIBE" if self.on else "UNSUBSCRIBE"} {quoted(self.name)}')

    def apply(self, model, _result):
        (model.subscriptions.add if self.on else model.subscriptions.discard)(self.name)

    def guess(self, _model, _found):
        return None
