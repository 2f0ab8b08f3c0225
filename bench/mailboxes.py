"""Small IMAP errands around a measurement: counting, making and removing mailboxes, filling them."""
import contextlib
import imaplib
import re

from loader import Load
from peers.base import ADDRESS, PASSWORD, USER_PATTERN, Trouble

imaplib._MAXLINE = 100_000_000  # a mailbox of a million messages has long lines


@contextlib.contextmanager
def session(server, user):
    client = imaplib.IMAP4(ADDRESS, server.port("imap"), timeout=600)
    try:
        client.login(USER_PATTERN % user, PASSWORD)
        yield client
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def counted(client, mailbox="INBOX"):
    status, rows = client.status(mailbox, "(MESSAGES)")
    found = re.search(rb"MESSAGES (\d+)", rows[0] or b"")
    if status != "OK" or not found:
        raise Trouble(f"STATUS {mailbox}: {rows}")
    return int(found.group(1))


def messages(server, user, mailbox="INBOX"):
    with session(server, user) as client:
        return counted(client, mailbox)


def total(server, users, mailbox="INBOX"):
    return sum(messages(server, user, mailbox) for user in range(1, users + 1))


def create(server, user, mailbox):
    with session(server, user) as client:
        client.create(mailbox)  # it may be there


def delete(server, user, mailbox):
    with session(server, user) as client:
        client.delete(mailbox)


def copy_all(server, user, source, target):
    with session(server, user) as client:
        client.create(target)
        client.select(source, readonly=True)
        status, rows = client.copy("1:*", target)
        if status != "OK":
            raise Trouble(f"COPY: {rows}")


def fill(server, binary, corpus, *, user, mailbox, wanted, size=None):
    """Appends until the mailbox holds `wanted` messages."""
    if mailbox != "INBOX":
        create(server, user, mailbox)
    missing = wanted - messages(server, user, mailbox)
    if missing <= 0:
        return
    content = {"size": size} if size else {"corpus": corpus}
    work = "multiappend" if server.multiappend else "append"
    with Load(binary, "imap", port=server.port("imap"), work=work, connections=1, operations=missing,
              pipeline=100, mailbox=mailbox, user=USER_PATTERN % user, users=1, deadline=3600, **content) as load:
        load.result()
    have = messages(server, user, mailbox)
    if have < wanted:
        raise Trouble(f"{server.name}: {mailbox} of user {user} holds {have} messages, not {wanted}")
