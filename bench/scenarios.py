"""All work of the bench, as data. works.py knows how each kind of work is done.

`count` is what a peer gets in the full run, `quick` in a quick one. A server with a pace above 1 gets that many times
as much of the same, so that its run is not over before it can be measured; `steady` rows don't (the amount is the
point). `limit` names the row of group g that a result is a share of.
"""
import dataclasses

ALL_MAIL = ("mansio", "sdbox", "mdbox", "maildir")
MAIN = ("mansio", "sdbox")
WITH_POSTFIX = ("mansio", "sdbox", "postfix")
EVERYBODY = ("mansio", "sdbox", "mdbox", "maildir", "postfix", "exim")
REALISTIC = "realistic"
REALISTIC_LIMIT = 16_000  # about the mean of the corpus
KILO = 1024

GROUPS = {
    "a": "SMTP in, durable, into the mailbox",
    "b": "POP3, a maildrop of 10,000 messages",
    "c": "IMAP",
    "d": "Relay: durable queue, on to a sink",
    "e": "Memory of idle IMAP connections",
    "f": "Growth: what a delivery and a FETCH cost as mailboxes and accounts grow",
    "g": "What this machine could do at most",
}


@dataclasses.dataclass(frozen=True)
class Fill:
    """Messages that must lie in a mailbox before the work."""
    user: int
    mailbox: str
    messages: int
    quick: int
    size: int | None = None  # None: realistic


@dataclasses.dataclass(frozen=True)
class Scenario:
    group: str
    name: str
    title: str
    work: str
    count: int
    quick: int
    servers: tuple = MAIN
    options: dict = dataclasses.field(default_factory=dict)
    fills: tuple = ()
    limit: str | None = None
    unit: str = "messages"
    quick_run: bool = True      # whether a quick run has this row
    large: bool = False         # only with --large
    steady: bool = False
    users: int | None = None    # accounts of the server; None: the usual number
    fresh: bool = False         # an empty server before this row


def size_name(size):
    if size == REALISTIC:
        return "realistic"
    return f"{size // (KILO * KILO)} MB" if size >= KILO * KILO else f"{size // KILO} KB"


def smtp_row(connections, size, count, quick, *, reuse="kept", tls="none", recipients=1, servers=MAIN,
             quick_run=False):
    words = [f"{connections} connection{'s' if connections > 1 else ''}", size_name(size)]
    parts = ["smtp", str(connections), size_name(size).replace(" ", "")]
    if reuse == "reconnect":
        words.append("a new connection each")
        parts.append("new")
    if tls != "none":
        words.append("STARTTLS")
        parts.append("tls")
    if recipients > 1:
        words.append(f"{recipients} recipients")
        parts.append(f"{recipients}to")
    limit_size = REALISTIC_LIMIT if size == REALISTIC else size
    return Scenario("a", "-".join(parts), ", ".join(words), "deliver", count, quick, servers,
                    {"connections": connections, "size": size, "reuse": reuse, "tls": tls,
                     "recipients": recipients},
                    limit=None if recipients > 1 else f"commit-{connections}-{limit_size}",
                    unit="deliveries" if recipients > 1 else "messages", quick_run=quick_run, fresh=True)


def group_a():
    few, some, many = 600, 2000, 3000
    rows = [
        smtp_row(1, 4 * KILO, few, 100, servers=WITH_POSTFIX, quick_run=True),
        smtp_row(20, 4 * KILO, some, 200, servers=WITH_POSTFIX),
        smtp_row(100, 4 * KILO, some, 200, servers=WITH_POSTFIX),
        smtp_row(1000, 4 * KILO, many, 1000, servers=WITH_POSTFIX),
        smtp_row(1, REALISTIC, few, 100, servers=WITH_POSTFIX),
        smtp_row(20, REALISTIC, some, 300, servers=EVERYBODY, quick_run=True),
        smtp_row(100, REALISTIC, some, 300, servers=WITH_POSTFIX + ("mdbox", "maildir"), quick_run=True),
        smtp_row(1000, REALISTIC, many, 1000, servers=WITH_POSTFIX),
        smtp_row(1, 50 * KILO, few, 100),
        smtp_row(20, 50 * KILO, some, 200, servers=WITH_POSTFIX),
        smtp_row(100, 50 * KILO, some, 200),
        smtp_row(1000, 50 * KILO, many, 1000),
        smtp_row(1, KILO * KILO, 60, 10),
        smtp_row(20, KILO * KILO, 200, 20),
        smtp_row(100, KILO * KILO, 200, 100),
    ]
    for connections, count in ((1, few), (20, some), (100, some), (1000, many)):
        rows.append(smtp_row(connections, REALISTIC, count, 200, reuse="reconnect", servers=WITH_POSTFIX,
                             quick_run=connections == 20))
    for connections, count in ((1, few), (20, some), (100, some)):
        rows.append(smtp_row(connections, REALISTIC, count, 200, tls="starttls"))
    rows.append(smtp_row(20, REALISTIC, some, 200, tls="starttls", reuse="reconnect", quick_run=True))
    rows.append(smtp_row(100, REALISTIC, some, 200, tls="starttls", reuse="reconnect"))
    rows.append(smtp_row(1, REALISTIC, 60, 10, recipients=50))
    rows.append(smtp_row(20, 4 * KILO, 120, 20, recipients=50))
    rows.append(smtp_row(20, REALISTIC, 120, 20, recipients=50, quick_run=True))
    rows.append(smtp_row(100, REALISTIC, 200, 100, recipients=50))
    return rows


DROP = Fill(1, "INBOX", 10_000, 500)


def pop3_row(name, title, work, count, quick, **options):
    limit = {"none": "loopback", "implicit": "tls"}[options.get("tls", "none")] if work == "retr" else None
    return Scenario("b", name, title, "pop3", count, quick, ALL_MAIL, {"work": work} | options, (DROP,),
                    limit=limit, unit="messages" if work == "retr" else "commands")


def group_b():
    return [
        pop3_row("pop3-stat", "STAT", "stat", 5000, 200),
        pop3_row("pop3-list", "LIST", "list", 50, 5),
        pop3_row("pop3-uidl", "UIDL", "uidl", 50, 5),
        pop3_row("pop3-retr", "RETR of all, one at a time", "retr", 10_000, 500),
        pop3_row("pop3-retr-20", "RETR of all, 20 in flight", "retr", 10_000, 500, pipeline=20),
        pop3_row("pop3-retr-tls", "RETR of all, 20 in flight, TLS", "retr", 10_000, 500, pipeline=20,
                 tls="implicit"),
    ]


TEN = Fill(1, "INBOX", 10_000, 500)
HUNDRED = Fill(2, "INBOX", 100_000, 2000, 2000)


def imap_row(name, title, work, count, quick, *, servers=ALL_MAIL, fills=(TEN,), unit="messages", limit=None,
             quick_run=True, **options):
    return Scenario("c", name, title, "imap", count, quick, servers, {"work": work} | options, fills, unit=unit,
                    limit=limit, quick_run=quick_run, steady=bool(options.get("target")))


def group_c():
    return [
        imap_row("login", "log in, log out; 20 at once", "login", 500, 50, connections=20, users=20, unit="logins",
                 fills=()),
        imap_row("append", "APPEND, one connection", "append", 1000, 100, user=3, mailbox="Appended", fills=()),
        imap_row("append-20", "APPEND, 20 connections", "append", 3000, 200, connections=20, users=20,
                 mailbox="Appended", fills=()),
        imap_row("multiappend", "MULTIAPPEND", "multiappend", 3000, 200, user=4, mailbox="Appended", fills=()),
        imap_row("select-10k", "SELECT, 10,000 messages", "select", 500, 50, unit="commands"),
        imap_row("select-100k", "SELECT, 100,000 messages", "select", 200, 20, fills=(HUNDRED,), user=2,
                 unit="commands"),
        imap_row("fetch-metadata", "FETCH 1:* (UID FLAGS RFC822.SIZE), 10,000", "fetch-metadata", 10, 2),
        imap_row("fetch-envelope", "with ENVELOPE, INTERNALDATE, BODYSTRUCTURE", "fetch-full-metadata", 5, 1),
        imap_row("fetch-metadata-100k", "FETCH 1:* (UID FLAGS RFC822.SIZE), 100,000", "fetch-metadata", 2, 1,
                 fills=(HUNDRED,), user=2),
        imap_row("fetch-body", "FETCH 1:* BODY.PEEK[]", "fetch-body", 2, 1, limit="loopback"),
        imap_row("fetch-body-tls", "FETCH 1:* BODY.PEEK[], TLS", "fetch-body", 2, 1, tls="implicit", limit="tls"),
        imap_row("store", "STORE 1:* ±FLAGS.SILENT", "store", 4, 2),
        imap_row("store-one", "STORE of one message at a time", "store-one", 1000, 100),
        imap_row("search-subject", "SEARCH SUBJECT, nothing found", "search-subject", 5, 2, unit="searches",
                 word="zyzzyvazz"),
        imap_row("search-body", "SEARCH BODY, one in fifty found", "search-body", 3, 1, unit="searches",
                 word="quicksilver"),
        imap_row("copy", "COPY 1:*", "copy", 1, 1, target="Copied"),
        imap_row("move", "MOVE 1:*", "move", 1, 1, mailbox="Source", target="Moved"),
        imap_row("status", "STATUS", "status", 2000, 200, unit="commands"),
        imap_row("noop", "NOOP", "noop", 5000, 500, unit="commands"),
        Scenario("c", "idle", "news to a client in IDLE: 250 to EXISTS, 50 idle", "idle", 100, 10, ALL_MAIL,
                 {"connections": 50}, unit="messages", steady=True),
    ]


def group_d():
    everybody = ("mansio", "postfix", "exim")
    return [
        Scenario("d", "relay-1", "1 connection, realistic, until the sink has all", "relay", 300, 50, everybody,
                 {"connections": 1}, fresh=True),
        Scenario("d", "relay-20", "20 connections, realistic, until the sink has all", "relay", 1500, 200, everybody,
                 {"connections": 20}, fresh=True),
        Scenario("d", "release", "queued while the sink was away, then released", "release", 1500, 100,
                 ("mansio", "postfix"), {"connections": 20}, fresh=True),
    ]


def group_e():
    rows = []
    for connections, servers, in_quick in ((2000, ("mansio", "mdbox", "hibernate"), True),
                                           (18_000, ("mansio", "hibernate"), False)):
        for tls in ("none", "implicit"):
            rows.append(Scenario(
                "e", f"idle-{connections}" + ("-tls" if tls != "none" else ""),
                f"{connections:,} in IDLE, {'TLS' if tls != 'none' else 'plain'}", "hold", connections,
                min(connections, 200), servers, {"tls": tls}, unit="connections", steady=True,
                quick_run=in_quick, fresh=True))
    return rows


GROWTH_SIZE = 2000
DELIVER_COUNT = 500


def group_f():
    rows = []
    servers = ("mansio", "mdbox")
    sizes = ((1, 1000, 100, False), (2, 10_000, 200, False), (3, 100_000, 400, False), (4, 1_000_000, 800, True))
    for user, messages, quick, large in sizes:
        fill = (Fill(user, "INBOX", messages, quick, GROWTH_SIZE),)
        common = {"fills": fill, "steady": True, "large": large}
        rows.append(Scenario("f", f"deliver-{messages}", f"delivery into a mailbox of {messages:,}", "deliver",
                             DELIVER_COUNT, 50, servers,
                             {"connections": 20, "size": 4 * KILO, "user": user}, **common))
        rows.append(Scenario("f", f"fetch-{messages}", f"FETCH 1:* of flags and sizes, {messages:,} messages",
                             "imap", max(1, 200_000 // messages), 1, servers,
                             {"work": "fetch-metadata", "user": user}, **common))
        rows.append(Scenario("f", f"select-{messages}", f"SELECT, {messages:,} messages", "imap", 100, 10,
                             servers, {"work": "select", "user": user}, unit="commands", **common))
    for users, in_quick in ((10, True), (1000, True), (100_000, False)):
        rows.append(Scenario("f", f"accounts-{users}", f"deliveries spread over {users:,} accounts", "deliver",
                             3000, 100, ("mansio", "mdbox"), {"connections": 20, "size": 4 * KILO, "spread": users},
                             steady=True, users=users, fresh=True, quick_run=in_quick))
    return rows


def group_g():
    rows = []
    for connections in (1, 20, 100, 1000):
        for size in (4 * KILO, REALISTIC_LIMIT, 50 * KILO) + ((KILO * KILO,) if connections < 1000 else ()):
            rows.append(Scenario("g", f"commit-{connections}-{size}",
                                 f"engine's synced group commit, {connections} writers, {size} bytes", "limit", 5, 1,
                                 (), {"work": "group-commit", "writers": connections, "size": size}, unit="commits"))
    for work, title in (("loopback", "one TCP stream over loopback"), ("tls", "the same with TLS")):
        rows.append(Scenario("g", work, title, "limit", 5, 1, (), {"work": work}, unit="blocks"))
    return rows


# Group g comes first: the others are shares of it.
SCENARIOS = [row for rows in (group_g(), group_a(), group_b(), group_c(), group_d(), group_e(), group_f())
             for row in rows]


def chosen(groups, *, quick, large, names=()):
    """The rows of a run, in order."""
    return [row for row in SCENARIOS if row.group in groups and (not names or row.name in names)
            and (row.quick_run or not quick) and (large or not row.large)]
