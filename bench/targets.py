"""What Mansio asks of itself, checked against a run.

A target compares a figure of Mansio with a peer's, with a limit of the machine or with a number. Rows that were not
measured say so; they are not passed.
"""
import dataclasses

REALISTIC_AT = ("smtp-20-realistic", "smtp-100-realistic")
MAILBOX_ROWS = ("b", "c")
# The client is the limit, or the row measures a wait: rate and CPU say nothing about the server.
NOT_COMPARED = ("idle",)


@dataclasses.dataclass(frozen=True)
class Target:
    rows: tuple      # names of rows, or a group
    words: str
    figure: str
    against: str     # a server; "limit"; "first": the first of the rows; "": the number itself
    at_least: float | None = None
    at_most: float | None = None


TARGETS = (
    Target(("smtp-1-4KB", "smtp-1-realistic"), "one session: rate against Postfix alone", "rate", "postfix", at_least=4),
    Target(REALISTIC_AT, "rate against Postfix + Dovecot sdbox", "rate", "sdbox", at_least=20),
    Target(REALISTIC_AT, "CPU against Postfix + Dovecot sdbox", "cpu_per_1000", "sdbox", at_most=0.1),
    Target(REALISTIC_AT, "rate against the engine's own group commit", "rate", "limit", at_least=0.5),
    Target(MAILBOX_ROWS, "rate against the fastest Dovecot", "rate", "best", at_least=2),
    Target(MAILBOX_ROWS, "CPU against the cheapest Dovecot", "cpu_per_1000", "best", at_most=0.5),
    Target(("relay-1", "relay-20", "release"), "rate against Postfix", "rate", "postfix", at_least=5),
    Target(("idle-2000", "idle-18000"), "KiB per idle connection", "memory_per_connection", "", at_most=12 * 1024),
    Target(("idle-2000-tls", "idle-18000-tls"), "KiB per idle connection, TLS", "memory_per_connection", "",
           at_most=32 * 1024),
    Target(("deliver-1000", "deliver-10000", "deliver-100000", "deliver-1000000"), "CPU against a mailbox of 1,000",
           "cpu_per_1000", "first", at_most=1.5),
    Target(("fetch-1000", "fetch-10000", "fetch-100000", "fetch-1000000"), "CPU against a mailbox of 1,000",
           "cpu_per_1000", "first", at_most=1.5),
    Target(("accounts-10", "accounts-1000", "accounts-100000"), "CPU against 10 accounts", "cpu_per_1000", "first",
           at_most=1.5),
)


def figure(row, server, name):
    return row["servers"].get(server, {}).get("medians", {}).get(name)


def compared_with(target, row, rows, by_name):
    if target.against == "":
        return 1.0
    if target.against == "first":
        return figure(rows[0], "mansio", target.figure)
    if target.against == "limit":
        limit = by_name.get(row["limit"])
        return figure(limit, "machine", target.figure) if limit else None
    if target.against == "best":
        values = [value for server in row["servers"] if server != "mansio"
                  if (value := figure(row, server, target.figure))]
        return (max(values) if target.at_least else min(values)) if values else None
    return figure(row, target.against, target.figure)


def judge(target, value):
    if target.at_least is not None:
        return "reached" if value >= target.at_least else "missed"
    return "reached" if value <= target.at_most else "missed"


def in_words(target, value):
    return f"{value / 1024:.1f}" if target.against == "" else f"{value:.3g} ×"


def table(results):
    """Lines for a Markdown table, head first."""
    lines = [["Row", "Figure", "Asked", "Measured", ""]]
    by_name = {row["name"]: row for row in results}
    for target in TARGETS:
        rows = [row for row in results if row["name"] in target.rows
                or row["group"] in target.rows and row["name"] not in NOT_COMPARED]
        for row in rows:
            own, other = figure(row, "mansio", target.figure), compared_with(target, row, rows, by_name)
            bound = target.at_least if target.at_least is not None else target.at_most
            asked = f"{'≥' if target.at_least is not None else '≤'} {in_words(target, bound)}"
            if own is None or not other:
                lines.append([row["title"], target.words, asked, "–", "not measured"])
            else:
                lines.append([row["title"], target.words, asked, in_words(target, own / other),
                              judge(target, own / other)])
    return lines
