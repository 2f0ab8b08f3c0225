#!/usr/bin/python3
"""kill -9 under SMTP load, again and again: what was answered with 250 is there, exactly once.

    kill_under_load.py [ROUNDS] [SEED]        default: 20 rounds, a seed from the clock (printed)

Each round: a few senders deliver to alice and bob and submit mail for elsewhere, which has to wait in the
queue. At a random moment the server is killed. Then `mansio check` must be clean, and after a restart every
message that got its 250 must be in its mailbox (by Message-ID, over IMAP) or in the queue (by recipient),
exactly once. A message whose answer never came may be there or not, but not twice.
"""
import collections
import os
import random
import re
import smtplib
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import server as kit  # noqa: E402

SENDERS = 6
LONGEST_LOAD = 1.0  # seconds; the kill comes at a random moment before


class Ledger:
    """What the senders know: each message was answered with 250 (kept) or not answered (unsure)."""

    def __init__(self):
        self.kept = set()
        self.unsure = set()
        self.lock = threading.Lock()

    def begin(self, key):
        with self.lock:
            self.unsure.add(key)

    def acknowledged(self, key):
        with self.lock:
            self.unsure.discard(key)
            self.kept.add(key)


def send_until_killed(server, ledger, chance, stop):
    """One sender: key is (mailbox name or "queue", token)."""
    try:
        inbound = server.smtp(25)
        submission = server.smtp(587)
        submission.login(kit.address("alice"), kit.PASSWORD)
        while not stop.is_set():
            send_one(inbound, submission, ledger, chance)
    except (OSError, smtplib.SMTPException, EOFError):
        if not stop.is_set():
            # The kill may reach us before its own thread says so; anything else shows as missing mail.
            stop.wait(5)


def send_one(inbound, submission, ledger, chance):
    token = f"{chance.getrandbits(80):020x}"
    place = chance.choices(["alice", "bob", "queue"], [6, 3, 1])[0]
    body = "x" * chance.choice([10, 1000, 30_000]) + "\r\n"
    if place == "queue":
        raw = kit.message("out", sender="alice", to=f"{token}@elsewhere.test", body=body, number=token)
        client, sender, recipient = submission, kit.address("alice"), f"{token}@elsewhere.test"
    else:
        raw = kit.message("in", to=place, body=body, number=token)
        client, sender, recipient = inbound, "x@elsewhere.test", kit.address(place)
    ledger.begin((place, token))
    client.sendmail(sender, [recipient], raw)
    ledger.acknowledged((place, token))


def load_and_kill(server, ledger, chance):
    stop = threading.Event()
    senders = [threading.Thread(target=send_until_killed,
                                args=(server, ledger, random.Random(chance.getrandbits(64)), stop))
               for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    time.sleep(chance.uniform(0.02, LONGEST_LOAD))  # the random moment is the point of this test
    server.kill()
    stop.set()
    for sender in senders:
        sender.join(60)


def in_mailbox(server, name):
    """How often each token is in the INBOX; empties it."""
    found = collections.Counter()
    with server.imap(name) as client:
        _, counted = client.select("INBOX")
        if counted == [b"0"]:
            return found
        _, rows = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        for row in rows:
            if isinstance(row, tuple):
                found[re.search(rb"<([0-9a-f]+)@client\.test>", row[1])[1].decode()] += 1
        client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
    return found


def in_queue(server):
    """How often each token is in the queue."""
    return collections.Counter(recipient["address"].strip("<>").partition("@")[0]
                               for row in server.queue() for recipient in row["recipients"])


def verify(server, ledger):
    """Problems, in words."""
    problems = []
    found = {name: in_mailbox(server, name) for name in ("alice", "bob")}
    found["queue"] = in_queue(server)
    for place, token in sorted(ledger.kept):
        count = found[place][token]
        if count != 1:
            problems.append(f"{token} got its 250 and is {count} times in {place}")
    for place, token in sorted(ledger.unsure):
        if found[place][token] > 1:
            problems.append(f"{token} is {found[place][token]} times in {place}")
    known = ledger.kept | ledger.unsure
    for place in ("alice", "bob"):
        problems += [f"{token} in {place} was never sent" for token in found[place] if (place, token) not in known]
    return problems


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_007
    print(f"{rounds} rounds, seed {seed}", flush=True)
    chance = random.Random(seed)
    total = failures = 0
    # Nobody listens at the smarthost's port: mail for elsewhere stays in the queue.
    with kit.Server(smarthost=f"127.0.0.1:{kit.free_port()}") as server:
        server.add_account("alice")
        server.add_account("bob")
        server.start()
        queued = set()
        for number in range(1, rounds + 1):
            ledger = Ledger()
            load_and_kill(server, ledger, chance)
            problems = []
            try:
                server.check()
            except AssertionError as error:
                problems.append(f"check: {error}")
            server.start()
            acknowledged = len(ledger.kept)
            total += acknowledged
            queued |= {key for key in ledger.kept if key[0] == "queue"}
            ledger.kept |= queued  # those of earlier rounds must still be there too
            problems += verify(server, ledger)
            print(f"round {number}: {acknowledged} acknowledged, {len(ledger.unsure)} unanswered, "
                  f"{len(problems)} problems", flush=True)
            for problem in problems[:20]:
                print(f"  {problem}", flush=True)
            failures += bool(problems)
        server.failed = failures > 0
        server.stop()
    print(f"{rounds} kills, {total} messages acknowledged, {failures} rounds with problems")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
