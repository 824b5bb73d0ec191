#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Boots the guests of the benchmarks and judges what they measured.

usage: bench.py [--against IMAGE] [dirty | ioasid | map [ROW...]]
       bench.py --profile ROW [--way type1|iommufd] [--bytes N]

Prints tables, writes build/results/bench.json and bench.svg; status 1 when a
goal is missed.
ROW is the name of one, or a pattern. IMAGE is another kernel, for the mapping
alone. --profile tells which functions of the kernel the instructions are in.
"""

import argparse
import json
import pathlib
import sys

from boot import Failure, RESULTS, boot, guests
import dirty
import ioasid
import mapping
import plot
from hot import profile


def words(rows):
    """What the guest's program is asked for; no spaces on a command line."""
    return [f"map/{row.replace(' ', '?')}" for row in rows] or ["map"]


def run_map(rows, image):
    records = boot("map.conf", words(rows))
    against = boot("map.conf", words(rows), image) if image else None
    return mapping.judge(records, against)


def main(argv):
    parser = argparse.ArgumentParser(
        description=__doc__, usage=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--profile", metavar="ROW")
    parser.add_argument("--way", choices=["type1", "iommufd"],
                        default="iommufd")
    parser.add_argument("--bytes", type=int, default=0)
    parser.add_argument("what", nargs="?", choices=["dirty", "ioasid", "map"])
    parser.add_argument("rows", nargs="*")
    args = parser.parse_args(argv)
    if args.against and not args.against.is_file():
        raise Failure(f"no kernel: {args.against}")
    if args.profile:
        profile(args.profile, args.way, args.bytes)
        return 0
    results, missed = {}, 0
    if args.what in (None, "ioasid"):
        results["ioasid"], count = ioasid.judge(boot("bench.conf", ["ioasid"]))
        missed += count
    if args.what in (None, "dirty"):
        results["dirty"], count = dirty.judge(boot("bench.conf", ["dirty"]))
        missed += count
    if args.what in (None, "map"):
        results["map"], count = run_map(args.rows, args.against)
        missed += count
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "bench.json").write_text(json.dumps(results, indent=1) + "\n")
    if "map" in results and plot.draw(results["map"]["lines"],
                                      RESULTS / "bench.svg"):
        print("build/results/bench.svg has the costs by size.")
    print(f"All samples are in build/results/bench.json.\n{missed} goals missed")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Failure, guests.ConfError) as error:
        sys.exit(f"bench: {error}")
