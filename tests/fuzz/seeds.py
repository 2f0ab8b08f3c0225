"""What the fuzzers begin with: the transcripts of tests/transcripts and some mail; real mail of ../shared if asked.

Real mail belongs to others: what was found with it is never kept in the project.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TRANSCRIPTS = ROOT / "tests/transcripts"
SHARED = ROOT.parent / "shared"
MAX_SHARED = 400  # files of each folder: enough for every shape, few enough to begin soon


def unescape(text):
    """The bytes of a "C>" line (tests/kit/transcript.h)."""
    def one(match):
        escaped = match[1]
        if escaped.startswith("x"):
            return chr(int(escaped[1:], 16))
        return {"r": "\r", "n": "\n", "0": "\0"}.get(escaped, escaped)
    return re.sub(r"\\(x[0-9a-fA-F]{2}|.)", one, text).encode("latin-1", "replace")


def client_words(path):
    """What the first client of a transcript says, in pieces, one a line of the file."""
    words = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("C: "):
            words.append(line[3:].encode() + b"\r\n")
        elif line.startswith("C> "):
            words.append(unescape(line[3:]))
    return words


def server_words(path):
    """What the server of a transcript says: "*" stands for anything, here for itself."""
    return [line[3:].encode() + b"\r\n" for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith(("S: ", "S~ "))]


def transcripts(protocol):
    return sorted((TRANSCRIPTS / protocol).glob("*.txt"))


def smtp_seeds(seeds):
    for path in transcripts("smtp"):
        words = client_words(path)
        kind = path.stem.split("-")[0]
        seeds[f"session-{kind}"].append(b"\0" + b"".join(words))
        seeds[f"session-{kind}"].append(b"\0" + b"\xff".join(words))
        seeds["session-relay"].append(b"\0\x0f\0" + b"\xff".join(server_words(path)))
        seeds["smtp-reply"].append(b"".join(server_words(path)).replace(b"\r\n", b"\n"))
        for word in words:
            line = word.rstrip(b"\r\n")
            seeds["smtp-command"].append(line)
            for target, verb in (("smtp-mail", b"MAIL "), ("smtp-rcpt", b"RCPT ")):
                if line.startswith(verb):
                    seeds[target] += [b"\0" + line[5:], b"\1" + line[5:]]


def imap_seeds(seeds):
    for path in transcripts("imap"):
        words = client_words(path)
        seeds["session-imap"] += [b"\0" + b"".join(words), b"\0" + b"\xff".join(words)]
        seeds["imap-commands"].append(b"".join(words))
        seeds["imap-parse"] += [word.rstrip(b"\r\n") for word in words]


def pop3_seeds(seeds):
    for path in transcripts("pop3"):
        words = client_words(path)
        seeds["session-pop3"] += [b"\0" + b"".join(words), b"\0" + b"\xff".join(words)]
        seeds["pop3-command"] += [word.rstrip(b"\r\n") for word in words]


OWN_MAIL = (
    b"From: Ann <ann@b.example>\r\nTo: Team: bob@b.example, \"C, D\" <c@d.example>;, e@f.example\r\n"
    b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= and =?iso-8859-1?B?5A==?=\r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0100 (CET)\r\nMessage-ID: <1@b.example>\r\n\r\nHello\r\n",
    b"Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n--x y\r\n\r\ntext\r\n--x y\r\n"
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=z\r\n\r\n"
    b"--z\r\nContent-Type: text/html; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n"
    b"--z--\r\n--x y--\r\nepilogue\r\n",
    b"Content-Type: text/plain; charset*0*=us-ascii''u; charset*1=tf-8; name*=utf-8'en'%e2%82%ac.txt\n"
    b"Content-Disposition: attachment; filename=\"a\\\"b.txt\"; size=5\nContent-Language: de, en (not fr)\n"
    b"Content-Transfer-Encoding: quoted-printable\nContent-ID: <a@b>\nContent-MD5: x\n\n=C3=BC=\nsoft\n",
    b"Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\n1\r\n--d\r\n\r\nSubject: two\r\n\r\n"
    b"2\r\n--d\r\nContent-Type: text/plain\r\n\r\ncut off",
)
FIELD_TARGETS = ((b"from", "message-address"), (b"to", "message-address"), (b"date", "message-date"),
                 (b"subject", "message-words"), (b"content-type", "message-parameters"),
                 (b"content-disposition", "message-parameters"))


def add_mail(seeds, mail):
    for target in ("message-structure", "message-header", "message-inspect"):
        seeds[target].append(mail)
    seeds["smtp-data"].append(b"\0\5" + mail + b"\r\n.\r\n")
    seeds["pop3-content"].append(b"\5\3" + mail)
    fields = mail.replace(b"\r", b"").split(b"\n\n")[0]
    for name, target in FIELD_TARGETS:
        for found in re.findall(rb"(?im)^" + name + rb":[ \t]*(.*(?:\n[ \t].*)*)", fields):
            seeds[target].append(found)


def mail_seeds(seeds):
    for mail in OWN_MAIL:
        add_mail(seeds, mail)


def shared_seeds(seeds):
    for folder in [SHARED / "suites/mime", *sorted((SHARED / "corpus").glob("*/"))]:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files[::max(1, len(files) // MAX_SHARED)]:
            add_mail(seeds, path.read_bytes())


def control_seeds(seeds):
    text = (ROOT / "tests/fuzz/dictionaries/control.dict").read_text(encoding="ascii")
    seeds["session-control"] += [unescape(line[1:-1]) for line in text.splitlines()]


def collect(targets, shared):
    """Seeds by target."""
    seeds = {name: [] for name in targets}
    for add in (smtp_seeds, imap_seeds, pop3_seeds, mail_seeds, control_seeds):
        add(seeds)
    if shared:
        shared_seeds(seeds)
    return seeds
