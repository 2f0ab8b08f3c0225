"""A strict reader of IMAP responses (rfc9051#9): what the grammar does not allow is a Mismatch."""
import re

from model import Mismatch, expect

LITERAL = re.compile(rb"~?\{(\d+)\}$")
STATUS = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH) (?:\[([^\]]*)\] )?([^\r\n]+)$")
NUMBERED = re.compile(rb"(\d+) (EXISTS|EXPUNGE|RECENT|FETCH)(?: (.*))?$", re.DOTALL)
ATOM = re.compile(rb"[^\x00-\x20()\"{\[\]]+(?:\[[^\]\r\n]*\](?:<\d+>)?)?|\\\*")
QUOTED = re.compile(rb'"((?:[^"\\\r\n]|\\["\\])*)"')
LITERAL_HEAD = re.compile(rb"~?\{(\d+)\}\r\n")
SET = re.compile(rb"\d+(?::\d+)?(?:,\d+(?::\d+)?)*$")
FLAGS_ONLY = re.compile(rb"\((?:UID (\d+) )?FLAGS \(([^()]*)\)(?: MODSEQ \((\d+)\))?\)$")


def number_set(text):
    """"1:3,7" as a sorted list; ranges must ascend and not touch, as the server's own do."""
    expect(SET.match(text), "no sequence set:", text)
    numbers = []
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        numbers.extend(range(int(first), int(last or first) + 1))
    expect(numbers == sorted(set(numbers)) and 0 not in numbers, "a set out of order:", text)
    return numbers


def number_list(text):
    """A set of COPYUID: order matters, so nothing is sorted."""
    expect(SET.match(text), "no sequence set:", text)
    numbers = []
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


class Values:
    """Atoms, strings, literals and lists with one space between them."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def value(self):
        data, at = self.data, self.at
        first = data[at:at + 1]
        if first == b"(":
            return self._list()
        if first == b'"':
            found = QUOTED.match(data, at)
            expect(found, "a bad quoted string:", data[at:at + 60])
            self.at = found.end()
            return re.sub(rb"\\(.)", rb"\1", found[1])
        found = LITERAL_HEAD.match(data, at)
        if found:
            self.at = found.end() + int(found[1])
            return data[found.end():self.at]
        found = ATOM.match(data, at)
        expect(found, "no value:", data[at:at + 60])
        self.at = found.end()
        return None if found[0] == b"NIL" else found[0]

    def _list(self):
        out = []
        self.at += 1
        while self.data[self.at:self.at + 1] != b")":
            # a multipart's BODYSTRUCTURE puts its parts together without a space
            together = out and isinstance(out[-1], list) and self.data[self.at:self.at + 1] == b"("
            if out and not together:
                expect(self.data[self.at:self.at + 1] == b" ", "no space:", self.data[self.at:self.at + 60])
                self.at += 1
            out.append(self.value())
        self.at += 1
        return out

    def rest(self):
        """All values to the end."""
        out = [self.value()]
        while self.at < len(self.data):
            expect(self.data[self.at:self.at + 1] == b" ", "no space:", self.data[self.at:self.at + 60])
            self.at += 1
            out.append(self.value())
        return out


class Response:
    """kind: "tagged", "continue", "condition", "exists", "expunge", "recent", "fetch" or the word in lower case."""

    __slots__ = ("kind", "tag", "condition", "code", "number", "values", "raw")

    def __init__(self, raw):
        self.raw = raw
        self.kind = self.tag = self.condition = self.code = self.number = self.values = None


def _status(response, rest):
    found = STATUS.match(rest)
    expect(found, "no status:", rest)
    response.condition = found[1].decode()
    response.code = found[2]


def _fetch_values(rest):
    quick = FLAGS_ONLY.match(rest)
    if quick:
        out = {"FLAGS": quick[2].split(b" ") if quick[2] else []}
        if quick[1]:
            out["UID"] = quick[1]
        if quick[3]:
            out["MODSEQ"] = [quick[3]]
        return out
    values = Values(rest)
    items = values.value()
    expect(values.at == len(rest) and isinstance(items, list) and len(items) % 2 == 0, "a bad FETCH:", rest)
    out = {}
    for name, value in zip(items[::2], items[1::2]):
        name = name.decode()
        expect(name not in out, "twice in one FETCH:", name)
        out[name] = value
    return out


def parse(raw):
    """One response without its last CRLF, literals inline."""
    response = Response(raw)
    tag, space, rest = raw.partition(b" ")
    expect(space, "no response:", raw)
    if tag == b"+":
        response.kind = "continue"
    elif tag != b"*":
        response.kind = "tagged"
        response.tag = tag
        _status(response, rest)
    elif rest[:1].isdigit():
        found = NUMBERED.match(rest)
        expect(found, "no response:", raw)
        response.kind = found[2].decode().lower()
        response.number = int(found[1])
        expect((response.kind == "fetch") == (found[3] is not None), "no response:", raw)
        if response.kind == "fetch":
            response.values = _fetch_values(found[3])
    else:
        _worded(response, rest)
    return response


def _worded(response, rest):
    word, _, arguments = rest.partition(b" ")
    if word in (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"):
        response.kind = "condition"
        _status(response, rest)
        return
    expect(word in (b"FLAGS", b"SEARCH", b"ESEARCH", b"VANISHED", b"STATUS", b"LIST", b"LSUB", b"ENABLED",
                    b"CAPABILITY"), "an unknown response:", rest)
    response.kind = word.decode().lower()
    response.values = Values(arguments).rest() if arguments else []


class Reader:
    """Responses of one connection."""

    def __init__(self, sock):
        self.sock = sock
        self.data = b""
        self.at = 0

    def _more(self):
        if self.at:
            self.data = self.data[self.at:]
            self.at = 0
        piece = self.sock.recv(262144)
        if not piece:
            raise EOFError("the server closed the connection")
        self.data += piece

    def raw(self):
        """One response's bytes without the last CRLF."""
        length = 0  # from self.at
        while True:
            end = self.data.find(b"\r\n", self.at + length)
            if end < 0:
                self._more()
                continue
            literal = LITERAL.search(self.data, max(self.at, end - 24), end)
            if not literal:
                out = self.data[self.at:end]
                self.at = end + 2
                return out
            length = end + 2 - self.at + int(literal[1])
            while len(self.data) - self.at < length:
                self._more()

    def next(self):
        return parse(self.raw())

    def waiting(self):
        return self.data.find(b"\r\n", self.at) >= 0


def response_text(error):
    return str(error) if isinstance(error, Mismatch) else repr(error)
