# SPDX-License-Identifier: GPL-2.0
"""Judges what it costs to read which pages are dirty."""

import collections

from boot import Failure

# Most instructions a leaf, when none is dirty and when all are.
GOALS = {"4K": (10, 60), "2M": (40, 100)}

Line = collections.namedtuple("Line", "what leaf leaves dirty total cost goal "
                                      "met")


def lines(records):
    out = []
    for what, dirty, leaf, leaves, totals in records:
        dirty, leaves = int(dirty), int(leaves)
        totals = [int(total) for total in totals.split()]
        if not all(totals):
            raise Failure(f"{what}, {dirty} of {leaves} leaves: no result")
        cost = min(totals) / leaves
        goal = None
        if what == "read" and dirty in (0, leaves):
            goal = GOALS[leaf][dirty == leaves]
        out.append(Line(what, leaf, leaves, dirty, min(totals), cost, goal,
                        goal is None or cost <= goal))
    return out


def judge(records):
    """Prints the table. Returns it, and how many goals were missed."""
    rows = lines([r[1:] for r in records if r[0] == "sample"])
    print(f"\n{'':8}{'leaf':>6}{'leaves':>10}{'dirty':>10}{'instructions':>14}"
          f"{'a leaf':>9}  goal")
    for row in rows:
        verdict = "" if row.met else "  MISSED"
        goal = f"<= {row.goal}" if row.goal else ""
        print(f"{row.what:8}{row.leaf:>6}{row.leaves:10}{row.dirty:10}"
              f"{row.total:14}{row.cost:9.1f}  {goal}{verdict}")
    print("\nOf VT-d tables in memory, dirty at random; read: into the bitmap of "
          "a program,\nwhich is pinned and released again; clear: what a start of "
          "the tracking does.")
    return [row._asdict() for row in rows], sum(not row.met for row in rows)
