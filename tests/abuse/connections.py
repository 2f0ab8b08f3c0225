#!/usr/bin/python3
"""Many connections at once, idle and in the middle of a command, on every port, plain and under TLS; and peers
that go away rudely in every phase.

    connections.py [--count N]     default 2000 plain and 600 under TLS; 10000 is the long form (as many under TLS)
"""
import itertools
import socket
import struct
import sys
import time

import rack
import phases
from crowd import Crowd, Peer

NO_TIMEOUTS = {
    "smtp": {"max-connections": 20000, "command-timeout": "10m"},
    "imap": {"max-connections": 20000, "login-timeout": "10m"},
    "pop3": {"max-connections": 20000, "login-timeout": "10m"},
}
PLAIN = [
    (25, [(b"220 ", b"")]), (25, [(b"220 ", b"EHLO crowd.test\r\n"), (b"250 ", b"MAIL FR")]),
    (143, [(b"* OK", b"")]), (143, [(b"* OK", b"a LOGIN alice {5}\r\n"), (b"+", b"ab")]),
    (110, [(b"+OK", b"")]), (110, [(b"+OK", b"USE")]),
]
TLS = [
    (465, [(b"220 ", b"")]), (465, [(b"220 ", b"EHLO crowd.test\r\n"), (b"250 ", b"MAIL FR")]),
    (993, [(b"* OK", b"")]), (993, [(b"* OK", b"a LOGI")]),
    (995, [(b"+OK", b"")]), (995, [(b"+OK", b"USE")]),
]


def hold(pipe, base, kinds, tls, count, connect_seconds):
    """Opens `count` connections in turn of these kinds, says how many are held, and lets go when told."""
    crowd = Crowd()
    for number, (port, steps) in zip(range(count), itertools.cycle(kinds)):
        crowd.add(Peer(f"{port} {number}", base + port, steps, tls=tls))
    crowd.connect(connect_seconds)
    pipe.send(("held", (crowd.settled(), sorted({peer.why for peer in crowd.peers if not peer.alive}))))
    while not pipe.poll(0):
        crowd.watch(0.2)
    left = crowd.settled()
    crowd.close()
    return left




def leave(pipe, base, copies, rude):
    """Gets to every phase, then leaves: by a reset, or by closing the sending half alone. Returns the number of
    peers and what went wrong."""
    crowd = Crowd()
    pairs = phases.peers(phases.smtp() + phases.imap() + phases.pop3(), base, copies)
    crowd.add(*(peer for _, peer in pairs))
    crowd.connect(60)
    lost = [f"{peer.name}: {peer.why}" for _, peer in pairs if peer.settled_at is None]
    if rude:
        for _, peer in pairs:
            if peer.alive:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        crowd.close()
        return len(pairs), lost
    began = time.monotonic()
    for _, peer in pairs:
        if peer.alive:
            socket.socket.shutdown(peer.socket, socket.SHUT_WR)
    crowd.watch(HALF_CLOSED_SECONDS, until_all_ended=True)
    lost += [f"{peer.name}: still open {time.monotonic() - began:.1f} s after the half close"
             for _, peer in pairs if peer.alive]
    crowd.close()
    return len(pairs), lost


HALF_CLOSED_SECONDS = 8


class Connections(rack.AbuseTestCase):
    settings = NO_TIMEOUTS
    plain = 2000
    under_tls = 600

    def hold(self, kinds, tls, count, kib_each):
        """`kib_each`: what one may cost in the server, the budget for the ceiling."""
        with self.under_attack(f"{count} connections{' under TLS' if tls else ''}") as notes:
            before = self.server.facts()
            attack = rack.Attack(hold, self.server.ports.base, kinds, tls, count, 240)
            held, why = attack.hear(300)
            now = self.server.facts()
            each = (now["rss"] - before["rss"]) / max(1, held)
            notes.update({"held": held, "KiB each": f"{each / 1024:.1f}"})
            time.sleep(2)  # the honest clients are measured while all of these are there
            attack.say("go")
            self.assertEqual(attack.result(), held, "some were closed by the server")
        self.assertEqual((held, why), (count, []))
        self.assertLess(each, kib_each * 1024)

    def test_plain(self):
        self.hold(PLAIN, False, self.plain, 14)

    def test_tls(self):
        self.hold(TLS, True, self.under_tls, 48)


class Leaving(rack.AbuseTestCase):
    settings = NO_TIMEOUTS
    copies = 10

    def leave(self, rude):
        with self.under_attack("resets in every phase" if rude else "half-closed in every phase") as notes:
            count, lost = rack.Attack(leave, self.server.ports.base, self.copies, rude).result()
            notes["peers"] = count
        self.assertEqual(lost, [])

    def test_resets(self):
        self.leave(True)

    def test_half_closed(self):
        self.leave(False)


if __name__ == "__main__":
    if "--count" in sys.argv:
        place = sys.argv.index("--count")
        Connections.plain = Connections.under_tls = int(sys.argv[place + 1])
        Connections.mebibytes = 256 + int(sys.argv[place + 1]) * 40 // 1024
        Connections.give_back = Connections.mebibytes // 2
        Leaving.copies = 100
        del sys.argv[place:place + 2]
    rack.kit.main()
