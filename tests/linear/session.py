"""One IMAP connection: what the server may show it (the view), what it was told (the cache), and the checks.

The view is the mailbox as of the last synchronisation: pairs of a message and its (flags, modseq) then. The
cache is what a client knows that read all flags when it heard EXISTS: whatever changed since must be told.
After every command the cache must equal the view.
"""
import re
import socket

from model import expect
from responses import Reader, number_set

ANNOUNCE, HOLD = "announce", "hold"
SECONDS = 60  # for any answer


def flag_set(values):
    return frozenset(value.decode().lower() for value in values)


class Goodbye(EOFError):
    """The server said BYE."""


class Entry:
    __slots__ = ("message", "flags", "modseq")

    def __init__(self, message, flags, modseq):
        self.message = message
        self.flags = flags
        self.modseq = modseq


class Answer:
    """What came back for one command."""

    def __init__(self):
        self.condition = None
        self.code = ""
        self.untagged = []  # all but those that tell of the mailbox's changes
        self.fetched = {}  # message: [values]
        self.codes = []  # of untagged OKs
        self.vanished_earlier = []


class Saved:
    """What a client keeps of a mailbox it leaves: enough for QRESYNC."""

    def __init__(self, validity, modseq, flags):
        self.validity = validity
        self.modseq = modseq
        self.flags = flags  # UID: flags


class ImapSession:
    kind = "imap"

    def __init__(self, world, account, name):
        self.world = world
        self.account = account
        self.name = name
        self.condstore = self.qresync = self.rev2 = False
        self.selected = None
        self.read_only = False
        self.view = []
        self.cache = []
        self.moments = []  # the views of the command under way
        self.heard = set()  # messages announced before or during this command
        self.idling = False
        self.recorded = None  # what was heard in a burst (burst.py)
        self.between = False  # several changes at once: what is told may be a state between
        self.held = False
        self.saved_result = set()
        self.highest = 0  # what this client would come back with (rfc7162#6)
        self.keywords = set()
        self.errors = 0
        self.asks_flags = False  # a FETCH is under way: its own answers carry what it asked for
        self.tags = 0
        self.early = []  # responses that came before the "+" of a literal
        self.last_words = False  # the next command is the last: then our half of the connection is closed
        self.sock = socket.create_connection(("127.0.0.1", world.server.port(143)), timeout=SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock)
        expect(self.receive().condition == "OK", "no greeting")
        self.simple(f'LOGIN {world.address(account.name)} "{world.password}"')

    # Lines

    def send(self, data):
        self.world.note(self.name, ">", data)
        self.sock.sendall(data)

    def receive(self):
        if self.between and self.recorded is not None:
            return self.recorded.popleft()
        try:
            response = self.reader.next()
        except (OSError, EOFError) as error:
            self.world.note(self.name, "<", repr(error))
            raise
        self.world.note(self.name, "<", response.raw)
        return response

    def next_tag(self):
        self.tags += 1
        self.world.commands += 1
        return f"t{self.tags}".encode()

    def simple(self, line):
        """A command outside any mailbox's view; must be OK."""
        tag = self.next_tag()
        self.send(tag + b" " + line.encode() + b"\r\n")
        while True:
            response = self.receive()
            if response.kind == "tagged":
                expect(response.tag == tag and response.condition == "OK", line, response.raw)
                return response

    def close(self):
        self.keep_cache()
        self.sock.close()

    # The view

    def advance(self, how):
        """The model's next synchronisation."""
        if self.selected is None:
            return
        shown = [Entry(message, message.flags, message.modseq) for message in self.selected.messages]
        self.held = False
        if how == HOLD:
            dead = [entry for entry in self.view if not entry.message.alive]
            if dead:
                self.held = True
                shown = sorted(shown + dead, key=lambda entry: entry.message.uid)
        self.view = shown
        self.moments.append({entry.message: entry for entry in shown})

    def begin(self, refresh=False):
        """The view a command works on: for UID commands, of now."""
        self.moments = [{entry.message: entry for entry in self.view}]
        self.heard = {entry.message for entry in self.cache}
        if refresh:
            self.advance(HOLD)
            self.moments.pop(0)

    def enable_condstore(self):
        if not self.condstore:
            self.condstore = True
            known = self.moments[-1] if self.moments else {}
            for entry in self.cache:
                if entry.message in known:
                    entry.modseq = known[entry.message].modseq

    # One command

    def run(self, line, how=ANNOUNCE, literal=None, condstore_before=None, assume=None):
        """Sends a command whose effect the model has already, and checks all that comes back.

        `literal`: (bytes, synchronizing), or a list of texts and bytes in place of the line. `assume`: what a client works out itself when it hears the end."""
        before = self.condstore if condstore_before is None else condstore_before
        if how:
            self.advance(how)
        tag = self.next_tag()
        self.send_line(tag, line, literal)
        answer = Answer()
        self.collect(answer, tag, how == ANNOUNCE, before)
        if assume:
            assume()
        if how:
            self.compare()
        if answer.condition == "BAD":
            self.errors += 1
        return answer

    def send_line(self, tag, line, literal):
        if literal is None:
            self.send(tag + b" " + line.encode() + b"\r\n")
        elif isinstance(literal, list):
            self.send_pieces(tag, literal)
        else:
            self.send_with_literal(tag, line, literal)
        if self.last_words:
            self.sock.shutdown(socket.SHUT_WR)

    def send_pieces(self, tag, pieces):
        """Texts, each followed by a literal."""
        data = b"".join(text.encode() + b"{%d+}\r\n" % len(content) + content for text, content in pieces)
        self.send(tag + b" " + data + b"\r\n")

    def send_with_literal(self, tag, line, literal):
        data, synchronizing = literal
        head = tag + b" " + line.encode() + b"{%d%s}\r\n" % (len(data), b"" if synchronizing else b"+")
        if not synchronizing:
            self.send(head + data + b"\r\n")
            return
        self.send(head)
        response = self.receive()
        while response.kind not in ("continue", "tagged"):  # a UID command looks at new messages first
            self.early.append(response)
            response = self.receive()
        if response.kind == "continue":
            self.send(data + b"\r\n")
        else:
            self.early.append(response)

    def collect(self, answer, tag, may_expunge, condstore_before):
        highest_told, highest_code = 0, None
        while True:
            response = self.pushed() or self.receive()
            if response.kind == "tagged":
                expect(response.tag == tag, "the tag is", response.tag, "not", tag)
                answer.condition = response.condition
                answer.code = (response.code or b"").decode()
            else:
                self.take(response, answer, may_expunge, condstore_before)
            if response.kind == "fetch" and "MODSEQ" in response.values:
                highest_told = max(highest_told, int(response.values["MODSEQ"][0]))
            if response.code and response.code.startswith(b"HIGHESTMODSEQ "):
                highest_code = int(response.code[14:])
            if response.kind == "tagged":
                break
        # rfc7162#6
        if highest_code is not None:
            self.highest = highest_code
        else:
            self.highest = max(self.highest, highest_told)

    def pushed(self):
        return self.early.pop(0) if self.early else None

    def take(self, response, answer, may_expunge, condstore_before):
        """An untagged response: into the cache or into the answer."""
        kind = response.kind
        if kind == "fetch":
            self.take_fetch(response, answer, condstore_before)
        elif kind == "exists":
            self.take_exists(response.number)
        elif kind == "expunge":
            expect(may_expunge, "EXPUNGE in a command that must hold it (rfc9051#7.5.1)")
            expect(not self.qresync, "EXPUNGE after QRESYNC was enabled (rfc7162#3.2.10)")
            expect(1 <= response.number <= len(self.cache), "EXPUNGE of", response.number, "of", len(self.cache))
            gone = self.cache.pop(response.number - 1)
            expect(not gone.message.alive, "EXPUNGE of uid", gone.message.uid, "which is there")
        elif kind == "vanished":
            self.take_vanished(response, answer, may_expunge)
        elif kind == "flags":
            self.keywords = flag_set(response.values[0])
        elif kind == "condition":
            if response.condition == "BYE":
                raise Goodbye(response.raw)
            expect(response.condition == "OK", "not OK:", response.raw)
            answer.codes.append((response.code or b"").decode())
        else:
            answer.untagged.append(response)

    def take_exists(self, number):
        expect(number >= len(self.cache), "EXISTS", number, "shrinks from", len(self.cache))
        fresh = {}
        for moment in self.moments:  # the first in which a message is shown counts
            for message, entry in moment.items():
                if message not in self.heard:
                    fresh.setdefault(message, entry)
        added = number - len(self.cache)
        expect(added <= len(fresh), "EXISTS", number, "but there are", len(self.cache), "and", len(fresh), "new")
        for message in sorted(fresh, key=lambda message: message.uid)[:added]:
            self.cache.append(Entry(message, fresh[message].flags, fresh[message].modseq))
            self.heard.add(message)

    def take_vanished(self, response, answer, may_expunge):
        if response.values[0] == [b"EARLIER"]:
            answer.vanished_earlier += number_set(response.values[1])
            return
        expect(self.qresync, "VANISHED without QRESYNC")
        expect(may_expunge, "VANISHED in a command that must hold it (rfc7162#3.2.10.2)")
        uids = set(number_set(response.values[0]))
        gone = [entry for entry in self.cache if entry.message.uid in uids]
        expect(len(gone) == len(uids), "VANISHED of messages that were not there:", response.raw)
        expect(not any(entry.message.alive for entry in gone), "VANISHED of a message that is there")
        self.cache = [entry for entry in self.cache if entry.message.uid not in uids]

    def take_fetch(self, response, answer, condstore_before):
        expect(1 <= response.number <= len(self.cache), "FETCH of", response.number, "of", len(self.cache))
        entry = self.cache[response.number - 1]
        values = response.values
        if "UID" in values:
            expect(int(values["UID"]) == entry.message.uid, "number", response.number, "is uid",
                   entry.message.uid, "not", values["UID"])
        if not self.asks_flags and "FLAGS" in values:
            expect("UID" in values or not self.qresync, "no UID (rfc7162#3.2.4):", response.raw)
            expect("MODSEQ" in values or not condstore_before, "no MODSEQ (rfc7162#3.1):", response.raw)
        self.check_state(entry, values)
        if answer is not None:
            answer.fetched.setdefault(entry.message, []).append(values)

    def check_state(self, entry, values):
        flags = flag_set(values["FLAGS"]) if "FLAGS" in values else None
        modseq = int(values["MODSEQ"][0]) if "MODSEQ" in values else None
        if modseq is not None:
            expect(self.condstore, "MODSEQ that was not asked for")
        allowed = [moment[entry.message] for moment in self.moments if entry.message in moment]
        if self.between:
            last = allowed[-1]
            expect((flags is None or entry.flags <= flags <= last.flags) and (modseq is None or modseq <= last.modseq),
                   "uid", entry.message.uid, "told between", entry.flags, "and", last.flags, "as", flags, modseq)
        else:
            expect(any((flags is None or flags == each.flags) and (modseq is None or modseq == each.modseq)
                       for each in allowed),
                   "uid", entry.message.uid, "told with", flags, modseq, "but has",
                   [(each.flags, each.modseq) for each in allowed])
        if flags is not None:
            entry.flags = flags
            unknown = [flag for flag in flags if flag not in self.keywords]
            expect(not unknown, "flags that no FLAGS response told of:", unknown)
        if modseq is not None:
            entry.modseq = modseq

    # The cache against the view

    def difference(self):
        """What the cache does not know yet, in words; "" when it is complete."""
        if len(self.cache) != len(self.view):
            return f"{len(self.cache)} messages are known, {len(self.view)} are there"
        for known, shown in zip(self.cache, self.view):
            if known.message is not shown.message:
                return f"uid {known.message.uid} is known where uid {shown.message.uid} is"
            if not shown.message.alive:
                continue
            if known.flags != shown.flags:
                return f"uid {known.message.uid}: known {sorted(known.flags)}, is {sorted(shown.flags)}"
            if self.condstore and known.modseq != shown.modseq:
                return f"uid {known.message.uid}: modseq known {known.modseq}, is {shown.modseq}"
        return ""

    def compare(self):
        if self.selected is not None:
            expect(not self.difference(), "not told:", self.difference())

    def leave(self):
        """The mailbox is closed: a client that comes back may resynchronise."""
        self.keep_cache()
        self.selected = None
        self.view, self.cache, self.moments = [], [], []
        self.saved_result = set()
        self.held = False

    def keep_cache(self):
        if self.selected is None or self.selected.validity is None or not self.highest:
            return
        self.world.keep(self.account, self.selected, Saved(
            self.selected.validity, self.highest, {entry.message.uid: entry.flags for entry in self.cache}))


CODE = re.compile(r"([A-Z-]+)(?: (.*))?$")


def code_of(text):
    """("HIGHESTMODSEQ", "12") of "HIGHESTMODSEQ 12"."""
    found = CODE.match(text)
    return (found[1], found[2]) if found else ("", None)
