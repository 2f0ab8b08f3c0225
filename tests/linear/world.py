"""The server under test, the model of its two accounts, and everybody who talks to it."""
import collections
import copy
import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import server as kit  # noqa: E402

import commands  # noqa: E402
import fetching  # noqa: E402
import names  # noqa: E402
import replacing  # noqa: E402
from burst import burst  # noqa: E402
from model import Account, Mailbox, Mismatch, expect  # noqa: E402
from post import Pop3Session, Sender  # noqa: E402
from session import Goodbye, ImapSession, flag_set  # noqa: E402
from sets import compact  # noqa: E402

USERS = ("alice", "bob")

SELECTED = {commands.noop: 8, commands.store: 22, commands.expunge: 6, commands.copy: 8, commands.search: 14,
            fetching.fetch: 22, commands.close: 2, fetching.verify: 5, names.append: 11, names.select: 6,
            names.status: 5, names.change_names: 3, names.list_names: 2, names.enable: 1, names.start_idle: 3,
            replacing.replace: 5, replacing.append_several: 3}
AUTHENTICATED = {names.select: 20, names.append: 4, names.status: 3, names.change_names: 3, names.list_names: 2,
                 names.enable: 4}
ON_DELETED = {commands.noop: 3, commands.store: 3, commands.search: 3, fetching.fetch: 3, commands.close: 3}
CROWDED = (20, 60, 60, 60, 200)  # messages, by seed; then a mailbox is thinned out


class World:
    password = kit.PASSWORD

    def __init__(self, seed, sessions, crowded=None):
        self.seed = seed
        self.session_count = sessions
        self.history = collections.deque(maxlen=80)
        self.commands = 0
        self.restarts = self.kills = 0
        self.unique_ids = {}
        self.saved = {}
        self.chance = random.Random(seed)
        self.weights = {kind: {step: weight * self.chance.choice((0.3, 1, 1, 2)) for step, weight in table.items()}
                        for kind, table in (("selected", SELECTED), ("authenticated", AUTHENTICATED),
                                            ("deleted", ON_DELETED))}
        self.crowded = crowded or self.chance.choice(CROWDED)
        self.server = kit.Server()
        for user in USERS:
            self.server.add_account(user)
        self.server.start()
        self.accounts = [Account(user) for user in USERS]
        self.sessions = []
        self.sender = None
        self.watchers = {}
        for account in self.accounts:
            self.learn(account)

    # For the sessions

    def note(self, who, way, data):
        self.history.append((who, way, data))

    def address(self, user):
        return kit.address(user)

    def some_mailbox(self, chance, account):
        """INBOX mostly, so that sessions meet; now and then one that is not there."""
        kind = chance.random()
        if kind < 0.55:
            return "INBOX"
        if kind < 0.93:
            return chance.choice(sorted(account.mailboxes))
        return chance.choice(names.POOL)

    def make_message(self, chance, strict=False):
        subject = f"s{chance.getrandbits(40):010x}"
        lines = [f"line {number} {'x' * chance.randint(0, 70)}" for number in range(chance.choice((1, 3, 10, 30)))]
        if chance.random() < 0.2:
            lines.insert(0, ".dots..")
        if chance.random() < 0.01:
            lines = ["y" * 900] * 60
        end = "\n" if not strict and chance.random() < 0.05 else "\r\n"
        head = [f"Subject: {subject}", "From: <a@client.test>", "Message-ID: <" + subject + "@client.test>"]
        return (end.join(head + [""] + lines) + end).encode(), subject

    def kept(self, account, mailbox):
        found = self.saved.get((account.name, mailbox.identity))
        return self.chance.choice(found) if found else None

    def keep(self, account, mailbox, saved):
        kept = self.saved.setdefault((account.name, mailbox.identity), collections.deque(maxlen=4))
        kept.append(saved)

    # Steps

    def step(self, number):
        """One step; it depends on the seed, its number and what there is, nothing else."""
        chance = random.Random(self.seed * 1_000_003 + number)
        self.chance = chance
        kind = chance.random()
        if kind < 0.0004:
            self.restart()
        elif kind < 0.0008:
            self.kill(chance)
        elif kind < 0.04:
            self.deliver(chance)
        elif kind < 0.055:
            burst(self, chance)
        elif len(self.sessions) < self.session_count:
            self.connect(chance)
        else:
            self.act(chance.choice(self.sessions), chance)
        self.settle_idlers()

    def some_sender(self):
        if self.sender is None or self.sender.sent >= 800:
            if self.sender:
                self.sender.close()
            self.sender = Sender(self, self.accounts)
        return self.sender

    def deliver(self, chance):
        for account in self.some_sender().step(chance):
            self.see_delivery(account)

    def see_delivery(self, account):
        """The 250 may come a moment before the message is shown: whoever asks the account's owner next sees it
        (mailbox/room.h), and from then on every session must be told."""
        watcher = self.watchers.get(account.name)
        if watcher is None:
            watcher = self.watchers[account.name] = self.observer(account)
        inbox = account.mailboxes["INBOX"]
        items = ("MESSAGES", "UIDNEXT", "HIGHESTMODSEQ")
        tag = watcher.next_tag()
        watcher.send(tag + f" STATUS INBOX ({' '.join(items)})\r\n".encode())
        told = watcher.receive()
        names.check_status(account, inbox, told.values[1], items)
        expect(watcher.receive().condition == "OK", "STATUS")

    def connect(self, chance):
        account = chance.choice(self.accounts[:1] * 4 + self.accounts[1:])
        others = sum(session.kind == "pop3" for session in self.sessions)
        name = f"{account.name}{chance.randint(0, 999)}"
        if others < max(1, self.session_count // 5) and chance.random() < 0.25:
            self.sessions.append(Pop3Session(self, account, name + ".pop3"))
            return
        session = ImapSession(self, account, name)
        self.sessions.append(session)
        for _ in range(chance.choice((0, 1, 1, 2))):
            names.enable(session, chance)

    def act(self, session, chance):
        if session.kind == "pop3":
            session.step(chance)
            if session.over:
                self.sessions.remove(session)
            return
        if session.idling:
            if chance.random() < 0.4:
                names.end_idle(session)
            return
        if session.errors > 30 or chance.random() < 0.004:
            self.leave(session, chance)
            return
        self.run(session, self.choose(session, chance), chance)

    def choose(self, session, chance):
        if session.selected is None:
            table = self.weights["authenticated"]
        elif session.selected.deleted:
            table = self.weights["deleted"]
        elif len(session.selected.messages) > self.crowded and not session.read_only and chance.random() < 0.3:
            return thin_out
        else:
            table = self.weights["selected"]
        return chance.choices(list(table), list(table.values()))[0]

    def run(self, session, step, chance):
        """A session whose mailbox was deleted hears BYE at its next synchronisation."""
        doomed = session.selected is not None and session.selected.deleted
        if not doomed or step is commands.close:
            step(session, chance)
            return
        try:
            step(session, chance)
        except Goodbye:
            session.close()
            self.sessions.remove(session)
            return
        raise Mismatch("the mailbox was deleted and the session heard no BYE")

    def leave(self, session, chance):
        """Ends a connection, politely or not; half a command changes nothing."""
        self.sessions.remove(session)
        how = chance.choice(("logout", "drop", "half a line", "half a literal", "half a connection"))
        if how == "half a connection" and session.selected and not session.selected.deleted:
            session.last_words = True  # what was sent whole is done and answered, though nothing will follow
            chance.choice((commands.store, commands.expunge, fetching.fetch, names.append))(session, chance)
        elif how == "half a line":
            session.send(b"h1 UID STORE 1:* +FLAGS (\\Delet")
        elif how == "half a literal":
            session.send(b"h2 APPEND INBOX {1000+}\r\nSubject: half")
        elif how == "logout":
            session.begin()
            session.send(b"l1 LOGOUT\r\n")
            while True:
                response = session.receive()
                if response.kind == "tagged":
                    break
                expect(response.kind == "condition", "LOGOUT told", response.raw)
        session.close()

    def settle_idlers(self):
        for session in list(self.sessions):
            if session.kind != "imap" or not session.idling or session.selected is None:
                continue
            if not session.selected.deleted:
                names.settle_idle(session)
                continue
            response = session.receive()
            while response.kind != "condition" or response.condition != "BYE":
                response = session.receive()
            session.close()
            self.sessions.remove(session)

    # Life of the server

    def disconnect_all(self):
        for session in self.sessions:
            session.close()
        self.sessions.clear()
        for watcher in self.watchers.values():
            watcher.sock.close()
        self.watchers.clear()
        if self.sender:
            self.sender.close()
            self.sender = None

    def restart(self):
        self.disconnect_all()
        self.server.restart()
        self.restarts += 1
        self.judge_all()

    def kill(self, chance):
        """kill -9 while a command is under way: it happened or it did not."""
        session = next((session for session in self.sessions if session.kind == "imap" and not session.idling
                        and session.selected and not session.selected.deleted and not session.read_only), None)
        before = copy.deepcopy(self.accounts)
        if session is not None:
            self.half_done(session, chance)
        self.server.process.send_signal(signal.SIGKILL)
        after = self.accounts
        self.disconnect_all()
        self.server.kill()
        self.server.start()
        self.kills += 1
        try:
            self.judge_all()
        except Mismatch:
            self.accounts = before
            self.judge_all()
            self.catch_up(after)

    def half_done(self, session, chance):
        """Sends a command, changes the model, and does not wait."""
        account, mailbox = session.account, session.selected
        kind = chance.choice(("store", "expunge", "move"))
        uids = {message.uid for message in mailbox.messages}
        if kind == "store":
            account.store(mailbox, uids, "+", frozenset(("\\flagged",)))
            line = b"k1 UID STORE 1:* +FLAGS.SILENT (\\Flagged)\r\n"
        elif kind == "expunge":
            account.remove(mailbox, None)
            line = b"k1 EXPUNGE\r\n"
        else:
            account.copy(mailbox, uids, account.mailboxes["INBOX"], True)
            line = b"k1 UID MOVE 1:* INBOX\r\n"
        session.send(line)

    def catch_up(self, after):
        """The command did not happen; the numbers it used may be used up or not: only forward."""
        for account in self.accounts:
            self.learn_counters(account, next(other for other in after if other.name == account.name))

    # Judging

    def observer(self, account):
        session = ImapSession(self, account, account.name + ".judge")
        session.condstore = True
        session.simple("ENABLE CONDSTORE")
        return session

    def judge_all(self):
        for account in self.accounts:
            self.judge(account)

    def judge(self, account):
        """Everything the account has, against the model."""
        observer = self.observer(account)
        try:
            for mailbox in account.mailboxes.values():
                self.judge_mailbox(observer, mailbox)
        finally:
            observer.sock.close()

    def judge_mailbox(self, observer, mailbox):
        tag = observer.next_tag()
        observer.send(tag + f" EXAMINE {mailbox.name}\r\n".encode())
        opening = names.Opening(observer, mailbox)
        while (response := observer.receive()).kind != "tagged":
            if response.kind == "exists":
                expect(response.number == len(mailbox.messages), mailbox.name, "EXISTS", response.number, "not",
                       len(mailbox.messages))
            elif response.kind == "condition":
                opening.answer.codes.append((response.code or b"").decode())
        expect(response.condition == "OK", "EXAMINE", mailbox.name, response.raw)
        codes = dict(map(names.code_of, opening.answer.codes))
        observer.account.learn_validity(mailbox, int(codes["UIDVALIDITY"]))
        expect(int(codes["UIDNEXT"]) == mailbox.uid_next, mailbox.name, "UIDNEXT", codes["UIDNEXT"], "not",
               mailbox.uid_next)
        expect(int(codes["HIGHESTMODSEQ"]) == mailbox.highest, mailbox.name, "HIGHESTMODSEQ",
               codes["HIGHESTMODSEQ"], "not", mailbox.highest)
        self.judge_messages(observer, mailbox)

    def judge_messages(self, observer, mailbox):
        tag = observer.next_tag()
        observer.send(tag + b" UID FETCH 1:* (FLAGS MODSEQ INTERNALDATE BODY.PEEK[])\r\n")
        told = []
        while (response := observer.receive()).kind != "tagged":
            told.append(response.values)
        expect([int(values["UID"]) for values in told] == [message.uid for message in mailbox.messages],
               mailbox.name, "has uids", [values["UID"] for values in told])
        for message, values in zip(mailbox.messages, told):
            expect(flag_set(values["FLAGS"]) == message.flags, mailbox.name, "uid", message.uid, "flags",
                   values["FLAGS"], "not", sorted(message.flags))
            expect(int(values["MODSEQ"][0]) == message.modseq, mailbox.name, "uid", message.uid, "modseq",
                   values["MODSEQ"], "not", message.modseq)
            message.learn_content(values["BODY[]"])
            message.learn_date(fetching.date_of(values["INTERNALDATE"]))

    # Learning what a new account has

    def learn(self, account):
        observer = self.observer(account)
        tag = observer.next_tag()
        observer.send(tag + b' LIST "" "*"\r\n')
        found = []
        while (response := observer.receive()).kind != "tagged":
            found.append(response.values[-1].decode())
        for name in found:
            account.last_identity += 1
            account.mailboxes[name] = Mailbox(account.last_identity, name, 0)
        account.subscriptions = set(self.subscribed(observer))
        for mailbox in account.mailboxes.values():
            self.learn_mailbox(observer, account, mailbox)
        observer.sock.close()

    def subscribed(self, observer):
        tag = observer.next_tag()
        observer.send(tag + b' LSUB "" "*"\r\n')
        while (response := observer.receive()).kind != "tagged":
            yield response.values[-1].decode()

    def learn_mailbox(self, observer, account, mailbox):
        tag = observer.next_tag()
        observer.send(tag + f" STATUS {mailbox.name} (UIDNEXT HIGHESTMODSEQ MESSAGES)\r\n".encode())
        while (response := observer.receive()).kind != "tagged":
            if response.kind == "status" and response.values:
                values = response.values[1]
                told = {key: int(value) for key, value in zip(values[::2], values[1::2])}
                expect(told[b"HIGHESTMODSEQ"] >= mailbox.highest and told[b"UIDNEXT"] >= mailbox.uid_next,
                       mailbox.name, "went back:", told)
                mailbox.highest, mailbox.uid_next = told[b"HIGHESTMODSEQ"], told[b"UIDNEXT"]
                account.modseq = max(account.modseq, mailbox.highest)

    def learn_counters(self, account, after):
        """After a command that may have used up a modseq: the next change shows which."""
        observer = self.observer(account)
        tag = observer.next_tag()
        content, _ = self.make_message(self.chance)
        inbox = account.mailboxes["INBOX"]
        observer.send(tag + b" APPEND INBOX {%d+}\r\n" % len(content) + content + b"\r\n")
        while (response := observer.receive()).kind != "tagged":
            pass
        uid = int(response.code.split(b" ")[2])
        expect(inbox.uid_next <= uid <= after.mailboxes["INBOX"].uid_next, "UID", uid, "after", inbox.uid_next)
        inbox.uid_next = uid
        highest = account.modseq
        message = account.append(inbox, ())
        message.content, message.size = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), None
        message.size, message.subject = len(message.content), _subject(content)
        message.date_range = (0, 1 << 40)
        self.learn_mailbox(observer, account, inbox)
        expect(highest < inbox.highest <= after.modseq + 1, "modseq", inbox.highest, "after", highest)
        message.modseq = inbox.highest
        observer.sock.close()

    def finish(self):
        self.disconnect_all()
        self.judge_all()
        self.server.stop()
        self.server.check()


def _subject(content):
    return content.partition(b"Subject: ")[2].partition(b"\n")[0].strip().decode()


def thin_out(session, chance):
    """Marks a part of a crowded mailbox deleted and expunges it."""
    session.begin(refresh=True)
    uids = sorted(message.uid for message in session.selected.messages)
    doomed = uids[:len(uids) // 2] if chance.random() < 0.5 else sorted(chance.sample(uids, len(uids) // 2))
    session.account.store(session.selected, set(doomed), "+", frozenset(("\\deleted",)))
    text = compact(doomed)
    commands.expect_ok(session.run(f"UID STORE {text} +FLAGS (\\Deleted)"), "STORE")
    session.world.settle_idlers()
    session.begin(refresh=True)
    session.account.remove(session.selected, set(doomed))
    commands.expect_ok(session.run(f"UID EXPUNGE {text}"), "UID EXPUNGE")
