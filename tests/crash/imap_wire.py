"""A small IMAP client that says what it read: tagged status, response codes, untagged data."""
import hashlib
import re
import socket


class Refused(Exception):
    """The server answered NO or BAD."""


class Imap:
    """One session, logged in, with QRESYNC enabled. Any broken connection is an OSError."""

    def __init__(self, port, user, password, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.tag = 0
        self.selected = None
        self._read_response()
        self.command(f'LOGIN "{user}" "{password}"')
        self.command("ENABLE QRESYNC")

    def close(self):
        self.file.close()
        self.socket.close()

    def _read_response(self):
        """One response: its text with literals cut out (each leaves {n}), and the literals."""
        text, literals = b"", []
        while True:
            line = self.file.readline()
            if not line.endswith(b"\r\n"):
                raise ConnectionResetError("the connection ended")
            text += line[:-2]
            counted = re.search(rb"\{(\d+)\}$", line[:-2])
            if not counted:
                return text, literals
            size = int(counted[1])
            literal = self.file.read(size)
            if len(literal) != size:
                raise ConnectionResetError("the connection ended in a literal")
            literals.append(literal)

    def send(self, text, literal=None):
        """Begins a command; answer() reads what comes back."""
        self.tag += 1
        line = f"t{self.tag} {text}".encode()
        if literal is not None:
            line += b" {%d+}\r\n" % len(literal) + literal
        self.socket.sendall(line + b"\r\n")

    def answer(self):
        """(the tagged line's text, the untagged responses). Refused when it is not OK."""
        untagged = []
        while True:
            text, literals = self._read_response()
            tag, _, rest = text.partition(b" ")
            if tag == b"*":
                if rest.startswith(b"BYE"):
                    raise ConnectionResetError(rest.decode(errors="replace"))
                untagged.append((rest, literals))
            elif tag == b"t%d" % self.tag:
                if not rest.startswith(b"OK"):
                    raise Refused(rest.decode(errors="replace"))
                return rest.decode(errors="replace"), untagged

    def command(self, text, literal=None):
        self.send(text, literal)
        return self.answer()

    def select(self, name, parameters=""):
        """(facts, untagged): facts are EXISTS, UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ."""
        self.selected = None
        tagged, untagged = self.command(f"SELECT {quoted(name)}{parameters}")
        facts = {}
        for text, _ in untagged + [(tagged.encode(), [])]:
            for word in ("UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"):
                if found := re.search(rb"\[" + word.encode() + rb" (\d+)", text):
                    facts[word] = int(found[1])
            if found := re.match(rb"(\d+) EXISTS", text):
                facts["EXISTS"] = int(found[1])
        self.selected = name
        return facts, untagged

    def fetch_all(self, items):
        _, untagged = self.command(f"UID FETCH 1:* ({items})")
        return fetched(untagged)

    def names(self, what):
        """Mailbox names of LIST or LSUB-like answers."""
        _, untagged = self.command(what)
        found = []
        for text, literals in untagged:
            if text.startswith((b"LIST ", b"LSUB ")):
                name = literals[-1] if literals else re.search(rb'("(?:[^"\\]|\\.)*"|[^ ]+)(?: \(.*\))?$', text)[1]
                found.append(re.sub(rb'^"|"$', b"", name).decode())
        return found


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def uid_set(uids):
    return ",".join(str(uid) for uid in sorted(uids))


def parse_uid_set(text):
    uids = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        uids += range(int(first), int(last or first) + 1)
    return uids


def digest(content):
    return hashlib.sha256(content).hexdigest()[:24]


def fetched(untagged):
    """UID to what FETCH said: flags, modseq, date, literal."""
    rows = {}
    for text, literals in untagged:
        if not re.match(rb"\d+ FETCH ", text):
            continue
        row = {"literals": literals}
        if found := re.search(rb"\bUID (\d+)", text):
            row["uid"] = int(found[1])
        if found := re.search(rb"\bFLAGS \(([^)]*)\)", text):
            row["flags"] = frozenset(found[1].decode().split()) - {r"\Recent"}
        if found := re.search(rb"\bMODSEQ \((\d+)\)", text):
            row["modseq"] = int(found[1])
        if found := re.search(rb'\bINTERNALDATE "([^"]+)"', text):
            row["date"] = found[1].decode()
        rows[row["uid"]] = row
    return rows


def vanished(untagged):
    uids = set()
    for text, _ in untagged:
        if found := re.match(rb"VANISHED \(EARLIER\) ([\d:,]+)", text):
            uids.update(parse_uid_set(found[1].decode()))
    return uids
