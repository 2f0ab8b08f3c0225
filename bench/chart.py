"""One SVG chart per group: bars for each work and server, on logarithmic scales. Written by hand: no library."""
import html
import math

from scenarios import GROUPS

COLOURS = {"mansio": "#0b6e4f", "sdbox": "#e08e45", "mdbox": "#c8553d", "maildir": "#8d5a97", "hibernate": "#8d99ae",
           "postfix": "#3d7ea6", "exim": "#b5a642", "machine": "#555"}
BAR, GAP, BLOCK = 13, 3, 16
LEFT, PANEL, BETWEEN, TOP = 330, 380, 90, 100


def rounded(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


class Panel:
    """One measure: bars from the left edge, lengths by the logarithm between two powers of ten."""

    def __init__(self, title, figure, rows, left):
        self.title, self.figure, self.left = title, figure, left
        values = [row["servers"][name]["medians"].get(figure) for row in rows for name in row["servers"]]
        values = [value for value in values if value and value > 0]
        self.low = math.floor(math.log10(min(values)) - 0.05) if values else 0
        self.high = math.ceil(math.log10(max(values))) if values else 1
        self.high = max(self.high, self.low + 1)

    def width(self, value):
        return PANEL * (math.log10(value) - self.low) / (self.high - self.low)

    def axis(self, bottom):
        out = [text(self.left, TOP - 26, self.title, weight="bold")]
        for power in range(self.low, self.high + 1):
            x = self.left + PANEL * (power - self.low) / (self.high - self.low)
            out.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
            out.append(text(x, TOP - 12, rounded(10.0 ** power), anchor="middle", colour="#777"))
        return out

    def bar(self, y, name, server):
        value = server["medians"].get(self.figure)
        if not value or value <= 0:
            return [text(self.left + 4, y + BAR - 3, "no result", colour="#999")]
        width = max(1.0, self.width(value))
        return [f'<rect x="{self.left}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[name]}"/>',
                *self.spread(y, server), text(self.left + width + 6, y + BAR - 3, rounded(value))]

    def spread(self, y, server):
        ends = [end for end in server["medians"].get(f"{self.figure}_spread", []) if end > 0]
        if len(ends) < 2 or ends[0] == ends[1]:
            return []
        low, high = (self.left + max(0.0, self.width(end)) for end in ends)
        middle = y + BAR / 2
        return [f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="#222"/>']


def text(x, y, words, *, anchor="start", weight="normal", colour="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">'
            f'{html.escape(words)}</text>')


def panels(group, rows):
    first, second = LEFT, LEFT + PANEL + BETWEEN
    if group == "e":
        return [Panel("bytes per connection, the server's own", "memory_per_connection", rows, first),
                Panel("bytes per connection, the whole machine", "machine_memory_per_connection", rows, second)]
    if group == "g":
        return [Panel("operations per second", "rate", rows, first),
                Panel("bytes per second", "bytes_per_second", rows, second)]
    return [Panel("operations per second (longer is better)", "rate", rows, first),
            Panel("server CPU-seconds per 1,000 operations (shorter is better)", "cpu_per_1000", rows, second)]


def legend(names, labels):
    out, x = [], LEFT
    for name in names:
        out.append(f'<rect x="{x}" y="{TOP - 62}" width="11" height="11" fill="{COLOURS[name]}"/>')
        out.append(text(x + 16, TOP - 52, labels.get(name, name)))
        x += 34 + 7 * len(labels.get(name, name))
    return out


def group_chart(group, rows, labels):
    """The SVG of one group's rows."""
    names = [name for name in COLOURS if any(name in row["servers"] for row in rows)]
    shown = panels(group, rows)
    body, y = [], TOP
    for row in rows:
        height = len(row["servers"]) * (BAR + GAP)
        body.append(text(LEFT - 10, y + height / 2 + 4, row["title"][:54], anchor="end"))
        for name in (name for name in names if name in row["servers"]):
            for panel in shown:
                body += panel.bar(y, name, row["servers"][name])
            y += BAR + GAP
        y += BLOCK
    axes = [line for panel in shown for line in panel.axis(y - BLOCK)]
    width = LEFT + 2 * PANEL + BETWEEN + 70
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="11">')
    return "\n".join([head, f'<rect width="{width}" height="{y}" fill="#fff"/>',
                      text(14, 26, f"({group}) {GROUPS[group]}; logarithmic scales", weight="bold"),
                      *legend(names, labels), *axes, *body, "</svg>", ""])
