"""Bad neighbours for the relay, on loopback: a DNS server that answers some names and is silent about others, and
mail servers that fall silent, talk nonsense or hang up wherever they are told to."""
import collections
import re
import socket
import struct
import threading


class Dns:
    """Answers MX and A over UDP: zones maps a domain to the address of its one MX. Silent about the rest."""

    def __init__(self, zones):
        self.zones = zones
        self.asked = collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            answer = self._answer(question)
            if answer:
                self.socket.sendto(answer, peer)

    @staticmethod
    def _name(packet):
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
            at += 1 + packet[at]
        return ".".join(labels), at + 1

    def _answer(self, packet):
        name, end = self._name(packet)
        kind = struct.unpack_from(">H", packet, end)[0]
        self.asked[name] += 1
        domain = name.removeprefix("mx.")
        if domain not in self.zones:
            return None
        record = b""
        if kind == 15 and not name.startswith("mx."):
            host = b"\2mx" + b"\xc0\x0c"  # mx. and the name of the question
            record = b"\xc0\x0c" + struct.pack(">HHIHH", 15, 1, 60, 2 + len(host), 10) + host
        elif kind == 1 and name.startswith("mx."):
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(self.zones[domain])
        head = packet[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if record else 0, 0, 0)
        return head + packet[12:end + 4] + record

    def close(self):
        self.socket.close()


class Remote:
    """A mail server on its own loopback address. `behave` may change at any time; see BEHAVIOURS."""

    def __init__(self, address, port, behave):
        self.behave = behave
        self.received = collections.Counter()  # Message-IDs
        self.sessions = 0
        self.closing = threading.Event()
        self.listening = socket.create_server((address, port), backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._session, args=(client,), daemon=True).start()

    def _session(self, client):
        try:
            with client, client.makefile("rb") as lines:
                self._talk(client, lines)
        except OSError:
            pass

    def _talk(self, client, lines):
        if not self._say(client, "connect", b"220 remote.test\r\n"):
            return
        for line in lines:
            verb = line[:4].upper().strip().decode(errors="replace")
            answer = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")
            if not self._say(client, verb, answer):
                return
            if verb == "DATA":
                message = self._read_message(lines)
                found = re.search(rb"(?im)^message-id: *(<[^>]+>)", message)
                if self.behave in ("good", "silent ."):
                    self.received[found[1].decode() if found else "none"] += 1
                if not self._say(client, ".", b"250 taken\r\n"):
                    return
            if verb == "QUIT":
                return

    @staticmethod
    def _read_message(lines):
        message = b""
        for line in lines:
            if line == b".\r\n":
                return message
            message += line
        raise OSError("ended in DATA")

    def _say(self, client, phase, answer):
        """False: the session is over."""
        how, _, where = self.behave.partition(" ")
        if how == "good" or where != phase:
            client.sendall(answer)
            return True
        return BEHAVIOURS[how](self, client)

    def _silent(self, client):
        """Never answers; holds the connection until the test is over or the peer has had enough."""
        client.settimeout(0.2)
        while not self.closing.is_set():
            try:
                if not client.recv(4096):
                    return False
            except TimeoutError:
                pass
        return False

    def _garbage(self, client):
        client.sendall(b"\x00\xff\x16\x03garbage\r\n999 what?\r\n" * 3)
        return False

    def _endless(self, client):
        while not self.closing.is_set():
            client.sendall(b"250-and another line of an answer that never ends\r\n" * 100)
        return False

    def _line(self, client):
        while not self.closing.is_set():
            client.sendall(b"2" * 65536)
        return False

    def _hangup(self, client):
        return False

    def close(self):
        self.closing.set()
        self.listening.close()


BEHAVIOURS = {"silent": Remote._silent, "garbage": Remote._garbage, "endless": Remote._endless,
              "line": Remote._line, "hangup": Remote._hangup}
PHASES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", ".")
