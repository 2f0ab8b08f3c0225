"""FETCH: items, partials, CHANGEDSINCE and VANISHED."""
import calendar
import time

from commands import check_enabled, enabling_condstore, expect_ok, refuse_wrong_set, uid_or_not
from model import expect
from session import ANNOUNCE, HOLD
from sets import MONTHS, STAR, NumberSet, random_modseq, random_set

PLAIN = ("FLAGS", "FLAGS", "UID", "MODSEQ", "RFC822.SIZE", "INTERNALDATE", "ENVELOPE", "BODYSTRUCTURE")
BODIES = ("BODY.PEEK[]", "BODY.PEEK[]", "BODY[]", "BODY.PEEK[HEADER]", "BODY[TEXT]", "RFC822", "RFC822.HEADER")


def date_of(text):
    """Seconds since 1970 of " 3-Nov-2026 10:00:00 +0100"."""
    expect(len(text) == 26, "a bad date:", text)
    text = text.decode()
    sign = -1 if text[21] == "-" else 1
    fields = (int(text[7:11]), MONTHS.index(text[3:6]) + 1, int(text[:2]), int(text[12:14]), int(text[15:17]),
              int(text[18:20]))
    return calendar.timegm(fields) - sign * (int(text[22:24]) * 60 + int(text[24:26])) * 60


def date_text(seconds, zone_minutes=0):
    at = time.gmtime(seconds + zone_minutes * 60)
    sign = "-" if zone_minutes < 0 else "+"
    hours, minutes = divmod(abs(zone_minutes), 60)
    return (f"{at.tm_mday:2}-{MONTHS[at.tm_mon - 1]}-{at.tm_year:04} {at.tm_hour:02}:{at.tm_min:02}:"
            f"{at.tm_sec:02} {sign}{hours:02}{minutes:02}")


MACROS = {"FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
          "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"]}


def random_items(chance):
    if chance.random() < 0.05:
        return chance.choice(list(MACROS.values()))
    items = list(dict.fromkeys(chance.sample(PLAIN, chance.choice((1, 1, 2, 3)))))
    if chance.random() < 0.25:
        body = chance.choice(BODIES)
        if body.endswith("[]") and chance.random() < 0.5:
            body += f"<{chance.choice((0, 1, 50, 100000))}.{chance.choice((1, 10, 400, 4000000))}>"
        items.append(body)
    return items


def sets_seen(items):
    return any(item.startswith(("BODY[", "RFC822")) and item not in ("RFC822.SIZE", "RFC822.HEADER")
               for item in items)


def fetch(session, chance):
    by_uid, prefix = uid_or_not(chance)
    session.begin(refresh=by_uid)
    chosen = random_set(chance, session, by_uid)
    items = random_items(chance)
    since = random_modseq(chance, session) if chance.random() < 0.2 else None
    fetch_set(session, prefix, chosen, items, since, by_uid and session.qresync and chance.random() < 0.7)


def verify(session, chance):
    """Everything a client can ask about the state of its view, at once."""
    session.begin(refresh=True)
    whole = NumberSet(session, "1:*", [(1, STAR)], True)
    fetch_set(session, "UID ", whole, ["FLAGS"] + (["MODSEQ"] if session.condstore else []), None)


def fetch_set(session, prefix, chosen, items, since, vanished=False):
    before = enabling_condstore(session, since is not None or "MODSEQ" in items)
    modifiers = "" if since is None else f" (CHANGEDSINCE {since}{' VANISHED' if vanished else ''})"
    macro = next((name for name, meant in MACROS.items() if meant is items), None)
    line = f"{prefix}FETCH {chosen.text} {macro or '(' + ' '.join(items) + ')'}{modifiers}"
    how = ANNOUNCE if prefix else HOLD
    if chosen.is_wrong:
        refuse_wrong_set(session, line, how, before)
        return
    wanted = [entry for entry in chosen.entries if since is None or entry.modseq > since]
    gone = expected_vanished(session, chosen, since) if vanished and since is not None else []
    if sets_seen(items) and not session.read_only:
        unread = {entry.message.uid for entry in wanted if "\\seen" not in entry.flags}
        session.account.store(session.selected, unread, "+", frozenset(("\\seen",)))
    session.asks_flags = True
    answer = session.run(line, how, condstore_before=before)
    session.asks_flags = False
    expect(answer.condition == "OK", line, answer.condition, answer.code)
    if answer.code == "EXPUNGEISSUED":
        expect(any(not entry.message.alive for entry in wanted), "EXPUNGEISSUED, but nothing was expunged")
    check_enabled(session, answer, before)
    expect(answer.vanished_earlier == gone, "VANISHED (EARLIER)", answer.vanished_earlier, "not", gone)
    implied = (["UID"] if prefix else []) + (["MODSEQ"] if since is not None else [])
    check_fetched(answer, wanted, list(dict.fromkeys(items + implied)))
    named = {entry.message for entry in wanted}
    for message, told in answer.fetched.items():
        if message not in named:
            expect(all(set(values) <= {"UID", "FLAGS", "MODSEQ"} for values in told), "FETCH of uid", message.uid,
                   "was not asked for")


def expected_vanished(session, chosen, since):
    shown = {entry.message.uid for entry in session.view}
    if chosen.saved:
        named = session.saved_result.__contains__
    else:
        largest = max(session.selected.uid_next, 2) - 1
        named = _within(chosen, largest)
    return sorted(uid for uid, modseq in session.selected.expunged.items()
                  if modseq > since and uid not in shown and named(uid))


def _within(chosen, largest):
    ranges = [sorted(largest if number is STAR else number for number in part) for part in chosen.parts]
    return lambda uid: any(first <= uid <= last for first, last in ranges)


def check_fetched(answer, wanted, items):
    names = {item.replace(".PEEK", "") for item in items}
    for entry in wanted:
        message = entry.message
        told = answer.fetched.get(message, [])
        if not told and not message.alive:
            continue  # its bytes may be gone
        merged = {}
        for values in told:
            merged.update(values)
        for name in names:
            label, _, partial = name.partition("<")
            key = f"{label}<{partial.partition('.')[0]}>" if partial else label
            expect(key in merged, "no", key, "for uid", message.uid)
            check_item(message, label, partial, merged[key])
        for values in told:
            for key in values:
                expect(key in ("UID", "FLAGS", "MODSEQ") or key.partition("<")[0] in
                       {name.partition("<")[0] for name in names}, "not asked for:", key)


def check_item(message, label, partial, value):
    if label == "RFC822.SIZE":
        message.learn_size(int(value))
    elif label == "INTERNALDATE":
        message.learn_date(date_of(value))
    elif label == "ENVELOPE":
        expect(value[1] == message.subject.encode(), "uid", message.uid, "subject", value[1])
    elif label in ("BODY[]", "RFC822") and not partial:
        message.learn_content(value)
    elif label == "BODY[]":
        if message.content is not None:
            start, count = (int(number) for number in partial.rstrip(">").split("."))
            expect(value == message.content[start:start + count], "uid", message.uid, "part", partial, value[:80])
    elif label in ("BODY[HEADER]", "RFC822.HEADER", "BODY[TEXT]"):
        check_half(message, label, value)


def check_half(message, label, value):
    if message.content is None:
        return
    head, gap, body = message.content.partition(b"\r\n\r\n")
    expected = body if label == "BODY[TEXT]" else head + gap
    expect(value == expected, "uid", message.uid, label, value[:80], "not", expected[:80])
