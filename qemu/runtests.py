# SPDX-License-Identifier: GPL-2.0
"""The host's half of ./run test, after everything was built.

usage: runtests.py needs|run [GUEST|SUITE...]
       runtests.py harness [GUEST...]

  needs     print "ARCH FLAVOUR" of each kernel that the words need
  run       run the planned suites, compare, tell; status 1 on any difference
  harness   run the guests with planted defects: each must be found out
"""

import concurrent.futures
import fcntl
import shutil
import sys

import guest as guests
import judge
import report
import vm

RESULTS = guests.BUILD / "results"
# How often a guest is run again when the emulator failed it
RETRIES = 3


def select(words):
    """Pairs of guest and plan that the words of the command line mean."""
    known = guests.guests()
    suites = {name for g in known.values() for name in g.suites}
    for word in words:
        if word not in known and word not in suites:
            raise guests.ConfError(
                f"no such guest or suite: {word}\n"
                f"guests: {', '.join(known)}\n"
                f"suites: {', '.join(sorted(suites))}")
    some_guests = [w for w in words if w in known] or list(known)
    some_suites = [w for w in words if w in suites] or list(suites)
    chosen = []
    for name in some_guests:
        plan = {n: s for n, s in known[name].suites.items()
                if n in some_suites}
        if plan:
            chosen.append((known[name], plan))
    if not chosen:
        raise guests.ConfError("no suite is planned for these guests")
    return chosen


def planned_tests(pair):
    """How many tests there are in a pair of guest and plan."""
    return sum(suite.count for suite in pair[1].values())


def run_all(chosen):
    """Run guests side by side. Returns the rows of each, in the same order."""
    def one(pair):
        guest, plan = pair
        result = vm.run(guest, plan)
        for _ in range(RETRIES):
            if not result.lost_interrupt:
                break
            print(f"==> guest {guest.name}: once more, the emulator lost an "
                  f"interrupt after {result.seconds:.0f} s", flush=True)
            shutil.rmtree(kept := vm.RUNS / f"{guest.name}.lost",
                          ignore_errors=True)
            result.directory.rename(kept)
            result = vm.run(guest, plan)
        rows = judge.judge(guest, result, plan)
        kinds = sorted({p.kind for row in rows for p in row.problems})
        print(f"==> guest {guest.name}: {', '.join(kinds) or 'all as planned'} "
              f"({result.seconds:.0f} s)", flush=True)
        return rows

    # Two runs in the same directories would spoil each other.
    guests.BUILD.mkdir(exist_ok=True)
    lock = open(guests.BUILD / "test.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    with concurrent.futures.ThreadPoolExecutor(guests.jobs()) as pool:
        # The largest plan first, so that it is not left to run alone.
        futures = {pair[0].name: pool.submit(one, pair) for pair in
                   sorted(chosen, key=planned_tests, reverse=True)}
        return [futures[guest.name].result() for guest, _ in chosen]


def run(words):
    chosen = select(words)
    print(f"==> guests: {', '.join(g.name for g, _ in chosen)}", flush=True)
    rows = [row for rows in run_all(chosen) for row in rows]
    RESULTS.mkdir(parents=True, exist_ok=True)
    report.write_json(rows, RESULTS / "results.json")
    report.write_junit(rows, RESULTS / "junit.xml")
    report.problems(rows)
    report.table(rows)
    print("\nbuild/results has results.json and junit.xml, build/guests the "
          "consoles.")
    passed, failed = report.totals(rows)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def expected(guest, rows):
    """None if just the planted defect was reported, else what is wrong."""
    found = [(p.kind, " ".join([p.what, *p.detail]))
             for row in rows for p in row.problems]
    for kind, text in guest.expects:
        if not any(k == kind and text in t for k, t in found):
            return f"not found out: {kind} {text}".rstrip()
    for kind, text in found:
        if kind not in [k for k, _ in guest.expects]:
            return f"found besides: {kind}: {text}"
    return None


def harness(words):
    planted = guests.load(guests.QEMU / "harness")
    strange = sorted(set(words) - set(planted))
    if strange:
        raise guests.ConfError(f"no such guest: {', '.join(strange)} "
                               f"({', '.join(planted)})")
    planted = {n: g for n, g in planted.items() if not words or n in words}
    print(f"==> {len(planted)} guests with planted defects", flush=True)
    results = run_all([(g, g.suites) for g in planted.values()])
    bad = 0
    print(f"\n{'guest':13} {'planted':40} reported")
    for guest, rows in zip(planted.values(), results):
        wrong = expected(guest, rows)
        kinds = sorted({p.kind for row in rows for p in row.problems})
        print(f"{guest.name:13} {guest.one['about']:40} "
              f"{', '.join(kinds) or 'nothing'}")
        if wrong:
            bad += 1
            print(f"    {wrong}")
            report.problems(rows)
    print(f"\n{len(planted) - bad} passed, {bad} failed")
    return 1 if bad or not planted else 0


def needs(words):
    for arch, flavour in dict.fromkeys(
            (g.arch, g.one["flavour"]) for g, _ in select(words)):
        print(arch, flavour)
    return 0


def main(argv):
    if argv[:1] == ["needs"]:
        return needs(argv[1:])
    if argv[:1] == ["run"]:
        return run(argv[1:])
    if argv[:1] == ["harness"]:
        return harness(argv[1:])
    print(__doc__)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except guests.ConfError as error:
        sys.exit(f"test: {error}")
