"""REPLACE (rfc8508), and APPEND of several messages (rfc3502): each is one change."""
import time

from commands import expect_ok
from model import expect
from names import describe
from responses import number_list
from session import code_of
from sets import random_flags


def replace(session, chance):
    if not session.view:
        return
    by_uid = chance.random() < 0.5
    session.begin(refresh=by_uid)
    place = chance.randrange(len(session.view))
    message = session.view[place].message
    name = session.world.some_mailbox(chance, session.account)
    content, subject = session.world.make_message(chance)
    texts, flags = random_flags(chance)
    line = f"{'UID ' if by_uid else ''}REPLACE {message.uid if by_uid else place + 1} {name} ({' '.join(texts)}) "
    literal = content, chance.random() < 0.5
    target = session.account.mailboxes.get(name)
    if session.read_only or target is None or not message.alive:
        wanted = "READ-ONLY" if session.read_only else "TRYCREATE" if target is None else "EXPUNGEISSUED"
        answer = session.run(line, literal=literal)
        expect((answer.condition, answer.code) == ("NO", wanted), line, answer.condition, answer.code)
        return
    fresh = session.account.replace(session.selected, message, target, flags)
    began = describe(fresh, content, subject, None)
    answer = session.run(line, literal=literal)
    fresh.date_range = (began, int(time.time()) + 1)
    expect_ok(answer, line)
    told = [value for code, value in map(code_of, answer.codes) if code == "APPENDUID"]
    expect(len(told) == 1, "APPENDUID in an untagged OK:", answer.codes)
    check_uids(session.account, target, told[0], [fresh])


def append_several(session, chance):
    account = session.account
    name = session.world.some_mailbox(chance, account)
    pieces, flags, made = [], [], []
    for place in range(chance.randint(2, 5)):
        made.append(session.world.make_message(chance))
        texts, names = random_flags(chance)
        flags.append(names)
        pieces.append((f"{'' if place else 'APPEND ' + name} ({' '.join(texts)}) ", made[-1][0]))
    session.begin()
    mailbox = account.mailboxes.get(name)
    if mailbox is None:
        answer = session.run("APPEND", literal=pieces)
        expect((answer.condition, answer.code) == ("NO", "TRYCREATE"), name, answer.condition, answer.code)
        return
    messages = account.append_several(mailbox, flags)
    for message, (content, subject) in zip(messages, made):
        began = describe(message, content, subject, None)
    answer = session.run("APPEND", literal=pieces)
    for message in messages:
        message.date_range = (began, int(time.time()) + 1)
    expect_ok(answer, "APPEND of several")
    code, value = code_of(answer.code)
    expect(code == "APPENDUID", "no APPENDUID:", answer.code)
    check_uids(account, mailbox, value, messages)


def check_uids(account, mailbox, value, messages):
    validity, uids = value.split(" ")
    account.learn_validity(mailbox, int(validity))
    expect(number_list(uids.encode()) == [message.uid for message in messages], "APPENDUID", uids, "not",
           [message.uid for message in messages])
