"""The reference model of what an IMAP client owns in an account: mailboxes, messages, subscriptions.

A client notes every operation here once the server acknowledged it. After a crash observe() reads what is really
there, and settle() holds it against the model: every acknowledged operation is there, the one that was under way
wholly or not at all. Numbers never go back and never come to mean something else.
"""
import copy
import dataclasses

import imap_wire


@dataclasses.dataclass
class Message:
    digest: str
    flags: frozenset
    date: str
    modseq: int = 0  # of its last change; 0: not known


@dataclasses.dataclass
class Mailbox:
    uid_validity: int = 0  # 0: not known yet
    uid_next: int = 1  # at least
    modseq: int = 0  # at least
    messages: dict = dataclasses.field(default_factory=dict)  # by UID

    def add(self, uid, message):
        self.messages[uid] = message
        self.uid_next = max(self.uid_next, uid + 1)


@dataclasses.dataclass
class Account:
    mailboxes: dict = dataclasses.field(default_factory=dict)  # by name
    subscriptions: set = dataclasses.field(default_factory=set)

    def copy(self):
        return copy.deepcopy(self)


@dataclasses.dataclass
class Known:
    """What a QRESYNC client keeps of a mailbox: flags by UID at a mod-sequence."""
    modseq: int
    flags: dict


class Memory:
    """What was seen in an account at any time: nothing of it may come to mean something else."""

    def __init__(self):
        self.contents = {}  # (uid_validity, uid): digest

    def note(self, account, problems):
        for name, mailbox in account.mailboxes.items():
            for uid, message in mailbox.messages.items():
                before = self.contents.setdefault((mailbox.uid_validity, uid), message.digest)
                if before != message.digest:
                    problems.append(f"UID {uid} of {name} (UIDVALIDITY {mailbox.uid_validity}) was reused: it was "
                                    f"{before}, now {message.digest}")


def observe(imap, owns):
    """What is in the mailboxes whose names `owns` accepts."""
    account = Account()
    account.subscriptions = {name for name in imap.names('LIST (SUBSCRIBED) "" "*"') if owns(name)}
    for name in imap.names('LIST "" "*"'):
        if owns(name):
            account.mailboxes[name] = observe_mailbox(imap, name)
    return account


def observe_mailbox(imap, name):
    facts, _ = imap.select(name)
    mailbox = Mailbox(facts["UIDVALIDITY"], facts["UIDNEXT"], facts["HIGHESTMODSEQ"])
    if facts["EXISTS"]:
        rows = imap.fetch_all("UID FLAGS INTERNALDATE MODSEQ BODY.PEEK[]")
        for uid, row in sorted(rows.items()):
            mailbox.messages[uid] = Message(imap_wire.digest(row["literals"][0]), row["flags"], row["date"],
                                            row["modseq"])
    if len(mailbox.messages) != facts["EXISTS"]:
        raise AssertionError(f"{name} says {facts['EXISTS']} EXISTS and gives {len(mailbox.messages)} messages")
    return mailbox


def differences(model, found):
    """In what the store is not as the model says, in words."""
    words = []
    for name in model.mailboxes.keys() - found.mailboxes.keys():
        words.append(f"mailbox {name} is missing")
    for name in found.mailboxes.keys() - model.mailboxes.keys():
        words.append(f"mailbox {name} should not be there")
    for name in model.subscriptions ^ found.subscriptions:
        words.append(f"subscription of {name} is {'missing' if name in model.subscriptions else 'too much'}")
    for name in model.mailboxes.keys() & found.mailboxes.keys():
        words += mailbox_differences(name, model.mailboxes[name], found.mailboxes[name])
    return words


def mailbox_differences(name, model, found):
    words = []
    if model.uid_validity not in (0, found.uid_validity):
        words.append(f"UIDVALIDITY of {name} was {model.uid_validity}, is {found.uid_validity}")
    if found.uid_next < model.uid_next:
        words.append(f"UIDNEXT of {name} went back from {model.uid_next} to {found.uid_next}")
    if found.modseq < model.modseq:
        words.append(f"HIGHESTMODSEQ of {name} went back from {model.modseq} to {found.modseq}")
    for uid in sorted(model.messages.keys() - found.messages.keys()):
        words.append(f"UID {uid} of {name} is lost")
    for uid in sorted(found.messages.keys() - model.messages.keys()):
        words.append(f"UID {uid} of {name} should not be there")
    for uid in sorted(model.messages.keys() & found.messages.keys()):
        words += message_differences(f"UID {uid} of {name}", model.messages[uid], found.messages[uid])
    return words


def message_differences(which, model, found):
    words = []
    if model.digest != found.digest:
        words.append(f"{which} has other content")
    if model.flags != found.flags:
        words.append(f"{which} has flags {sorted(found.flags)}, not {sorted(model.flags)}")
    if model.date != found.date:
        words.append(f"{which} has the date {found.date}, not {model.date}")
    if model.modseq not in (0, found.modseq):
        words.append(f"{which} has MODSEQ {found.modseq}, not {model.modseq}")
    return words


def settle(model, pending, found):
    """(what the store should be, problems): `pending` is the operation without an answer, or None."""
    plain = differences(model, found)
    if not plain or pending is None:
        return model, plain
    done = model.copy()
    try:
        pending.apply(done, pending.guess(done, found))
    except KeyError as error:
        return model, plain + [f"and {pending} can't have been done: {error}"]
    as_done = differences(done, found)
    if not as_done:
        return done, []
    return model, [f"neither before nor after {pending}"] + plain + ["or, as if it was done:"] + as_done


def adopt(model, found):
    """Takes over what the model could not know: numbers that the server chose."""
    for name, mailbox in found.mailboxes.items():
        own = model.mailboxes[name]
        own.uid_validity, own.uid_next, own.modseq = mailbox.uid_validity, mailbox.uid_next, mailbox.modseq
        for uid, message in mailbox.messages.items():
            own.messages[uid].modseq = message.modseq
