"""IMAP commands beside the selected mailbox: SELECT, APPEND, STATUS, the names, ENABLE, IDLE."""
import re
import time

from commands import check_enabled, enabling_condstore, expect_ok, snapshot
from fetching import date_text
from model import expect
from responses import number_list, number_set
from session import ANNOUNCE, Answer, Entry, code_of, flag_set
from sets import compact, random_flags

POOL = ("A", "B", "C", "A/x", "A/y", "A/x/z", "B/x", "D/deep/er")


# SELECT

def select(session, chance):
    name = session.world.some_mailbox(chance, session.account)
    mailbox = session.account.mailboxes.get(name)
    verb = "EXAMINE" if chance.random() < 0.2 else "SELECT"
    known = session.world.kept(session.account, mailbox) if mailbox and session.qresync else None
    resync = Resynchronisation(chance, known) if known and chance.random() < 0.8 else None
    line = f"{verb} {name}"
    before = session.condstore
    if resync:
        line += f" ({resync.text})"
    elif chance.random() < 0.15:
        line += " (CONDSTORE)"
    was_selected = session.selected is not None
    if was_selected:
        session.leave()
    session.begin()
    if mailbox and line.endswith("(CONDSTORE)"):
        session.condstore = True
    opening = Opening(session, mailbox)
    answer = opening.run(line)
    expect(("CLOSED" in answer.codes) == was_selected, "CLOSED", answer.codes)
    if mailbox is None:
        expect((answer.condition, answer.code) == ("NO", "NONEXISTENT"), line, answer.condition, answer.code)
        return
    expect_ok(answer, line)
    expect(answer.code == ("READ-ONLY" if verb == "EXAMINE" else "READ-WRITE"), line, answer.code)
    session.selected, session.read_only = mailbox, verb == "EXAMINE"
    opening.check(before)
    if resync:
        resync.check(session, answer)
    else:
        expect(not answer.fetched and not answer.vanished_earlier, line, "told more than it should")


class Opening:
    """The answers to SELECT: they make the view."""

    def __init__(self, session, mailbox):
        self.session = session
        self.mailbox = mailbox
        self.exists = None
        self.answer = Answer()

    def run(self, line):
        session = self.session
        tag = session.next_tag()
        session.send(tag + b" " + line.encode() + b"\r\n")
        if self.mailbox:
            session.view = snapshot(self.mailbox)
            session.moments = [{entry.message: entry for entry in session.view}]
        while True:
            response = session.receive()
            if response.kind == "tagged":
                expect(response.tag == tag, "the tag is", response.tag)
                self.answer.condition, self.answer.code = response.condition, (response.code or b"").decode()
                return self.answer
            self.take(response)

    def take(self, response):
        session = self.session
        if response.kind == "exists":
            expect(self.exists is None, "EXISTS twice")
            self.exists = response.number
            expect(self.mailbox and self.exists == len(session.view), "EXISTS", self.exists, "not",
                   len(session.view))
            session.cache = [Entry(entry.message, entry.flags, entry.modseq) for entry in session.view]
        elif response.kind == "recent":
            expect(not session.rev2 and response.number == 0, "RECENT")
        elif response.kind == "flags":
            session.keywords = flag_set(response.values[0])
        elif response.kind == "fetch":
            expect({"UID", "FLAGS", "MODSEQ"} == set(response.values), "SELECT told", response.raw)
            session.take_fetch(response, self.answer, True)
        elif response.kind == "vanished":
            expect(response.values[0] == [b"EARLIER"] and session.qresync, "SELECT told", response.raw)
            self.answer.vanished_earlier += number_set(response.values[1])
        elif response.kind == "list":
            expect(session.rev2, "LIST in SELECT before IMAP4rev2")
        else:
            expect(response.kind == "condition" and response.condition == "OK", "SELECT told", response.raw)
            self.answer.codes.append((response.code or b"").decode())

    def check(self, condstore_before):
        session, mailbox = self.session, self.mailbox
        expect(self.exists is not None, "no EXISTS")
        codes = dict(map(code_of, self.answer.codes))
        session.account.learn_validity(mailbox, int(codes["UIDVALIDITY"]))
        expect(int(codes["UIDNEXT"]) == mailbox.uid_next, "UIDNEXT", codes["UIDNEXT"], "not", mailbox.uid_next)
        expect(int(codes["HIGHESTMODSEQ"]) == mailbox.highest, "HIGHESTMODSEQ", codes["HIGHESTMODSEQ"], "not",
               mailbox.highest)
        session.highest = mailbox.highest
        unseen = [number for number, entry in enumerate(session.view, 1) if "\\seen" not in entry.flags]
        if not session.rev2:
            expect(codes.get("UNSEEN") == (str(unseen[0]) if unseen else None), "UNSEEN", codes.get("UNSEEN"))
        expect((codes["PERMANENTFLAGS"] == "()") == session.read_only, "PERMANENTFLAGS", codes["PERMANENTFLAGS"])


class Resynchronisation:
    """QRESYNC (validity modseq [known-uids [seq-match]]) for what the client kept."""

    def __init__(self, chance, known):
        self.known = known
        self.validity = known.validity if chance.random() < 0.97 else known.validity + 1
        self.uids = None
        self.text = f"QRESYNC ({self.validity} {known.modseq}"
        uids = sorted(known.flags)
        if uids and chance.random() < 0.5:
            chosen = uids if chance.random() < 0.5 else sorted(chance.sample(uids, chance.randint(1, len(uids))))
            self.uids = set(chosen)
            self.text += f" {compact(chosen)}"
            if chance.random() < 0.5:  # true statements about what the client saw
                at = sorted(chance.sample(range(len(uids)), min(len(uids), 4)))
                self.text += f" ({compact([i + 1 for i in at])} {compact([uids[i] for i in at])})"
        self.text += ")"

    def check(self, session, answer):
        mailbox = session.selected
        if self.validity != mailbox.validity:
            expect(not answer.fetched and not answer.vanished_earlier, "resynchronised with another UIDVALIDITY")
            return
        concerns = self.uids.__contains__ if self.uids is not None else lambda _: True
        client = {uid: flags for uid, flags in self.known.flags.items() if concerns(uid)}
        alive = {message.uid for message in mailbox.messages}
        for uid in answer.vanished_earlier:
            expect(uid not in alive and uid < mailbox.uid_next and concerns(uid), "VANISHED (EARLIER) of uid", uid)
            client.pop(uid, None)
        for message, told in answer.fetched.items():
            expect(concerns(message.uid), "FETCH of a uid not asked for:", message.uid)
            client[message.uid] = flag_set(told[-1]["FLAGS"])
        wanted = {message.uid: message.flags for message in mailbox.messages if concerns(message.uid)}
        for uid in client.keys() | wanted.keys():
            expect(client.get(uid) == wanted.get(uid), "after QRESYNC the client knows of uid", uid,
                   client.get(uid, "nothing"), "but it is", wanted.get(uid, "gone"))


# APPEND

def describe(message, content, subject, date):
    """What a new message is known by. Gives the time before it was sent."""
    began = int(time.time()) - 1
    message.subject, message.date = subject, date
    message.content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    message.size = len(message.content)
    message.date_range = (began, began + 1_000)
    return began


def append(session, chance):
    account = session.account
    name = session.world.some_mailbox(chance, account)
    content, subject = session.world.make_message(chance)
    texts, flags = random_flags(chance)
    date = chance.choice((None, chance.randint(978_307_200, 1_790_000_000)))
    zone = chance.choice((0, 0, 60, -330))
    line = f"APPEND {name} "
    if texts or chance.random() < 0.5:
        line += f"({' '.join(texts)}) "
    if date is not None:
        line += f'"{date_text(date, zone)}" '
    session.begin()
    mailbox = account.mailboxes.get(name)
    if mailbox is None:
        answer = session.run(line, literal=(content, chance.random() < 0.5))
        expect((answer.condition, answer.code) == ("NO", "TRYCREATE"), line, answer.condition, answer.code)
        return
    message = account.append(mailbox, flags)
    began = describe(message, content, subject, date)
    answer = session.run(line, literal=(content, chance.random() < 0.5))
    message.date_range = (began, int(time.time()) + 1)
    expect_ok(answer, line)
    code, value = code_of(answer.code)
    expect(code == "APPENDUID", "no APPENDUID:", answer.code)
    validity, uid = value.split(" ")
    account.learn_validity(mailbox, int(validity))
    expect(number_list(uid.encode()) == [message.uid], "APPENDUID", uid, "not", message.uid)


# STATUS

def status(session, chance):
    name = session.world.some_mailbox(chance, session.account)
    items = chance.sample(("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "HIGHESTMODSEQ"),
                          chance.randint(1, 7))
    session.begin()
    account = session.account
    mailbox = account.mailboxes.get(name)
    before = enabling_condstore(session, mailbox is not None and "HIGHESTMODSEQ" in items)
    line = f"STATUS {name} ({' '.join(items)})"
    answer = session.run(line, condstore_before=before)
    if mailbox is None:
        expect((answer.condition, answer.code) == ("NO", "NONEXISTENT"), line, answer.condition, answer.code)
        return
    expect_ok(answer, line)
    check_enabled(session, answer, before)
    told = [response for response in answer.untagged if response.kind == "status"]
    expect(len(told) == 1 and told[0].values[0] == name.encode(), "STATUS of", name)
    check_status(account, mailbox, told[0].values[1], items)


def check_status(account, mailbox, values, items):
    told = {key.decode(): int(value) for key, value in zip(values[::2], values[1::2])}
    expect(set(told) == set(items), "STATUS items", told)
    if "UIDVALIDITY" in told:
        account.learn_validity(mailbox, told["UIDVALIDITY"])
    sizes = [message.size for message in mailbox.messages]
    expected = {
        "MESSAGES": len(mailbox.messages), "UIDNEXT": mailbox.uid_next, "HIGHESTMODSEQ": mailbox.highest,
        "UIDVALIDITY": mailbox.validity, "SIZE": None if None in sizes else sum(sizes),
        "UNSEEN": sum("\\seen" not in message.flags for message in mailbox.messages),
        "DELETED": sum("\\deleted" in message.flags for message in mailbox.messages)}
    for item in items:
        if expected[item] is not None:
            expect(told[item] == expected[item], "STATUS", mailbox.name, item, told[item], "not", expected[item])


# Names

def change_names(session, chance):
    account = session.account
    kind = chance.choice(("CREATE", "CREATE", "DELETE", "RENAME", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE"))
    name = chance.choice(POOL)
    if chance.random() < 0.02:
        name = "INBOX"
    session.begin()
    if kind == "RENAME":
        other = chance.choice(POOL)
        line = f"RENAME {name} {other}"
        refusal = account.rename(name, other)
    else:
        line = f"{kind} {name}"
        refusal = None
        if kind == "CREATE":
            refusal = account.create(name)
        elif kind == "DELETE":
            refusal = account.delete(name)
        else:
            account.subscribe(name, kind == "SUBSCRIBE")
    left = session.selected is not None and session.selected.deleted
    if left:
        session.leave()
    answer = session.run(line)
    code, _ = code_of(answer.code)
    wanted = ("NO", refusal) if refusal else ("OK", "MAILBOXID" if kind == "CREATE" else "")
    expect((answer.condition, code) == wanted, line, answer.condition, answer.code, "not", wanted)
    expect(("CLOSED" in answer.codes) == left, "CLOSED after", line)


def list_names(session, chance):
    account = session.account
    kind = chance.choice(("LIST", "LIST (SUBSCRIBED)", "LSUB", "STATUS"))
    session.begin()
    items = ("MESSAGES", "UIDNEXT", "UNSEEN")
    pattern = "*" if kind == "LSUB" else chance.choice(("*", "*", "%", "A/%", "A*", "inbox"))
    line = {"STATUS": f'LIST "" "{pattern}" RETURN (STATUS ({" ".join(items)}))'}.get(kind, f'{kind} "" "{pattern}"')
    answer = session.run(line)
    expect_ok(answer, line)
    wanted = "lsub" if kind == "LSUB" else "list"
    names = [response.values[-1].decode() for response in answer.untagged if response.kind == wanted]
    expected = account.mailboxes if kind in ("LIST", "STATUS") else account.subscriptions
    shape = re.compile(pattern.replace("*", ".*").replace("%", "[^/]*"), re.IGNORECASE if pattern == "inbox" else 0)
    expected = [name for name in expected if shape.fullmatch(name)]
    expect(sorted(names) == sorted(expected), line, names, "not", sorted(expected))
    for response in answer.untagged:
        if response.kind == "status":
            check_status(account, account.mailboxes[response.values[0].decode()], response.values[1], items)
        elif wanted == "list":
            check_attributes(account, response)


def check_attributes(account, response):
    attributes, name = flag_set(response.values[0]), response.values[-1].decode()
    has_children = bool(account.children(name))
    expect(("\\haschildren" in attributes) == has_children, "\\HasChildren of", name)
    expect(("\\hasnochildren" in attributes) != has_children, "\\HasNoChildren of", name)
    expect(("\\nonexistent" in attributes) == (name not in account.mailboxes), "\\NonExistent of", name)


# ENABLE and IDLE

def enable(session, chance):
    name = chance.choice(("CONDSTORE", "QRESYNC", "QRESYNC", "IMAP4rev2"))
    session.begin()
    before = enabling_condstore(session, name != "IMAP4rev2")
    qresync = session.qresync
    session.qresync |= name == "QRESYNC"
    session.rev2 |= name == "IMAP4rev2"
    answer = session.run(f"ENABLE {name}", condstore_before=before)
    expect_ok(answer, "ENABLE", name)
    told = [response.values for response in answer.untagged if response.kind == "enabled"]
    expect(len(told) == 1 and (name != "QRESYNC" or (b"QRESYNC" in told[0]) != qresync), "ENABLED", told)
    check_enabled(session, answer, before)


def start_idle(session, chance):
    session.begin()
    session.idle_tag = session.next_tag()
    session.send(session.idle_tag + b" IDLE\r\n")
    while (response := session.receive()).kind != "continue":
        expect(response.kind == "condition", "IDLE told", response.raw)
    session.idling = True
    settle_idle(session)


def settle_idle(session):
    """Every change must reach a client in IDLE, without its asking."""
    if session.selected is None:
        return
    session.begin()
    session.advance(ANNOUNCE)
    answer = Answer()
    highest = 0
    while session.difference():
        response = session.receive()
        session.take(response, answer, True, session.condstore)
        if response.kind == "fetch" and "MODSEQ" in response.values:
            highest = max(highest, int(response.values["MODSEQ"][0]))
        expect(not answer.untagged, "IDLE told", response.raw)
    session.highest = max(session.highest, highest)


def end_idle(session):
    session.begin()
    session.advance(ANNOUNCE)
    session.send(b"DONE\r\n")
    answer = Answer()
    session.collect(answer, session.idle_tag, True, session.condstore)
    expect_ok(answer, "IDLE")
    session.idling = False
    session.compare()
