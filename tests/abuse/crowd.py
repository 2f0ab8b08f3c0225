"""Many connections of one process that follow a script up to a point, and then sit, drip or watch.

A script is a list of steps (wanted, then): when what arrived contains `wanted`, say `then`. The next step looks
at what arrives after that. With wanted None the words are said at once. A peer whose script is at its end is
settled; how long after that the server ends the connection, and with what words, is what most attacks ask.
"""
import selectors
import socket
import ssl
import time

KEPT = 300  # last bytes kept of what a peer heard
DRIP = 0.2  # seconds between drips
PENDING = 400  # connections on their way at one time


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Peer:
    def __init__(self, name, port, steps, *, tls=False, drip=b"", deaf=False, source=None, clings=False):
        self.name = name
        self.port = port
        self.steps = list(steps)
        self.tls = tls
        self.drip = drip  # said again and again once settled; does not move settled_at
        self.deaf = deaf  # does not read once settled
        self.source = source
        self.clings = clings  # keeps its socket open when the server has ended the connection
        self.socket = None
        self.heard = b""  # since the last step
        self.last = b""  # ever
        self.unsaid = b""
        self.shaking = False
        self.opened_at = None
        self.settled_at = None
        self.ended_at = None
        self.why = ""

    def open(self, context):
        plain = socket.socket()
        plain.setblocking(False)
        if self.source:
            plain.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: a port is chosen at connect()
            plain.bind((self.source, 0))
        plain.connect_ex(("127.0.0.1", self.port) if not isinstance(self.port, tuple) else self.port)
        self.socket = plain
        self.opened_at = time.monotonic()
        if self.tls:
            self.socket = context.wrap_socket(plain, do_handshake_on_connect=False)
            self.shaking = True

    def end(self, why):
        self.ended_at = time.monotonic()
        self.why = why
        if not self.clings:
            self.socket.close()

    @property
    def alive(self):
        return self.socket is not None and self.ended_at is None

    def seconds(self):
        """From the opening and from the script's end to the end of the connection; None while it is open."""
        if None in (self.ended_at, self.settled_at):
            return None
        return self.ended_at - self.opened_at, self.ended_at - self.settled_at


class Crowd:
    def __init__(self):
        self.selector = selectors.EpollSelector()
        self.context = tls_context()
        self.peers = []
        self.next_drip = 0.0

    def add(self, *peers):
        self.peers += peers

    def connect(self, seconds):
        """Opens all, follows the scripts. Ends when every peer is settled or gone, at the latest then."""
        deadline = time.monotonic() + seconds
        waiting = [peer for peer in reversed(self.peers) if peer.socket is None]
        moving = set()
        while (waiting or moving) and time.monotonic() < deadline:
            while waiting and len(moving) < PENDING:
                peer = waiting.pop()
                peer.open(self.context)
                self.selector.register(peer.socket, selectors.EVENT_WRITE | selectors.EVENT_READ, peer)
                moving.add(peer)
            self._turn(DRIP)
            moving = {peer for peer in moving if peer.alive and peer.settled_at is None}

    def watch(self, seconds, *, until_all_ended=False):
        """Lets time pass: reads, drips, notices ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._turn(min(DRIP, max(0.0, deadline - time.monotonic())))
            if until_all_ended and not any(peer.alive for peer in self.peers):
                return

    def close(self):
        for peer in self.peers:
            if peer.alive:
                self._end(peer, "closed by the client")
            if peer.clings and peer.socket:
                peer.socket.close()
        self.selector.close()

    def alive(self):
        return sum(peer.alive for peer in self.peers)

    def settled(self):
        return sum(peer.alive and peer.settled_at is not None for peer in self.peers)

    # Inside

    def _drip(self):
        if time.monotonic() < self.next_drip:
            return
        self.next_drip = time.monotonic() + DRIP
        for peer in self.peers:
            if peer.alive and peer.drip and peer.settled_at is not None:
                self._say(peer, peer.drip)

    def _turn(self, timeout):
        self._drip()
        for key, events in self.selector.select(timeout):
            peer = key.data
            if not peer.alive:
                continue
            try:
                self._step(peer, events)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                pass
            except (OSError, ssl.SSLError) as error:
                self._end(peer, f"{type(error).__name__}: {error}")

    def _step(self, peer, events):
        if peer.shaking:
            if events & selectors.EVENT_WRITE:
                self._watch_for(peer, selectors.EVENT_READ)
            peer.socket.do_handshake()
            peer.shaking = False
        if events & selectors.EVENT_WRITE and not peer.shaking:
            self._watch_for(peer, selectors.EVENT_READ)
            self._flush(peer)
            if not peer.steps or peer.steps[0][0] is None:
                self._advance(peer)
        if events & selectors.EVENT_READ:
            self._read(peer)

    def _read(self, peer):
        while True:
            bytes_ = peer.socket.recv(65536)
            if not bytes_:
                return self._end(peer, "closed by the server")
            peer.heard = (peer.heard + bytes_)[-max(KEPT, len(bytes_)):]
            peer.last = (peer.last + bytes_)[-KEPT:]
            self._advance(peer)
            if not peer.alive or (peer.deaf and peer.settled_at is not None):
                return None

    def _advance(self, peer):
        while peer.steps and (peer.steps[0][0] is None or peer.steps[0][0] in peer.heard):
            _, words = peer.steps.pop(0)
            peer.heard = b""
            if words:
                self._say(peer, words)
        if not peer.steps and peer.settled_at is None:
            peer.settled_at = time.monotonic()
            if peer.deaf:
                self._watch_for(peer, 0)

    def _say(self, peer, words):
        peer.unsaid += words
        try:
            self._flush(peer)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            pass
        except OSError as error:
            self._end(peer, f"{type(error).__name__}: {error}")

    def _flush(self, peer):
        while peer.unsaid:
            sent = peer.socket.send(peer.unsaid)
            peer.unsaid = peer.unsaid[sent:]

    def _watch_for(self, peer, events):
        if events:
            self.selector.modify(peer.socket, events, peer)
        else:
            self.selector.unregister(peer.socket)

    def _end(self, peer, why):
        try:
            self.selector.unregister(peer.socket)
        except (KeyError, ValueError):
            pass  # a deaf one
        peer.end(why)
