"""Sequence sets, flags and search keys: made at random, and what they mean on a view."""
import calendar

SYSTEM = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
KEYWORDS = ("$Forwarded", "$Junk", "work", "Work", "later", "a.b", "$MDNSent", "x1", "x2")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STAR = None


class NumberSet:
    """A set as text, and which entries of the session's view it names."""

    def __init__(self, session, text, parts, by_uid):
        self.text = text
        self.by_uid = by_uid
        self.saved = parts is None
        self.parts = parts
        if self.saved:
            self.entries = [entry for entry in session.view if entry.message.uid in session.saved_result]
            return
        numbers = self.within(session)
        if by_uid:
            self.entries = [entry for entry in session.view if numbers(entry.message.uid)]
        else:
            self.entries = [entry for number, entry in enumerate(session.view, 1) if numbers(number)]

    def within(self, session):
        """A test for numbers."""
        largest = len(session.view)
        if self.by_uid:
            largest = session.view[-1].message.uid if session.view else 0
        ranges = []
        for first, last in self.parts:
            if largest == 0 and STAR in (first, last):
                continue
            ends = sorted((largest if first is STAR else first, largest if last is STAR else last))
            ranges.append(ends)
        return lambda number: any(first <= number <= last for first, last in ranges)

    @property
    def is_wrong(self):
        """Message numbers that name nothing are BAD; UIDs may name nothing."""
        return (not self.by_uid and not self.saved and not self.entries
                and not any(STAR in part for part in self.parts))

    @property
    def uids(self):
        return {entry.message.uid for entry in self.entries}


def _number(chance, session, by_uid):
    if chance.random() < 0.08:
        return STAR
    size = len(session.view)
    if not by_uid:
        return chance.randint(1, max(size, 1)) if chance.random() < 0.98 else size + chance.randint(1, 3)
    if size and chance.random() < 0.85:
        return session.view[chance.randrange(size)].message.uid
    return chance.randint(1, (session.selected.uid_next if session.selected else 1) + 3)


def _text(part):
    first, last = ("*" if number is STAR else str(number) for number in part)
    return first if part[0] == part[1] else f"{first}:{last}"


def random_set(chance, session, by_uid, may_be_saved=True):
    if may_be_saved and session.saved_result is not None and chance.random() < 0.06:
        return NumberSet(session, "$", None, by_uid)
    if chance.random() < 0.25:
        parts = [(1, STAR)]
    else:
        parts = []
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            first = _number(chance, session, by_uid)
            last = first if chance.random() < 0.6 else _number(chance, session, by_uid)
            parts.append((first, last))
    return NumberSet(session, ",".join(_text(part) for part in parts), parts, by_uid)


def compact(numbers):
    """A sorted list of numbers as "1:3,7"."""
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ",".join(_text(tuple(part)) for part in out)


def random_flags(chance, at_least=0):
    count = max(at_least, chance.choice((0, 1, 1, 1, 2, 3)))
    picked = chance.sample(SYSTEM, min(count, 4)) if chance.random() < 0.7 else chance.sample(KEYWORDS, count)
    if chance.random() < 0.2:
        picked.append(chance.choice(KEYWORDS))
    return picked, frozenset(flag.lower() for flag in picked)


# Search keys: a text and a judge(number, entry, session) that says True, False, or None for "not known here".

def _flag_key(chance):
    flag = chance.choice(("SEEN", "ANSWERED", "FLAGGED", "DELETED", "DRAFT"))
    if chance.random() < 0.5:
        return flag, lambda _, entry: "\\" + flag.lower() in entry.flags
    return "UN" + flag, lambda _, entry: "\\" + flag.lower() not in entry.flags


def _keyword_key(chance):
    keyword = chance.choice(KEYWORDS)
    if chance.random() < 0.5:
        return "KEYWORD " + keyword, lambda _, entry: keyword.lower() in entry.flags
    return "UNKEYWORD " + keyword, lambda _, entry: keyword.lower() not in entry.flags


def _size_key(chance):
    size = chance.choice((100, 300, 600, 1000, 5000))
    larger = chance.random() < 0.5

    def judge(_, entry):
        known = entry.message.size
        return None if known is None else known > size if larger else known < size
    return f"{'LARGER' if larger else 'SMALLER'} {size}", judge


def _date_key(chance):
    year, month, day = chance.choice(((2005, 6, 1), (2015, 1, 1), (2020, 12, 31)))
    at = calendar.timegm((year, month, day, 0, 0, 0)) // 86400
    word = chance.choice(("BEFORE", "SINCE"))

    def judge(_, entry):
        date = entry.message.date
        return None if date is None else (date // 86400 < at) == (word == "BEFORE")
    return f"{word} {day}-{MONTHS[month - 1]}-{year}", judge


def _subject_key(chance, session):
    wanted = chance.choice(session.view).message.subject if session.view else "nothing"

    def judge(_, entry):
        return entry.message.subject == wanted if entry.message.alive else None
    return f"SUBJECT {wanted}", judge


def _modseq_key(chance, session):
    modseq = random_modseq(chance, session)
    return f"MODSEQ {modseq}", lambda _, entry: entry.modseq >= modseq


def random_modseq(chance, session):
    highest = session.selected.highest
    if session.view and chance.random() < 0.6:
        return chance.choice(session.view).modseq
    return chance.choice((1, highest, max(1, highest - chance.randint(0, 30)), highest + 1))


def _set_key(chance, session, by_uid):
    named = random_set(chance, session, by_uid)
    if named.saved:
        members = {id(entry) for entry in named.entries}
        return "UID $" if by_uid else "$", lambda _, entry: id(entry) in members
    within = named.within(session)
    if by_uid:
        return "UID " + named.text, lambda _, entry: within(entry.message.uid)
    return named.text, lambda number, _: within(number)


def random_key(chance, session, depth=0):
    """(text, judge, uses MODSEQ)"""
    kind = chance.random()
    if depth < 2 and kind < 0.12:
        text, judge, modseq = random_key(chance, session, depth + 1)

        def negated(number, entry):
            inner = judge(number, entry)
            return None if inner is None else not inner
        return "NOT " + text, negated, modseq
    if depth < 2 and kind < 0.24:
        return _joined(chance, session, depth, "OR")
    if depth < 2 and kind < 0.36:
        return _joined(chance, session, depth, "AND")
    if kind < 0.5:
        return *_set_key(chance, session, chance.random() < 0.5), False
    if kind < 0.7:
        return *_flag_key(chance), False
    if kind < 0.8:
        return *_keyword_key(chance), False
    if kind < 0.86:
        return *_size_key(chance), False
    if kind < 0.88:
        return *_date_key(chance), False
    if kind < 0.9:
        return *_subject_key(chance, session), False
    if kind < 0.95:
        return *_modseq_key(chance, session), True
    return "ALL", lambda number, entry: True, False


def _joined(chance, session, depth, how):
    one, judge_one, modseq_one = random_key(chance, session, depth + 1)
    two, judge_two, modseq_two = random_key(chance, session, depth + 1)
    decisive = how == "OR"  # what settles it alone

    def judge(number, entry):
        answers = (judge_one(number, entry), judge_two(number, entry))
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive
    text = f"OR {one} {two}" if how == "OR" else f"({one} {two})"
    return text, judge, modseq_one or modseq_two
