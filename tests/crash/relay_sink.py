"""An SMTP server for the relay to talk to, which takes mail, refuses it, or hangs up: as the recipient's name says.

    ok-TOKEN      taken
    soft-TOKEN    451 the first time, then taken
    hang-TOKEN    the connection is dropped after the final dot the first time, before any answer; then taken
    late-TOKEN    taken, but the connection is dropped in place of the 250: the remote has it and we do not know
    hard-TOKEN    550
"""
import collections
import socketserver
import threading
import time

# The client writes its record before it goes on, and syncs it within 20 ms. Where the power fails, what is younger
# than this may be lost with it: the sync itself takes its time, and so does noticing that the power has failed.
SYNCED_AFTER = 1.0  # seconds


class Delivery:
    """One time that a message was taken for a recipient."""

    def __init__(self):
        self.answered = False  # our 250 was written
        self.settled = None  # when the client went on afterwards: it has recorded that


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Session)
        self.lock = threading.Lock()
        self.deliveries = collections.defaultdict(list)  # by token
        self.tried = collections.Counter()
        self.changed = threading.Condition(self.lock)
        self.power_failures = []  # when
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def handle_error(self, request, client_address):
        """A connection that breaks is what this test is about."""

    def first_time(self, token):
        with self.lock:
            self.tried[token] += 1
            return self.tried[token] == 1

    def take(self, token):
        delivery = Delivery()
        with self.lock:
            self.deliveries[token].append(delivery)
            self.changed.notify_all()
        return delivery

    def duplicates_in_window(self):
        """Deliveries beyond the first whose forerunner had our 250, which the client did not live to record."""
        with self.lock:
            return sum(1 for rows in self.deliveries.values() for before in rows[:-1]
                       if before.answered and self.is_excused(before))

    def count(self, token):
        with self.lock:
            return len(self.deliveries.get(token, ()))

    def duplicates_without_excuse(self, token):
        """Deliveries beyond the first that followed one the client had recorded as done."""
        with self.lock:
            rows = self.deliveries.get(token, ())
            return sum(1 for before in rows[:-1] if not self.is_excused(before))

    def note_power_failure(self):
        with self.lock:
            self.power_failures.append(time.monotonic())

    def is_excused(self, delivery):
        """Did the client have no chance to record this one, or lose the record with the power?"""
        return delivery.settled is None or any(
            delivery.settled <= when < delivery.settled + SYNCED_AFTER for when in self.power_failures)


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.recipients = []
        self.unsettled = []
        self.say("220 sink.test ESMTP")
        while line := self.rfile.readline():
            for delivery in self.unsettled:  # the next command: what we answered was taken in
                delivery.settled = time.monotonic()
            self.unsettled = []
            if not self.obey(line.decode(errors="replace").strip()):
                return

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def obey(self, line):
        verb = line[:4].upper()
        if verb == "EHLO":
            self.say("250-sink.test\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
        elif verb == "MAIL":
            self.recipients = []
            self.say("250 2.1.0 fine")
        elif verb == "RCPT":
            self.recipient(line[line.index("<") + 1:line.index("@")])
        elif verb == "DATA":
            return self.data()
        elif verb == "QUIT":
            self.say("221 2.0.0 bye")
            return False
        else:
            self.say("250 2.0.0 fine")
        return True

    def recipient(self, name):
        kind, _, token = name.partition("-")
        if kind == "hard":
            self.say("550 5.1.1 no such user")
        elif kind == "soft" and self.server.first_time(token):
            self.say("451 4.3.0 not now")
        else:
            self.recipients.append((kind, token))
            self.say("250 2.1.5 fine")

    def data(self):
        if not self.recipients:
            self.say("554 5.5.1 no recipients")
            return True
        self.say("354 go on")
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
        if any(kind == "hang" and self.server.first_time(token) for kind, token in self.recipients):
            return False
        deliveries = [self.server.take(token) for _, token in self.recipients]
        if any(kind == "late" and self.server.first_time(token) for kind, token in self.recipients):
            return False
        self.say("250 2.0.0 taken")
        for delivery in deliveries:
            delivery.answered = True
        self.unsettled = deliveries
        return True
