"""What the soak's clients know of each message, to be compared with the mailboxes at the end."""
import collections
import threading


class Ledger:
    """By user: tokens of messages that are there for sure, and of those that may be (no answer came)."""

    def __init__(self):
        self.lock = threading.Lock()
        self.kept = collections.defaultdict(set)
        self.unsure = collections.defaultdict(set)
        self.relayed = set()
        self.relay_unsure = set()
        self.counts = collections.Counter()
        self.bytes_in = 0

    def begin(self, token, users, relayed):
        with self.lock:
            for user in users:
                self.unsure[user].add(token)
            if relayed:
                self.relay_unsure.add(token)

    def acknowledged(self, token, users, relayed, size):
        with self.lock:
            for user in users:
                self.unsure[user].discard(token)
                self.kept[user].add(token)
            if relayed:
                self.relay_unsure.discard(token)
                self.relayed.add(token)
            self.counts["messages"] += 1
            self.bytes_in += size

    def begin_deletion(self, user, tokens):
        with self.lock:
            self.kept[user] -= tokens
            self.unsure[user] |= tokens

    def deleted(self, user, tokens):
        with self.lock:
            self.unsure[user] -= tokens
            self.counts["deleted"] += len(tokens)

    def problems(self, user, found):
        """`found`: how often each token is in the user's mailboxes."""
        problems = [f"{token} is {count} times in the mailboxes of {user}"
                    for token, count in found.items() if count > 1]
        missing = self.kept[user] - set(found)
        surplus = set(found) - self.kept[user] - self.unsure[user]
        if missing:
            problems.append(f"{user} misses {len(missing)} messages, such as {sorted(missing)[0]}")
        if surplus:
            problems.append(f"{user} has {len(surplus)} messages too many, such as {sorted(surplus)[0]}")
        return problems


class Latencies:
    """Seconds by operation since the last look."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seconds = collections.defaultdict(list)
        self.errors = collections.Counter()

    def add(self, operation, seconds):
        with self.lock:
            self.seconds[operation].append(seconds)

    def add_error(self, who, error):
        with self.lock:
            self.errors[f"{who}: {type(error).__name__}: {str(error)[:80]}"] += 1

    def take(self):
        with self.lock:
            taken, self.seconds = self.seconds, collections.defaultdict(list)
            errors, self.errors = self.errors, collections.Counter()
        return taken, errors
