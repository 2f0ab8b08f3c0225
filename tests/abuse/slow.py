#!/usr/bin/python3
"""Slow peers: whoever stops in the middle of something is ended at the documented timeout, on every port, in
every phase, and costs little until then.

    slow.py [--copies N]       default 10 peers in each phase; 300 for the long form
"""
import collections
import sys

import phases
import rack
from crowd import Crowd

# A timeout counts from somewhere between the opening and the end of the script.
EARLY = 0.3  # seconds less than the timeout since the opening: clocks are read on both sides
LATE = 4.0  # seconds more since the end of the script, times the machine's slowness


def hold_phases(pipe, base, copies, late):
    """Runs all phases at once. Returns rows (name, wanted seconds, [seconds], [last words])."""
    crowd = Crowd()
    all_phases = phases.smtp() + phases.imap() + phases.pop3()
    pairs = phases.peers(all_phases, base, copies)
    crowd.add(*(peer for _, peer in pairs))
    crowd.connect(60)
    longest = max(phase.seconds for phase in all_phases)
    crowd.watch(longest + late + 2, until_all_ended=True)
    rows = collections.defaultdict(list)
    for phase, peer in pairs:
        words = peer.heard.rstrip(b"\r\n").rpartition(b"\n")[2]
        rows[f"{phase.port} {phase.name}", phase.seconds, phase.begins].append(
            (peer.seconds(), words, peer.why, peer.settled_at is not None))
    crowd.close()
    return list(rows.items())


def hold_long_phases(pipe, base, speed, late):
    """The same for the default timeouts, under a clock that runs `speed` times as fast. Seconds are real."""
    crowd = Crowd()
    pairs = phases.peers(phases.long(), base, 3)
    crowd.add(*(peer for _, peer in pairs))
    crowd.connect(60)
    crowd.watch(max(phase.seconds for phase, _ in pairs) / speed + late, until_all_ended=True)
    rows = collections.defaultdict(list)
    for phase, peer in pairs:
        words = peer.heard.rstrip(b"\r\n").rpartition(b"\n")[2]
        rows[phase.name, phase.seconds / speed, phase.begins].append(
            (peer.seconds(), words, peer.why, peer.settled_at is not None))
    crowd.close()
    return list(rows.items())


def judge(rows, early, late):
    problems = []
    for (name, wanted, begins), ends in rows:
        if not any(settled for *_, settled in ends):
            problems.append(f"{name}: no script got through: {ends[0][2]} after {ends[0][1]!r}")
        for seconds, words, _, settled in ends:
            if not settled:
                continue  # the machine was too slow for this one; its fellows speak for it
            if seconds is None:
                problems.append(f"{name}: still open")
            elif seconds[0] < wanted - early or seconds[1] > wanted + late:
                problems.append(f"{name}: ended after {seconds[1]:.1f} s, not {wanted} s ({words!r})")
            elif begins and not words.startswith(begins):
                problems.append(f"{name}: the last words are {words!r}, not {begins!r}")
    return sorted(set(problems))


class Slow(rack.AbuseTestCase):
    settings = phases.SETTINGS
    copies = 10

    def test_every_phase_ends_at_its_timeout(self):
        with self.under_attack("slow peers") as notes:
            late = LATE * rack.slowness()
            rows = rack.Attack(hold_phases, self.server.ports.base, self.copies, late).result(200)
            notes["phases"] = len(rows)
            notes["peers"] = sum(len(ends) for _, ends in rows)
        self.assertEqual("\n".join(judge(rows, EARLY, late)), "")


class SlowForHours(rack.AbuseTestCase):
    """The default timeouts, up to the hour that a message may take. The honest would be too slow for this clock."""
    speed = 160
    wishes = {"speed": speed}

    def test_every_default_timeout_holds(self):
        with self.under_attack(f"slow peers, the clock {self.speed} times as fast", honest=False) as notes:
            late = LATE * rack.slowness()
            rows = rack.Attack(hold_long_phases, self.server.ports.base, self.speed, late).result(200)
            notes["phases"] = len(rows)
            for (name, _, _), ends in rows:
                notes[name] = f"{self.speed * ends[0][0][1]:.0f} s" if ends[0][0] else "open"
        self.assertEqual("\n".join(judge(rows, EARLY, late)), "")


if __name__ == "__main__":
    if "--copies" in sys.argv:
        place = sys.argv.index("--copies")
        Slow.copies = int(sys.argv[place + 1])
        del sys.argv[place:place + 2]
    rack.kit.main()
