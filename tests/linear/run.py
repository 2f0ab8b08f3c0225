#!/usr/bin/python3
"""Linearity of the protocols: random IMAP, POP3 and SMTP sessions against a model, checked after every command.

    run.py [SESSIONS] [COMMANDS] [SEED]       default: 6 sessions, 20000 commands, a seed from the clock
        --seconds N      ends after that time even if there are commands left
        --steps A-B,C    only these steps of the seed (for replaying)
        --shrink         on a mismatch, looks for fewer steps that still fail
        --runs N         that many runs with seeds one after another
        --crowded N      lets mailboxes grow to that many messages

$MANSIO is the server's binary. On a mismatch: the seed, the step, what was expected, and the last exchanges.
The same seed makes the same steps as long as the code here is the same.
"""
import argparse
import random
import sys
import time

import world as worlds
from model import Mismatch

SHOWN = 30  # exchanges
CAUGHT = (Mismatch, OSError, EOFError, AssertionError, KeyError, IndexError, ValueError, TypeError)


def parse_steps(text):
    steps = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        steps.extend(range(int(first), int(last or first) + 1))
    return steps


def steps_text(steps):
    out = []
    for step in steps:
        if out and out[-1][1] == step - 1:
            out[-1][1] = step
        else:
            out.append([step, step])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


class Run:
    """One server, one seed. `failure` is what went wrong, None when nothing did."""

    def __init__(self, seed, sessions, commands, crowded=None, deadline=None):
        self.seed = seed
        self.sessions = sessions
        self.commands = commands
        self.crowded = crowded
        self.deadline = deadline
        self.failure = None
        self.done = []

    def go(self, steps=None):
        world = self.world = worlds.World(self.seed, self.sessions, self.crowded)
        try:
            for number in steps if steps is not None else _endless():
                if steps is None and self.is_over(world):
                    break
                self.done.append(number)
                world.step(number)
            world.finish()
        except CAUGHT as error:
            self.failure = error
            world.server.failed = True
        finally:
            if not self.failure:
                world.server.failed = False
            world.disconnect_all()
            world.server.close()
        return self

    def is_over(self, world):
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or world.commands >= self.commands

    def report(self):
        import traceback
        print(f"MISMATCH: seed {self.seed}, sessions {self.sessions}, step {self.done[-1] if self.done else '-'}")
        print(f"  {type(self.failure).__name__}: {self.failure}")
        print("".join(traceback.format_tb(self.failure.__traceback__)[-4:]))
        print(f"the last {SHOWN} exchanges:")
        for who, way, data in list(self.world.history)[-SHOWN:]:
            print(f"  {who:14} {way} {data[:600]!r}")
        crowded = f" --crowded {self.crowded}" if self.crowded else ""
        last = self.done[-1] if self.done else 0
        print(f"again: run.py {self.sessions} {self.commands} {self.seed}{crowded} --steps 0-{last}")


def _endless():
    number = 0
    while True:
        yield number
        number += 1


def shrink(run):
    """Fewer steps that still fail: leaves out ever smaller pieces."""
    steps, size = list(run.done), max(1, len(run.done) // 2)
    best = run
    while size >= 1:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            attempt = Run(run.seed, run.sessions, run.commands, run.crowded).go(fewer)
            if attempt.failure and fewer:
                steps, best = list(attempt.done), attempt
                print(f"fails with {len(steps)} steps", flush=True)
            else:
                at += size
        size //= 2
    best.report()
    print(f"shrunk: --steps {steps_text(steps)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessions", nargs="?", type=int, default=6)
    parser.add_argument("commands", nargs="?", type=int, default=20_000)
    parser.add_argument("seed", nargs="?", type=int, default=None)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=parse_steps)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--crowded", type=int)
    options = parser.parse_args()
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    began = time.monotonic()
    deadline = began + options.seconds if options.seconds else None
    commands = restarts = kills = runs = 0
    for seed in range(first, first + options.runs):
        run = Run(seed, options.sessions, options.commands, options.crowded, deadline).go(options.steps)
        if run.failure:
            run.report()
            if options.shrink:
                shrink(run)
            return 1
        runs += 1
        commands += run.world.commands
        restarts += run.world.restarts
        kills += run.world.kills
        print(f"seed {seed}: {run.world.commands} commands agree", flush=True)
        if deadline and time.monotonic() > deadline:
            break
    spent = time.monotonic() - began
    print(f"{runs} runs, {commands} commands, {restarts} restarts, {kills} kills, 0 mismatches, {spent:.0f} s, "
          f"{commands / spent:.0f} commands a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
