# SPDX-License-Identifier: GPL-2.0
"""Judges what calls of the PASID space cost, beside those of Linux 6.1."""

import collections
import statistics

from boot import Failure

# What is compared, by benchmark.
THEIRS, OURS = "6.1", "ours"
# Ours under other conditions, for information: numbers from where the cycle is
# after long use, and without a charge to a cgroup.
VARIANTS = ("late", "not charged")
# Most of ours: as a share of theirs, and at the most live ids as a share of
# that at 1000.
RATIO = {"find": 1.0, "find in set": 1.0, "find, getter": 1.0,
         "alloc+free": 1.3}
GROWTH = 2.0
BYTES = 128


Line = collections.namedtuple("Line", "what live theirs ours ratio spread "
                                      "unit goal met")


class Samples:
    """Cost per call: (operation, live ids, who) -> list, without the loop."""

    def __init__(self, records):
        self.costs = {}
        for operation, live, who, calls, totals in records:
            if operation == "failed":
                raise Failure(f"{who}, {live} live ids: error {calls}")
            self.costs[operation, int(live), who] = [
                int(total) / int(calls) for total in totals.split()]
        for key, costs in self.costs.items():
            loop = ("nothing", key[1], key[2])
            if loop in self.costs and key[0] in ("find", "find in set",
                                                 "find, getter", "get+put"):
                less = statistics.median(self.costs[loop])
                self.costs[key] = [cost - less for cost in costs]

    def median(self, operation, live, who):
        costs = self.costs.get((operation, live, who))
        return statistics.median(costs) if costs else None

    def spread(self, operation, live, who):
        """Half of the way between the extremes, as a share of the median."""
        costs = self.costs[operation, live, who]
        return (max(costs) - min(costs)) / 2 / statistics.median(costs)

    def operations(self):
        return list(dict.fromkeys(k[0] for k in self.costs
                                  if k[0] not in ("nothing", "memory")))

    def lives(self):
        return sorted({k[1] for k in self.costs})


def compare(samples, operation, live, who=OURS):
    theirs = samples.median(operation, live, THEIRS)
    ours = samples.median(operation, live, who)
    ratio = ours / theirs if theirs else None
    goal = RATIO.get(operation) if who == OURS else None
    return Line(operation if who == OURS else f"  {who}", live, theirs, ours,
                ratio, samples.spread(operation, live, who), "instructions",
                f"ratio <= {goal}" if goal else "",
                ratio <= goal if goal else True)


def growth(samples, operation):
    low, high = samples.lives()[1:3]
    cost = {who: samples.median(operation, high, who)
            / samples.median(operation, low, who)
            for who in (THEIRS, OURS)
            if samples.median(operation, high, who)}
    return Line(f"growth, {operation}", high, cost.get(THEIRS), cost[OURS],
                None, None, f"times that at {low}", f"< {GROWTH:g}",
                cost[OURS] < GROWTH)


def lines(samples):
    out = []
    for operation in samples.operations():
        for live in samples.lives():
            for who in (OURS, *VARIANTS):
                if samples.median(operation, live, who):
                    out.append(compare(samples, operation, live, who))
    out += [growth(samples, operation) for operation in samples.operations()]
    live = samples.lives()[-1]
    theirs, ours = (samples.median("memory", live, who)
                    for who in (THEIRS, OURS))
    out.append(Line("memory of an id", live, theirs, ours, ours / theirs, None,
                    "bytes", f"<= {BYTES}", ours <= BYTES))
    return out


def text(value, form):
    return format(value, form) if value is not None else "-"


def table(rows):
    print(f"\n{'':22}{'live ids':>9}{'6.1':>9}{'ours':>9}{'ratio':>7}"
          f"{'spread':>8}  goal")
    for row in rows:
        form = ".2f" if row.what.startswith("growth") else ".1f"
        verdict = "" if row.met else "  MISSED"
        print(f"{row.what:22}{row.live:9}{text(row.theirs, form):>9}"
              f"{text(row.ours, form):>9}{text(row.ratio, '.2f'):>7}"
              f"{text(row.spread, '.1%'):>8}  {row.goal}{verdict}")


def judge(records):
    """Prints the table. Returns it, and how many goals were missed."""
    samples = Samples([r[1:] for r in records if r[0] == "sample"])
    rows = lines(samples)
    table(rows)
    missed = sum(not row.met for row in rows)
    print("\nInstructions a call, the loop around it not counted: medians, and "
          "half of the\nway between the extremes. late: with numbers from where "
          "the cycle is after long\nuse.")
    return {
        "lines": [row._asdict() for row in rows],
        "samples": [{"operation": k[0], "live": k[1], "who": k[2], "costs": v}
                    for k, v in samples.costs.items()],
    }, missed
