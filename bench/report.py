"""Markdown, JSON and charts from the results of a run."""
import json
import os

import targets
from chart import group_chart
from scenarios import GROUPS

BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"


def number(value, digits=3):
    """Three figures that count, thousands marked; "–" for nothing."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}" if abs(value) < 100 else f"{value:.0f}"


def with_spread(medians, figure):
    ends = medians.get(f"{figure}_spread")
    if not ends or ends[0] == ends[1]:
        return number(medians.get(figure))
    return f"{number(medians[figure])} ({number(ends[0])}–{number(ends[1])})"


def ratio(above, below):
    return f"{above / below:.2g} ×" if above and below and above / below < 10 else (
        f"{above / below:.0f} ×" if above and below else "–")


def latency(medians):
    points = medians.get("latency_ms", {})
    return f"{number(points['p50'])} / {number(points['p99'])}" if "p50" in points and "p99" in points else "–"


def kilobytes(value):
    return number(None if value is None else value / 1024)


def megabytes(value):
    return number(None if value is None else value / 1024 / 1024)


class Report:
    def __init__(self, facts, results, labels):
        self.facts = facts
        self.results = results
        self.labels = labels
        self.limits = {row["name"]: row["servers"]["machine"]["medians"] for row in results
                       if row["group"] == "g" and "machine" in row["servers"]}

    def groups(self):
        return [group for group in sorted(GROUPS) if any(row["group"] == group for row in self.results)]

    def rows(self, group):
        return [row for row in self.results if row["group"] == group]

    # Tables

    def share(self, row, medians):
        """How much of the machine's own limit this is."""
        limit = self.limits.get(row["limit"] or "")
        figure = "bytes_per_second" if row["limit"] in ("loopback", "tls") else "rate"
        if not limit or not limit.get(figure) or not medians.get(figure):
            return "–"
        return f"{100 * medians[figure] / limit[figure]:.0f} %"

    def table(self, group):
        if group == "e":
            return self.memory_table()
        if group == "g":
            return self.limit_table()
        head = ["Work", "Server", "Operations/s", "Mansio's rate is", "CPU-s per 1,000", "Mansio's CPU is",
                "p50 / p99 ms", "KB written", "Flushes", "Peak MB", "Client CPU-s per 1,000", "Of the limit"]
        return [head] + [line for row in self.rows(group) for line in self.lines(row)]

    def lines(self, row):
        mansio = row["servers"].get("mansio", {}).get("medians", {})
        for name, server in row["servers"].items():
            medians = server["medians"]
            if not server["repeats"]:
                yield [row["title"], self.labels[name], f"thrown away: {shorten(server['discarded'])}"] + ["–"] * 9
                continue
            rate = with_spread(medians, "rate")
            if (medians.get("accepted_rate") or 0) > 1.02 * medians["rate"]:
                rate += f"; accepted {number(medians['accepted_rate'])}"
            peer = name != "mansio"
            yield [row["title"], self.labels[name], rate,
                   ratio(mansio.get("rate"), medians.get("rate")) if peer else "",
                   with_spread(medians, "cpu_per_1000"),
                   share_of(mansio.get("cpu_per_1000"), medians.get("cpu_per_1000")) if peer else "",
                   latency(medians), kilobytes(medians.get("written_per_operation")),
                   number(medians.get("flushes_per_operation")), megabytes(medians.get("peak_memory")),
                   number(medians.get("client_cpu_per_1000")), self.share(row, medians)]

    def memory_table(self):
        lines = [["Work", "Server", "KB per connection (PSS)", "Mansio's is", "KB of the whole machine",
                  "MB before", "Logins/s", "CPU-s per 1,000 logins"]]
        for row in self.rows("e"):
            mansio = row["servers"].get("mansio", {}).get("medians", {})
            for name, server in row["servers"].items():
                medians = server["medians"]
                if not server["repeats"]:
                    lines.append([row["title"], self.labels[name], f"thrown away: {shorten(server['discarded'])}"]
                                 + ["–"] * 5)
                    continue
                own = medians["memory_per_connection"]
                lines.append([row["title"], self.labels[name], kilobytes(own),
                              share_of(mansio.get("memory_per_connection"), own) if name != "mansio" else "",
                              kilobytes(medians["machine_memory_per_connection"]), megabytes(medians["idle_memory"]),
                              with_spread(medians, "rate"), number(medians["cpu_per_1000"])])
        return lines

    def limit_table(self):
        lines = [["Limit", "Operations/s", "MB/s", "p50 / p99 ms"]]
        for row in self.rows("g"):
            server = row["servers"].get("machine")
            if server and server["repeats"]:
                medians = server["medians"]
                lines.append([row["title"], with_spread(medians, "rate"), megabytes(medians["bytes_per_second"]),
                              latency(medians)])
            else:
                lines.append([row["title"], f"no result: {shorten(server['discarded'] if server else [])}", "–", "–"])
        return lines

    # Text

    def growth(self):
        """How the cost at each size compares with the smallest, in words."""
        sentences = []
        for kind, what in (("deliver-", "a delivery"), ("fetch-", "a FETCH"), ("accounts-", "a delivery, by accounts")):
            rows = [row for row in self.rows("f") if row["name"].startswith(kind)]
            costs = [(row["name"].removeprefix(kind), row["servers"].get("mansio", {}).get("medians", {})
                      .get("cpu_per_1000")) for row in rows]
            costs = [(size, cost) for size, cost in costs if cost]
            if len(costs) > 1:
                steps = ", ".join(f"{int(size):,}: {cost / costs[0][1]:.2f}" for size, cost in costs)
                sentences.append(f"- Mansio's CPU for {what}, as a multiple of the smallest: {steps}")
        return sentences

    def head(self):
        facts, disk = self.facts, self.facts["filesystem"]
        versions = ", ".join(f"{name} {version}" for name, version in sorted(facts["versions"].items()))
        corpus = facts["corpus"]
        return [
            f"{', '.join([facts['date'], *facts.get('also', [])])}, commit {facts['commit']}, {facts['processor']}, {facts['cores']} cores, "
            f"{facts['memory'] / 2**30:.0f} GiB, {facts['system']}, kernel {facts['kernel']}.",
            f"Disk: {disk.get('source')} {disk.get('type')} ({disk.get('options')}), counted on {facts['device']}.",
            f"Versions: {versions}.",
            f"Corpus: {corpus['messages']:,} messages, median {corpus['median']:,} bytes, mean {corpus['mean']:,}, "
            f"p99 {corpus['p99']:,}, largest {corpus['max']:,}.",
            f"{facts['repeats']} repeats, alternating; medians, the spread in brackets. Load before the run: "
            f"{facts['load_before']}. CPU counted by {facts['accounting']}. "
            + ("A quick run, for orientation only: small counts, and mailboxes hold less than their rows say." if facts["quick"] else ""),
            "Client and servers share the machine. Sessions that do more than one thing are opened before the clock "
            "starts. CPU is that of all processes of the server, from the first byte "
            "until it rests. KB written is what its processes wrote; flushes are those of the whole device, per "
            "operation.",
            "Durability: " + "; ".join(f"{self.labels[name]}: {words}"
                                       for name, words in facts["durability"].items()) + ".",
        ] + [f"Left out: {self.labels.get(name, name)}: {why.splitlines()[0]}"
             for name, why in facts["left_out"].items()]

    def markdown(self, title, level=1, charts=""):
        out = [f"{'#' * level} {title}", ""] + [f"- {line}" for line in self.head()] + [""]
        if not self.facts["quick"]:
            out += [f"{'#' * (level + 1)} Targets", ""] + markdown_table(targets.table(self.results)) + [""]
        for group in self.groups():
            out += [f"{'#' * (level + 1)} ({group}) {GROUPS[group]}", ""] + markdown_table(self.table(group)) + [""]
            if group == "f" and (sentences := self.growth()):
                out += sentences + [""]
            if charts:
                out += [f"![chart of group {group}]({charts}-{group}.svg)", ""]
        return "\n".join(out)

    def write(self, folder, name):
        """NAME.md, NAME.json and NAME-GROUP.svg; returns the paths."""
        os.makedirs(folder, exist_ok=True)
        base = os.path.join(folder, name)
        files = {f"{base}.md": self.markdown(f"Bench of {name}", charts=name),
                 f"{base}.json": json.dumps({"facts": self.facts, "results": self.results}, indent=1) + "\n"}
        for group in self.groups():
            files[f"{base}-{group}.svg"] = group_chart(group, self.rows(group), self.labels)
        for path, content in files.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return sorted(files)


def share_of(part, whole):
    """As "1/12", or "1.3 ×" when it is more."""
    if not part or not whole or part < 0 or whole < 0:
        return "–"
    return f"{part / whole:.2g} ×" if part > 0.95 * whole else f"1/{whole / part:.1f}" if whole < 9.5 * part else (
        f"1/{whole / part:.0f}")


def shorten(reasons):
    words = (reasons[0] if reasons else "nothing measured").splitlines()
    return (words[0] if words else "")[:120].replace("|", "/")


def markdown_table(lines):
    head, *rest = lines
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)] + [
        "| " + " | ".join(line) + " |" for line in rest]


def document(path, text):
    """Puts the text between the markers of the file; all else stays."""
    with open(path, encoding="utf-8") as file:
        old = file.read()
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no markers {BEGIN} and {END}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")
