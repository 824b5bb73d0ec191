# SPDX-License-Identifier: GPL-2.0
"""Judges what it costs to map memory for DMA, beside VFIO's type 1."""

import collections

from boot import Failure

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# What one unit of a row is.
UNITS = {"4K": "page", "4K scattered": "page", "4K a call": "call",
         "THP": "2 MiB", "2M": "2 MiB", "1G": "1 GiB",
         "file 4K": "page", "file 2M": "2 MiB",
         "attach 4K": "page", "attach 2M": "2 MiB",
         "copy 4K": "page", "copy 2M": "2 MiB",
         "threads": "page", "threads, 4K a call": "call"}
# Most instructions a unit, at one size: (row, bytes) -> map, unmap.
GOALS = {("4K", 256 * MIB): (200, 120),
         ("4K scattered", 256 * MIB): (450, 180),
         ("4K a call", 128 * MIB): (3000, 2500),
         ("THP", 256 * MIB): (3000, 2500),
         ("2M", 256 * MIB): (3000, 2500),
         ("1G", GIB): (60000, 60000)}
# Most of four threads, as a multiple of one.
THREADS = 1.15
FOUR, ONE = "4 threads", "1 thread"

Key = collections.namedtuple("Key", "row operation size")


class Costs:
    """What one kernel needs: who -> Key -> instructions a unit, by round."""

    def __init__(self, records):
        self.of = {}
        self.absent = {r[1]: r[2] for r in records if r[0] == "absent"}
        for record in records:
            if record[0] == "failed":
                raise Failure(": ".join(record[1:]))
            if record[0] == "map":
                _, row, operation, size, who, units, totals = record
                key = Key(row, operation, int(size))
                self.of.setdefault(who, {})[key] = [
                    int(total) / int(units) for total in totals.split()]

    def least(self, who, key):
        costs = self.of.get(who, {}).get(key)
        return min(costs) if costs else None

    def spread(self, who, key):
        """How far the worst round is from the best, as a share of that."""
        costs = self.of.get(who, {}).get(key)
        return max(costs) / min(costs) - 1 if costs else None

    def keys(self):
        """All that was measured, in the order of rows and of sizes."""
        keys = list(dict.fromkeys(k for who in self.of.values() for k in who))
        rows = list(UNITS)
        return sorted(keys, key=lambda k: (rows.index(k.row), k.size))


def goal(key):
    which = {"map": 0, "unmap": 1}.get(key.operation)
    goals = GOALS.get((key.row, key.size))
    return goals[which] if goals and which is not None else None


def unit_of(key):
    """To attach one more device takes the same whatever is mapped."""
    return "call" if key.operation.endswith("second") else UNITS[key.row]


def lines(costs, others):
    """Dicts, one for each line of the table."""
    out = []
    for key in dict.fromkeys([*costs.keys(), *(others.keys() if others
                                                else [])]):
        ours, most = costs.least("iommufd", key), goal(key)
        out.append({
            "row": key.row, "operation": key.operation, "bytes": key.size,
            "unit": unit_of(key),
            "type1": costs.least("type1", key), "iommufd": ours,
            "against type1": others and others.least("type1", key),
            "against iommufd": others and others.least("iommufd", key),
            "spread": costs.spread("iommufd", key), "goal": most,
            "met": most is None or ours is not None and ours <= most})
    out += [line for what in ("map", "unmap")
            for line in threads(costs, others, what)]
    return sorted(out, key=lambda line: list(UNITS).index(line["row"]))


def threads(costs, others, what):
    """Four threads as a multiple of one."""
    for key in costs.keys():
        if key.operation != f"{what}, {FOUR}":
            continue
        one = key._replace(operation=f"{what}, {ONE}")

        def ratio(of, who, key=key, one=one):
            four, single = ((of.least(who, k) for k in (key, one)) if of
                            else (None, None))
            return four / single if four and single else None

        ours = ratio(costs, "iommufd")
        yield {"row": key.row, "operation": f"{what}, 4 to 1",
               "bytes": key.size, "unit": "ratio",
               "type1": ratio(costs, "type1"), "iommufd": ours,
               "against type1": ratio(others, "type1"),
               "against iommufd": ratio(others, "iommufd"),
               "spread": None, "goal": THREADS,
               "met": ours is not None and ours <= THREADS}


def size_text(size):
    for unit, name in ((GIB, "GiB"), (MIB, "MiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size // KIB} KiB"


def number(value, unit):
    if value is None:
        return "-"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}"


def table(rows, against):
    columns = ["type1", "iommufd"]
    if against:
        columns += ["against type1", "against iommufd"]
    wide = {c: max(10, len(c) + 2) for c in columns}
    print(f"\n{'':19}{'':18}{'of':>8}  {'per':6}"
          + "".join(f"{c:>{wide[c]}}" for c in columns)
          + f"{'spread':>8}{'goal':>7}")
    last = None
    for row in rows:
        name = row["row"] if row["row"] != last else ""
        last = row["row"]
        cells = "".join(f"{number(row[c], row['unit']):>{wide[c]}}"
                        for c in columns)
        spread = (f"{row['spread']:.1%}" if row["spread"] is not None else "-")
        most = row["goal"] if row["goal"] is not None else ""
        print(f"{name:19}{row['operation']:18}{size_text(row['bytes']):>8}  "
              f"{row['unit']:6}{cells}{spread:>8}{most:>7}"
              f"{'' if row['met'] else '  MISSED'}")


def judge(records, against=None):
    """Prints the table. Returns it, and how many goals were missed.

    records and against are what two kernels measured.
    """
    costs, others = Costs(records), against and Costs(against)
    rows = lines(costs, others)
    if not rows:
        raise Failure("nothing was measured")
    table(rows, others)
    for who, why in costs.absent.items():
        print(f"{who}: {why}")
    missed = sum(not row["met"] for row in rows)
    print("\nInstructions a unit: the least of three rounds, and how much the "
          "most is above it.")

    def samples(of):
        return [{"who": who, **key._asdict(), "costs": v}
                for who, by_key in of.of.items() for key, v in by_key.items()]

    runs = {r[1]: {"pages": int(r[2]), "runs": int(r[3])}
            for r in records if r[0] == "runs"}
    return {"lines": rows, "samples": samples(costs), "memory": runs,
            "against": samples(others) if others else None}, missed
