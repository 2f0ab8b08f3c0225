"""Several sessions at once: commands that commute, or of which only one can win; the outcome is checked by what
must hold in any order, and then taken into the model.

Appends and stores: UIDs are the next ones, each once, and in the order of each client's own appends; every
flag that was set is set; a told state lies between before and after. Moves: each message goes exactly once.
"""
from collections import deque

from commands import expect_ok
from model import expect
from names import settle_idle
from responses import number_list
from session import ANNOUNCE, Answer, Entry, code_of, flag_set
from sets import KEYWORDS, compact


class Piece:
    """One command of the burst."""

    def __init__(self, session, line, literal=None, **facts):
        self.session = session
        self.tag = session.next_tag()
        self.literal = literal
        self.facts = facts
        self.answer = None
        data = self.tag + b" " + line.encode()
        self.data = data + (b"\r\n" if literal is None else b"{%d+}\r\n" % len(literal) + literal + b"\r\n")


def burst(world, chance):
    account = chance.choice(world.accounts[:1] * 3 + world.accounts[1:])
    able = [session for session in world.sessions
            if session.kind == "imap" and session.account is account and not session.idling and session.selected
            and not session.selected.deleted and not session.read_only]
    if len(able) < 2:
        return
    highest = {mailbox: mailbox.highest for mailbox in account.mailboxes.values()}
    for session in able:  # all begin with the same knowledge
        session.begin()
        expect_ok(session.run("NOOP", ANNOUNCE), "NOOP")
    before = account.modseq
    for session in able:
        session.begin()
        session.moments.append(state_of(session.selected))
    if chance.random() < 0.6:
        pieces = appends_and_stores(world, chance, account, able)
        delivery = world.some_sender().begin(chance, [account]) if chance.random() < 0.4 else None
        exchange(able, pieces, delivery)
        changed = adopt_stores(pieces) + adopt_appends(account, pieces, delivery)
    else:
        pieces = moves(chance, account, able)
        exchange(able, pieces)
        changed = adopt_moves(account, pieces)
    account.modseq = before + changed
    learn_modseqs(world, account, before, highest)
    for mailbox in account.mailboxes.values():  # a move is one change in both mailboxes
        for uid, message in mailbox.moving.items():
            mailbox.expunged[uid] = message.modseq
            mailbox.highest = max(mailbox.highest, message.modseq)
        mailbox.moving = {}
    tell(world, account, able, pieces)


def state_of(mailbox):
    return {message: Entry(message, message.flags, message.modseq) for message in mailbox.messages}


def exchange(able, pieces, delivery=None):
    """All is sent before anything is read."""
    if delivery:
        delivery.send_end()
    for session in able:
        data = b"".join(piece.data for piece in pieces if piece.session is session)
        if data:
            session.send(data)
    for session in able:
        session.recorded = deque()
        waited = [piece.tag for piece in pieces if piece.session is session]
        while waited:
            response = session.receive()
            session.recorded.append(response)
            if response.kind == "tagged":
                expect(response.tag == waited.pop(0), "tags out of order:", response.raw)
                expect(response.condition == "OK", "in a burst:", response.raw)
    if delivery:
        delivery.hear_end()


def appends_and_stores(world, chance, account, able):
    pieces, keywords = [], list(dict.fromkeys(keyword.lower() for keyword in KEYWORDS))
    chance.shuffle(keywords)
    for session in able:
        for _ in range(chance.choice((1, 2, 3, 8))):
            kind = chance.random()
            if kind < 0.4:
                name = chance.choice(("INBOX", session.selected.name))
                content, subject = world.make_message(chance)
                pieces.append(Piece(session, f"APPEND {name} (\\Seen) ", content, append=account.mailboxes[name],
                                    subject=subject))
            elif kind < 0.8 and keywords and session.selected.messages:
                members = session.selected.messages
                uids = {message.uid for message in chance.sample(members, chance.randint(1, len(members)))}
                keyword = keywords.pop()
                pieces.append(Piece(session, f"UID STORE {compact(sorted(uids))} +FLAGS ({keyword})",
                                    store=(uids, keyword)))
            else:
                pieces.append(Piece(session, chance.choice(("NOOP", "UID FETCH 1:* (FLAGS)"))))
    return pieces


def adopt_stores(pieces):
    """Returns how many changes there were."""
    changes = 0
    for piece in pieces:
        if "store" in piece.facts:
            uids, keyword = piece.facts["store"]
            found = [message for message in piece.session.selected.find(uids) if keyword not in message.flags]
            for message in found:
                message.flags |= {keyword}
                message.modseq = None
            changes += bool(found)
    return changes


def adopt_appends(account, pieces, delivery):
    """Each client was told its UIDs; what is left is the UID of the delivery."""
    by_mailbox = {mailbox: {} for mailbox in account.mailboxes.values()}
    for piece in pieces:
        if "append" in piece.facts:
            mailbox = piece.facts["append"]
            by_mailbox[mailbox][appended(account, piece, mailbox)] = piece
    if delivery:
        add_delivery(account, by_mailbox[account.mailboxes["INBOX"]], delivery)
    for mailbox, members in by_mailbox.items():
        expect(sorted(members) == list(range(mailbox.uid_next, mailbox.uid_next + len(members))), "APPENDUIDs",
               sorted(members), "from", mailbox.uid_next)
        for uid in sorted(members):
            add_message(account, mailbox, members[uid])
        for session in {piece.session for piece in members.values() if piece is not delivery}:
            own = [uid for piece in pieces for uid, member in members.items()
                   if member is piece and piece.session is session]
            expect(own == sorted(own), "one client's appends are out of order:", own)
    return sum(map(len, by_mailbox.values()))


def add_delivery(account, members, delivery):
    first = account.mailboxes["INBOX"].uid_next
    left = set(range(first, first + len(members) + 1)) - members.keys()
    expect(len(left) == 1, "APPENDUIDs", sorted(members), "from", first, "and one delivery")
    members[left.pop()] = delivery


def add_message(account, mailbox, source):
    delivered = not isinstance(source, Piece)
    message = account.append(mailbox, () if delivered else ("\\seen",))
    message.modseq, message.fresh = None, True
    if delivered:
        source.describe(message)
        return
    message.subject = source.facts["subject"]
    message.content = source.literal.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    message.size, message.date_range = len(message.content), (0, 1 << 40)


def tagged(piece):
    return next(response for response in piece.session.recorded if response.tag == piece.tag)


def appended(account, piece, mailbox):
    code, value = code_of(tagged(piece).code.decode())
    expect(code == "APPENDUID", "no APPENDUID")
    validity, uid = (int(number) for number in value.split(" "))
    account.learn_validity(mailbox, validity)
    return uid


def moves(chance, account, able):
    """All move from one mailbox to another; who wins is open."""
    pieces = []
    source = chance.choice(able).selected
    target = account.mailboxes[chance.choice(sorted(account.mailboxes))]
    uids = sorted(message.uid for message in source.messages)
    for session in able:
        if session.selected is source and source is not target and uids:
            chosen = sorted(chance.sample(uids, chance.randint(1, len(uids))))
            pieces.append(Piece(session, f"UID MOVE {compact(chosen)} {target.name}", move=(source, target, chosen)))
        if chance.random() < 0.5:
            pieces.append(Piece(session, chance.choice(("NOOP", "UID FETCH 1:* (FLAGS)"))))
    return pieces


def adopt_moves(account, pieces):
    changes, moved = 0, {}
    wanted, mailboxes = set(), None
    for piece in pieces:
        if "move" not in piece.facts:
            continue
        source, target, chosen = piece.facts["move"]
        mailboxes = source, target
        wanted |= set(chosen)
        for old, new in copied(account, piece, target):
            expect(old in chosen and old not in moved, "uid", old, "moved twice, or unasked")
            moved[old] = new
        changes += any(True for _ in copied(account, piece, target))
    if mailboxes is None:
        return 0
    source, target = mailboxes
    expect(moved.keys() == wanted, "not moved:", sorted(wanted - moved.keys()))
    first = target.uid_next
    expect(sorted(moved.values()) == list(range(first, first + len(moved))), "UIDs", sorted(moved.values()))
    by_uid = {message.uid: message for message in source.messages}
    for new, old in sorted((new, old) for old, new in moved.items()):
        message = by_uid[old].copy(new, None)
        message.fresh = True
        target.add(message)
        source.moving[old] = message
    source.drop([by_uid[old] for old in moved], None)
    return changes


def copied(account, piece, target):
    """Pairs of UIDs from the COPYUID that came before the piece's tagged answer."""
    pairs = []
    for response in piece.session.recorded:
        if response.kind == "tagged":
            if response.tag == piece.tag:
                break
            pairs = []
        elif response.kind == "condition" and (response.code or b"").startswith(b"COPYUID "):
            validity, source, uids = response.code.decode().split(" ")[1:]
            account.learn_validity(target, int(validity))
            pairs = list(zip(number_list(source.encode()), number_list(uids.encode())))
    return pairs


def learn_modseqs(world, account, before, highest):
    """What the changes of the burst were numbered; the counter says how many there can be."""
    observer = world.observer(account)
    for mailbox in account.mailboxes.values():
        mailbox.highest = highest[mailbox]
        if any(message.modseq is None for message in mailbox.messages):
            learn_in_mailbox(observer, account, mailbox, before)
    observer.sock.close()


def learn_in_mailbox(observer, account, mailbox, before):
    for line in (f"EXAMINE {mailbox.name}", "UID FETCH 1:* (FLAGS MODSEQ)"):
        tag = observer.next_tag()
        observer.send(tag + f" {line}\r\n".encode())
        told = []
        while (response := observer.receive()).kind != "tagged":
            if response.kind == "fetch":
                told.append(response.values)
        expect(response.condition == "OK", line)
    expect([int(values["UID"]) for values in told] == [message.uid for message in mailbox.messages],
           "other messages than there should be after a burst")
    last_fresh = before
    for message, values in zip(mailbox.messages, told):
        modseq = int(values["MODSEQ"][0])
        expect(flag_set(values["FLAGS"]) == message.flags, "uid", message.uid, "flags", values["FLAGS"], "not",
               sorted(message.flags))
        if message.modseq is None:
            expect(before < modseq <= account.modseq, "modseq", modseq, "not in", before, account.modseq)
            message.modseq = modseq
        expect(modseq == message.modseq, "uid", message.uid, "modseq", modseq, "not", message.modseq)
        if message.fresh:
            expect(modseq >= last_fresh, "modseqs of new messages go back at uid", message.uid)
            last_fresh, message.fresh = modseq, False
        mailbox.highest = max(mailbox.highest, modseq)


def tell(world, account, able, pieces):
    """What each client heard, now that it is known what happened; then all must know the same."""
    for session in able:
        session.moments.append(state_of(session.selected))
        session.between = True
        for piece in pieces:
            if piece.session is session:
                session.asks_flags = b" FETCH " in piece.data
                session.collect(Answer(), piece.tag, True, session.condstore)
        session.between = session.asks_flags = False
        session.recorded = None
    for session in world.sessions:
        if session.kind == "imap" and session.idling and session.account is account:
            session.between = True
            if session.selected is None or not session.selected.deleted:
                settle_idle(session)
            session.between = False
    for session in able:
        session.begin()
        expect_ok(session.run("NOOP", ANNOUNCE), "NOOP")
