"""The phases a slow peer can stop in, on every port, and when the server has to end it."""
import base64
from collections import namedtuple

from crowd import Peer
from rack import kit

SMTP_COMMAND, SMTP_DATA, HANDSHAKE, LOGIN, LITERAL = 10, 10, 4, 8, 10
SETTINGS = {
    "tls": {"handshake-timeout": f"{HANDSHAKE}s"},
    "smtp": {"command-timeout": f"{SMTP_COMMAND}s", "data-timeout": f"{SMTP_DATA}s", "write-timeout": "10s"},
    "imap": {"login-timeout": f"{LOGIN}s", "literal-timeout": f"{LITERAL}s", "write-timeout": "10s"},
    "pop3": {"login-timeout": f"{LOGIN}s", "write-timeout": "10s"},
}

# The beginning of a TLS 1.2 ClientHello record that announces 512 bytes and brings 20.
HALF_HELLO = bytes.fromhex("1603010200010001fc0303") + b"\x55" * 9

# seconds: from the last thing the script said. begins: how the server's last line starts, if it may say one.
Phase = namedtuple("Phase", "name port steps seconds begins tls drip", defaults=(b"", False, b""))


def _login():
    return f'a LOGIN {kit.address("mallory")} "{kit.PASSWORD}"\r\n'.encode()


def _plain():
    return base64.b64encode(f"\0{kit.address('mallory')}\0{kit.PASSWORD}".encode())


HELO = (b"220 ", b"EHLO slow.test\r\n")
MAIL = (b"250 ", b"MAIL FROM:<s@slow.test>\r\n")
RCPT = (b"250", f"RCPT TO:<{kit.address('alice')}>\r\n".encode())


def smtp():
    said = b"421 "
    return [
        Phase("greeting", 25, [(b"220 ", b"")], SMTP_COMMAND, said),
        Phase("half EHLO", 25, [(b"220 ", b"EHL")], SMTP_COMMAND, said),
        Phase("EHLO", 25, [HELO, (b"250 ", b"")], SMTP_COMMAND, said),
        Phase("dripped command", 25, [HELO, (b"250 ", b"MAIL FROM:<")], SMTP_COMMAND, said, drip=b"x"),
        Phase("RCPT", 25, [HELO, MAIL, RCPT, (b"250", b"")], SMTP_COMMAND, said),
        Phase("half DATA", 25, [HELO, MAIL, RCPT, (b"250", b"DATA\r\n"), (b"354", b"Subject: half\r\n\r\nbo")],
              SMTP_DATA, said),
        Phase("half BDAT", 25, [HELO, MAIL, RCPT, (b"250", b"BDAT 1000 LAST\r\nSubject: half\r\n")],
              SMTP_DATA, said),
        Phase("AUTH PLAIN", 587, [HELO, (b"250 ", b"AUTH PLAIN\r\n"), (b"334", b"AGFs")], SMTP_COMMAND, said),
        Phase("STARTTLS", 25, [HELO, (b"250 ", b"STARTTLS\r\n"), (b"220", b"")], HANDSHAKE),
        Phase("half STARTTLS", 25, [HELO, (b"250 ", b"STARTTLS\r\n"), (b"220", HALF_HELLO)], HANDSHAKE),
        Phase("submissions, no hello", 465, [(None, b"")], HANDSHAKE),
        Phase("submissions, half hello", 465, [(None, HALF_HELLO)], HANDSHAKE),
        Phase("submissions, greeting", 465, [(b"220 ", b"")], SMTP_COMMAND, said, tls=True),
    ]


def imap():
    said = b"* BYE"
    return [
        Phase("greeting", 143, [(b"* OK", b"")], LOGIN, said),
        Phase("half LOGIN", 143, [(b"* OK", b"a LOGI")], LOGIN, said),
        Phase("dripped LOGIN", 143, [(b"* OK", b"a LOGIN ")], LOGIN, said, drip=b"x"),
        Phase("AUTHENTICATE", 143, [(b"* OK", b"a AUTHENTICATE PLAIN\r\n"), (b"+", b"AG")], LOGIN, said),
        Phase("half literal", 143, [(b"* OK", b"a LOGIN {10}\r\n"), (b"+", b"mal")], LITERAL, said),
        Phase("NOOP again and again", 143, [(b"* OK", b"a NOOP\r\n")], LOGIN, said, drip=b"b NOOP\r\n"),
        Phase("half APPEND", 143, [(b"* OK", _login()), (b"a OK", b"b APPEND INBOX {1000}\r\n"), (b"+", b"Subj")],
              LITERAL, said),
        Phase("dripped APPEND", 143, [(b"* OK", _login()), (b"a OK", b"b APPEND INBOX {1000+}\r\nSubj")],
              LITERAL, said, drip=b"x"),
        Phase("STARTTLS", 143, [(b"* OK", b"a STARTTLS\r\n"), (b"a OK", HALF_HELLO)], HANDSHAKE),
        Phase("imaps, no hello", 993, [(None, b"")], HANDSHAKE),
        Phase("imaps, half hello", 993, [(None, HALF_HELLO)], HANDSHAKE),
        Phase("imaps, greeting", 993, [(b"* OK", b"")], LOGIN, said, tls=True),
    ]


def pop3():
    return [
        Phase("greeting", 110, [(b"+OK", b"")], LOGIN),
        Phase("half USER", 110, [(b"+OK", b"USE")], LOGIN),
        Phase("dripped USER", 110, [(b"+OK", b"USER ")], LOGIN, drip=b"x"),
        Phase("USER", 110, [(b"+OK", b"USER mallory\r\n"), (b"+OK", b"")], LOGIN),
        Phase("AUTH", 110, [(b"+OK", b"AUTH PLAIN\r\n"), (b"+", b"AG")], LOGIN),
        Phase("CAPA again and again", 110, [(b"+OK", b"CAPA\r\n")], LOGIN, drip=b"CAPA\r\n"),
        Phase("STLS", 110, [(b"+OK", b"STLS\r\n"), (b"+OK", HALF_HELLO)], HANDSHAKE),
        Phase("pop3s, no hello", 995, [(None, b"")], HANDSHAKE),
        Phase("pop3s, half hello", 995, [(None, HALF_HELLO)], HANDSHAKE),
        Phase("pop3s, greeting", 995, [(b"+OK", b"")], LOGIN, tls=True),
    ]


# The default timeouts that no test has the time for; under a clock that runs fast.
def long():
    quiet_imap = [(b"* OK", _login()), (b"a OK", b"b SELECT INBOX\r\n"), (b"b OK", b"")]
    idle = [(b"* OK", _login()), (b"a OK", b"b SELECT INBOX\r\n"), (b"b OK", b"c IDLE\r\n"), (b"+", b"")]
    pop3_user = f"USER {kit.address('mallory')}\r\n".encode()
    return [
        Phase("SMTP command", 25, [HELO, (b"250 ", b"")], 300, b"421 "),
        Phase("SMTP data", 25, [HELO, MAIL, RCPT, (b"250", b"DATA\r\n"), (b"354", b"Subject: half\r\n\r\n")],
              180, b"421 "),
        Phase("SMTP whole transaction", 25, [HELO, MAIL, RCPT, (b"250", b"DATA\r\n"), (b"354", b"Subject: drip\r\n\r\n")],
              3600, b"421 ", drip=b"x"),
        Phase("SMTP whole BDAT", 25, [HELO, MAIL, RCPT, (b"250", b"BDAT 100000 LAST\r\n")],
              3600, b"421 ", drip=b"x"),
        Phase("IMAP login", 143, [(b"* OK", b"")], 180, b"* BYE"),
        Phase("IMAP command", 143, quiet_imap, 1800, b"* BYE"),
        Phase("IMAP half command", 143, quiet_imap[:-1] + [(b"b OK", b"c NOO")], 1800, b"* BYE"),
        Phase("IDLE", 143, idle, 1800, b"* BYE"),
        Phase("POP3 login", 110, [(b"+OK", b"")], 60),
        Phase("POP3 command", 110, [(b"+OK", pop3_user), (b"+OK", f"PASS {kit.PASSWORD}\r\n".encode()), (b"+OK", b"")],
              600),
    ]


def peers(phases, base, copies):
    """[(phase, peer)]"""
    return [(phase, Peer(f"{phase.port} {phase.name}", base + phase.port, phase.steps, tls=phase.tls, drip=phase.drip))
            for phase in phases for _ in range(copies)]
