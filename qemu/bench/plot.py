# SPDX-License-Identifier: GPL-2.0
"""Draws costs over sizes: one panel for each kind of memory, an SVG file.

By hand, so that there is nothing to install: a plot is some lines and words.
"""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 330, 230            # of a panel
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 34, 40
COLUMNS = 3
HEAD = 46                           # above the panels
COLOURS = {"type1": "#b3541e", "iommufd": "#1f5fa8"}
DASHES = {"map": "", "unmap": "5 3"}


def text(x, y, words, size=11, anchor="middle", colour="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{anchor}">{escape(str(words))}</text>')


def line(x1, y1, x2, y2, colour, width=1.0, dash=""):
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"{dashes}/>')


def size_text(size):
    return f"{size >> 30}G" if size >> 30 else f"{size >> 20}M"


def short(value):
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


class Panel:
    """The lines of one row of the table; both axes are logarithmic."""

    def __init__(self, name, rows, x, y):
        self.name, self.rows, self.x, self.y = name, rows, x, y
        self.sizes = sorted({row["bytes"] for row in rows})
        values = [row[way] for row in rows for way in COLOURS if row[way]]
        values += [row["goal"] for row in rows if row["goal"]]
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def at_x(self, size):
        room = WIDTH - LEFT - RIGHT
        first, last = (math.log2(self.sizes[i]) for i in (0, -1))
        share = (math.log2(size) - first) / (last - first) if last > first \
            else 0.5
        return self.x + LEFT + share * room

    def at_y(self, value):
        room = HEIGHT - TOP - BOTTOM
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.y + HEIGHT - BOTTOM - share * room

    def axes(self):
        right, bottom = self.x + WIDTH - RIGHT, self.y + HEIGHT - BOTTOM
        yield text(self.x + LEFT, self.y + TOP - 10,
                   f"{self.name}, per {self.rows[0]['unit']}", 13, "start")
        for power in range(self.low, self.high + 1):
            y = self.at_y(10 ** power)
            yield line(self.x + LEFT, y, right, y, "#ddd")
            yield text(self.x + LEFT - 6, y + 4, short(10 ** power), 10, "end")
        for size in self.sizes:
            yield text(self.at_x(size), bottom + 16, size_text(size), 10)
        yield line(self.x + LEFT, bottom, right, bottom, "#888")

    def curve(self, way, operation):
        points = [(self.at_x(row["bytes"]), self.at_y(row[way]))
                  for row in self.rows
                  if row["operation"] == operation and row[way]]
        for (x1, y1), (x2, y2) in zip(points, points[1:]):
            yield line(x1, y1, x2, y2, COLOURS[way], 1.8, DASHES[operation])
        for x, y in points:
            hollow = "#fff" if operation == "unmap" else COLOURS[way]
            yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{hollow}" '
                   f'stroke="{COLOURS[way]}"/>')

    def goals(self):
        for row in self.rows:
            if row["goal"]:
                x, y = self.at_x(row["bytes"]), self.at_y(row["goal"])
                yield line(x - 9, y, x + 9, y, "#2a8f3c", 2.5)

    def draw(self):
        yield from self.axes()
        yield from self.goals()
        for way in COLOURS:
            for operation in DASHES:
                yield from self.curve(way, operation)


def legend():
    x = LEFT
    for way, colour in COLOURS.items():
        for operation, dash in DASHES.items():
            yield line(x, 26, x + 30, 26, colour, 1.8, dash)
            yield text(x + 36, 30, f"{way} {operation}", 12, "start")
            x += 150
    yield line(x, 26, x + 18, 26, "#2a8f3c", 2.5)
    yield text(x + 26, 30, "goal", 12, "start")
    yield text(x + 90, 30, "instructions, by bytes of the call", 12, "start")


def draw(lines, path):
    """lines are those of mapping.judge()."""
    rows = {}
    for row in lines:
        if row["operation"] in DASHES and (row["type1"] or row["iommufd"]):
            rows.setdefault(row["row"], []).append(row)
    if not rows:
        return False
    body = list(legend())
    for i, (name, of) in enumerate(rows.items()):
        body += Panel(name, of, i % COLUMNS * WIDTH,
                      HEAD + i // COLUMNS * HEIGHT).draw()
    width = COLUMNS * WIDTH
    height = HEAD + -(-len(rows) // COLUMNS) * HEIGHT
    path.write_text("\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *body, "</svg>"]) + "\n")
    return True
