"""IMAP commands on the selected mailbox: each picks its arguments, changes the model, runs, and checks."""
from model import changed_flags, expect
from responses import number_list, number_set
from session import ANNOUNCE, HOLD, Entry, code_of
from sets import compact, random_flags, random_key, random_modseq, random_set


def uid_or_not(chance):
    by_uid = chance.random() < 0.5
    return by_uid, "UID " if by_uid else ""


def expect_ok(answer, *told):
    expect(answer.condition == "OK", *told, "got", answer.condition, answer.code)


def enabling_condstore(session, needed):
    """For commands that enable CONDSTORE: returns what was so before."""
    before = session.condstore
    if needed:
        session.enable_condstore()
    return before


def check_enabled(session, answer, before):
    """rfc7162#3.1.2: the command that enabled CONDSTORE brings HIGHESTMODSEQ."""
    if before or not session.condstore or session.selected is None:
        return
    told = [int(value) for name, value in map(code_of, answer.codes) if name == "HIGHESTMODSEQ"]
    expect(told, "CONDSTORE was enabled without HIGHESTMODSEQ")
    expect(max(told) <= session.selected.highest, "HIGHESTMODSEQ", told, "is over", session.selected.highest)


def refuse_wrong_set(session, line, how, before):
    answer = session.run(line, how, condstore_before=before)
    expect(answer.condition == "BAD", line, "names nothing and got", answer.condition)
    check_enabled(session, answer, before)


def noop(session, chance):
    session.begin()
    expect_ok(session.run(chance.choice(("NOOP", "NOOP", "CHECK"))), "NOOP")


# STORE

def store(session, chance):
    by_uid, prefix = uid_or_not(chance)
    session.begin(refresh=by_uid)
    chosen = random_set(chance, session, by_uid)
    mode = chance.choice("++--=")
    texts, flags = random_flags(chance, at_least=0 if mode == "=" else 1)
    silent = chance.random() < 0.4
    since = random_modseq(chance, session) if chance.random() < 0.25 else None
    modifier = "" if since is None else f"(UNCHANGEDSINCE {since}) "
    action = f"{mode.strip('=')}FLAGS{'.SILENT' if silent else ''}"
    line = f"{prefix}STORE {chosen.text} {modifier}{action} ({' '.join(texts)})"
    how = ANNOUNCE if by_uid else HOLD
    if session.read_only:
        answer = session.run(line, how)
        expect((answer.condition, answer.code) == ("NO", "READ-ONLY"), line, answer.condition)
        return
    before = enabling_condstore(session, since is not None)
    if chosen.is_wrong:
        refuse_wrong_set(session, line, how, before)
        return
    live = {entry.message for entry in chosen.entries if entry.message.alive}
    _, modified = session.account.store(session.selected, chosen.uids, mode, flags, since)
    stored = live - set(modified)
    answer = session.run(line, how, condstore_before=before,
                         assume=(lambda: _assume_stored(session, stored, mode, flags)) if silent else None)
    expect_ok(answer, line)
    check_enabled(session, answer, before)
    _check_modified(session, answer, modified, by_uid)
    if not silent:
        for message in stored:
            told = answer.fetched.get(message, [])
            expect(any("FLAGS" in values for values in told), "STORE did not tell the flags of uid", message.uid)


def _assume_stored(session, messages, mode, flags):
    """A client that said .SILENT works the flags out itself; what it gets wrong must be told."""
    for entry in session.cache:
        if entry.message in messages:
            entry.flags = changed_flags(entry.flags, mode, flags)


def _check_modified(session, answer, modified, by_uid):
    name, value = code_of(answer.code)
    if not modified:
        expect(name != "MODIFIED", "MODIFIED where nothing was")
        return
    expect(name == "MODIFIED", "no MODIFIED for uids", [message.uid for message in modified])
    numbers = {entry.message: number for number, entry in enumerate(session.view, 1)}
    expected = [message.uid if by_uid else numbers[message] for message in modified]
    expect(number_set(value.encode()) == expected, "MODIFIED", value, "not", expected)


# EXPUNGE

def expunge(session, chance):
    by_uid = chance.random() < 0.4
    session.begin(refresh=by_uid)
    chosen = random_set(chance, session, True) if by_uid else None
    line = f"UID EXPUNGE {chosen.text}" if by_uid else "EXPUNGE"
    if session.read_only:
        answer = session.run(line)
        expect((answer.condition, answer.code) == ("NO", "READ-ONLY"), line, answer.condition)
        return
    session.account.remove(session.selected, chosen.uids if by_uid else None)
    answer = session.run(line)
    expect_ok(answer, line)
    name, value = code_of(answer.code)
    if session.condstore and name == "HIGHESTMODSEQ":  # rfc7162#3.2.7
        expect(int(value) == session.selected.highest, "HIGHESTMODSEQ", value, "not", session.selected.highest)


# COPY and MOVE

def copy(session, chance):
    by_uid, prefix = uid_or_not(chance)
    moves = chance.random() < 0.5
    session.begin(refresh=by_uid)
    chosen = random_set(chance, session, by_uid)
    name = session.world.some_mailbox(chance, session.account)
    verb = "MOVE" if moves else "COPY"
    line = f"{prefix}{verb} {chosen.text} {name}"
    if moves and session.read_only:
        answer = session.run(line)
        expect((answer.condition, answer.code) == ("NO", "READ-ONLY"), line, answer.condition)
        return
    if chosen.is_wrong:
        refuse_wrong_set(session, line, ANNOUNCE, session.condstore)
        return
    target = session.account.mailboxes.get(name)
    if target is None:
        answer = session.run(line)
        expect((answer.condition, answer.code) == ("NO", "TRYCREATE"), line, answer.condition, answer.code)
        return
    pairs = session.account.copy(session.selected, chosen.uids, target, moves)
    answer = session.run(line)
    expect_ok(answer, line)
    told = [value for name, value in map(code_of, answer.codes + [answer.code]) if name == "COPYUID"]
    if not pairs:
        expect(not told, "COPYUID though nothing was copied")
        return
    expect(len(told) == 1, "COPYUID", len(told), "times")
    validity, source, copied = told[0].split(" ")
    session.account.learn_validity(target, int(validity))
    expect(list(zip(number_list(source.encode()), number_list(copied.encode()))) == pairs, "COPYUID", told, pairs)


# SEARCH

def search(session, chance):
    by_uid, prefix = uid_or_not(chance)
    session.begin(refresh=by_uid)
    text, judge, uses_modseq = random_key(chance, session)
    options = None
    if chance.random() < 0.55:
        options = chance.sample(("MIN", "MAX", "COUNT", "ALL", "SAVE"), chance.choice((0, 1, 1, 2, 3)))
    returns = "" if options is None else f"RETURN ({' '.join(options)}) "
    line = f"{prefix}SEARCH {returns}{text}"
    before = enabling_condstore(session, uses_modseq)
    verdicts = [(number, entry, judge(number, entry)) for number, entry in enumerate(session.view, 1)]
    answer = session.run(line, ANNOUNCE if by_uid else HOLD, condstore_before=before)
    expect_ok(answer, line)
    check_enabled(session, answer, before)
    found = Found(verdicts, by_uid)
    if options is None and not session.rev2:
        found.check_old(answer, uses_modseq)
    else:
        options = ["ALL"] if options in (None, []) else options
        found.check_new(answer, options, by_uid, uses_modseq)
        if "SAVE" in options:
            session.saved_result = found.saved(options)


class Found:
    """What a SEARCH should answer. Messages it can't judge may be in or out."""

    def __init__(self, verdicts, by_uid):
        self.surely = [(entry.message.uid if by_uid else number, entry)
                       for number, entry, verdict in verdicts if verdict]
        self.numbers = [number for number, _ in self.surely]
        self.unsure = {entry.message.uid if by_uid else number for number, entry, verdict in verdicts
                       if verdict is None}

    def check_set(self, told):
        expect([number for number in told if number not in self.unsure] == self.numbers, "found", told, "not",
               self.numbers, "unsure", self.unsure)

    def check_old(self, answer, uses_modseq):
        told = [response for response in answer.untagged if response.kind == "search"]
        expect(len(told) == 1, "SEARCH responses:", len(told))
        values = list(told[0].values)
        modseq = values.pop() if values and isinstance(values[-1], list) else None
        self.check_set([int(value) for value in values])
        if not self.unsure:
            highest = max((entry.modseq for _, entry in self.surely), default=None)
            expected = [b"MODSEQ", b"%d" % highest] if uses_modseq and self.surely else None
            expect(modseq == expected, "SEARCH told", modseq, "not", expected)

    def check_new(self, answer, options, by_uid, uses_modseq):
        told = [response for response in answer.untagged if response.kind == "esearch"]
        if options == ["SAVE"]:
            expect(not told, "an ESEARCH for SAVE alone (rfc5182#2.1)")
            return
        expect(len(told) == 1, "ESEARCH responses:", len(told))
        values = list(told[0].values)
        expect(values.pop(0)[0] == b"TAG", "no TAG")
        expect((values[:1] == [b"UID"]) == by_uid, "UID of ESEARCH")
        if by_uid:
            values.pop(0)
        pairs = dict(zip(values[::2], values[1::2]))
        if b"ALL" in pairs:
            self.check_set(number_set(pairs[b"ALL"]))
        if self.unsure:
            return
        expect(pairs == self.expected(options, uses_modseq), "ESEARCH", pairs, "not",
               self.expected(options, uses_modseq))

    def expected(self, options, uses_modseq):
        out = {}
        if "COUNT" in options:
            out[b"COUNT"] = b"%d" % len(self.surely)
        if not self.surely:
            return out
        if "MIN" in options:
            out[b"MIN"] = b"%d" % self.numbers[0]
        if "MAX" in options:
            out[b"MAX"] = b"%d" % self.numbers[-1]
        if "ALL" in options:
            out[b"ALL"] = compact(self.numbers).encode()
        if uses_modseq:
            out[b"MODSEQ"] = b"%d" % max(entry.modseq for entry in self.meant(options))
        return out

    def meant(self, options):
        """rfc7162#3.1.10 and rfc5182#2.1: with MIN or MAX alone, those messages only."""
        entries = [entry for _, entry in self.surely]
        if "ALL" in options or "COUNT" in options or not ("MIN" in options or "MAX" in options):
            return entries
        return ([entries[0]] if "MIN" in options else []) + ([entries[-1]] if "MAX" in options else [])

    def saved(self, options):
        if self.unsure:
            return None
        return {entry.message.uid for entry in self.meant(options)} if self.surely else set()


# Leaving

def close(session, chance):
    session.begin()
    line = chance.choice(("CLOSE", "UNSELECT"))
    if line == "CLOSE" and not session.read_only and not session.selected.deleted:
        session.account.remove(session.selected, None)
    answer = session.run(line, None)
    expect_ok(answer, line)
    expect(not answer.untagged and not answer.fetched, line, "told something")
    session.leave()


def snapshot(mailbox):
    return [Entry(message, message.flags, message.modseq) for message in mailbox.messages]
