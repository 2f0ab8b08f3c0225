#!/usr/bin/python3
"""A flood from one network: the limits per address and in total answer politely, hold descriptors down, and leave
other networks alone.

Loopback addresses are exempt from the limits, so this runs in a network namespace of its own, where lo has
further addresses. The server listens on 127.0.0.1 as ever.
"""
import os
import subprocess
import sys
import time

import rack
from crowd import Crowd, Peer

ATTACKER = "198.51.100.7"
HONEST = "203.0.113.5"
IN_NAMESPACE = "MANSIO_ABUSE_NAMESPACE"
PER_ADDRESS = 20
TOTAL = 60
REFUSALS = {25: b"421 ", 587: b"421 ", 143: b"* BYE [UNAVAILABLE]", 110: b"-ERR [SYS/TEMP]"}
PORTS = (25, 587, 465, 143, 993, 110, 995)


def enter_namespace():
    """Runs this program again in a namespace of its own; gives the exit status, or None inside."""
    if os.environ.get(IN_NAMESPACE):
        for command in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", f"{ATTACKER}/24", "dev", "lo"],
                        ["ip", "address", "add", f"{HONEST}/24", "dev", "lo"]):
            subprocess.run(command, check=True)
        os.environ["MANSIO_HONEST_SOURCE"] = HONEST
        return None
    try:
        if subprocess.run(["unshare", "--net", "ip", "link"], stdout=subprocess.DEVNULL, check=False).returncode:
            raise OSError
    except OSError:
        print("skipped: no right to make a network namespace (unshare --net), or no ip program")
        return 77
    return subprocess.run(["unshare", "--net", sys.executable, *sys.argv], check=False,
                          env={**os.environ, IN_NAMESPACE: "yes"}).returncode


def flood(pipe, base, source, count, seconds):
    """Connects `count` times to each port and holds what it gets, refused or not. Returns {port: [held, refused, silent]} and
    what was said to those refused."""
    crowd = Crowd()
    peers = [Peer(str(port), base + port, [(b"\n" if port in REFUSALS else None, b"")], source=source,
                  clings=True)
             for _ in range(count) for port in PORTS]
    crowd.add(*peers)
    crowd.connect(60)
    crowd.watch(seconds)
    rows = {port: [0, 0, 0] for port in PORTS}
    said = {}
    for port, peer in ((int(peer.name), peer) for peer in peers):
        if peer.alive:
            rows[port][0] += 1
        elif peer.last:
            rows[port][1] += 1
            said.setdefault(port, set()).add(peer.last)
        else:
            rows[port][2] += 1
    pipe.send(("held", (rows, said)))
    pipe.recv()
    crowd.close()
    return True


class Limits(rack.AbuseTestCase):
    server_options = {"lab": False}
    settings = {
        "smtp": {"plaintext-login": True, "reverse-lookup": False, "max-connections": TOTAL,
                 "max-connections-per-address": PER_ADDRESS},
        "imap": {"plaintext-login": True, "max-connections": TOTAL, "max-connections-per-address": PER_ADDRESS},
        "pop3": {"plaintext-login": True, "max-connections": TOTAL, "max-connections-per-address": PER_ADDRESS},
    }

    def judge(self, rows, said, most):
        for ports in ((25, 587, 465), (143, 993), (110, 995)):
            held = sum(rows[port][0] for port in ports)
            self.assertEqual(held, most, f"{ports}: {rows}")
        for port, begins in REFUSALS.items():
            self.assertEqual(rows[port][2], 0, f"port {port}: some were closed without a word")
            for words in said[port]:
                self.assertTrue(words.startswith(begins), f"port {port} said {words!r}")

    def test_one_network_over_its_limit(self):
        with self.under_attack("one network over its limit") as notes:
            before = self.server.facts()["descriptors"]
            attack = rack.Attack(flood, self.server.ports.base, ATTACKER, 150, 1)
            rows, said = attack.hear(120)
            during = self.server.facts()["descriptors"]
            notes.update({"held, refused, silent": rows, "descriptors": f"{before} to {during}"})
            attack.say("go")
            attack.result()
        self.assertLess(during, before + 3 * PER_ADDRESS + 10, "those refused hold no descriptors")
        self.judge(rows, said, PER_ADDRESS)

    def test_the_total_limit(self):
        """From loopback, which has no limit of its own. New honest connections are refused too, so none is made."""
        with self.under_attack("the total limit", honest=False) as notes:
            before = self.server.facts()["descriptors"]
            attack = rack.Attack(flood, self.server.ports.base, "127.0.0.1", 150, 1)
            rows, said = attack.hear(120)
            during = self.server.facts()["descriptors"]
            notes.update({"held, refused, silent": rows, "descriptors": f"{before} to {during}"})
            began = time.monotonic()
            attack.say("go")
            attack.result()
            self.server.wait_until(lambda: self.server.connections() == 0, 30, "all gone")
            self.server.deliver("alice", rack.kit.message("after the flood"))
            notes["served again after"] = f"{time.monotonic() - began:.1f} s"
        self.assertLess(during, before + 3 * TOTAL + 10, "those refused hold no descriptors")
        self.judge(rows, said, TOTAL)


if __name__ == "__main__":
    status = enter_namespace()
    if status is not None:
        sys.exit(status)
    rack.kit.main()
