# SPDX-License-Identifier: GPL-2.0
"""Compares what a guest reported with its plan.

Every difference is a Problem with a kind, so that the harness can be tested
for the right reason and not only for being red:

  dead      the guest ended without a verdict
  hung      the guest had to be killed
  absent    a planned suite is not in the guest, or did not run
  extra     a suite ran that is not planned
  count     a suite announced or reported another number of tests
  twice     a suite reported one name twice
  timeout   a suite did not end in its time
  exit      a suite ended badly though none of its tests failed
  fail      a test failed
  skip      a test skipped itself that is not planned to
  noskip    a test that is planned to be skipped did not skip
  verdict   the guest calls itself bad and nothing above tells why
and the kinds of init/scan.c: warn, bug, kasan, ubsan, lockdep, rcu, sleep,
stall, leak, taint, lost, unkillable.
"""

import collections

Problem = collections.namedtuple("Problem", "kind what detail")
Test = collections.namedtuple("Test", "name result ms detail")


class Row:
    """One suite in one guest, or the guest itself (name None)."""

    def __init__(self, guest, name):
        self.guest = guest
        self.name = name
        self.tests = []
        self.problems = []
        self.seconds = 0.0

    def add(self, kind, what, detail=()):
        if isinstance(detail, str):
            detail = [detail] if detail else []
        self.problems.append(Problem(kind, what, list(detail)))

    def number(self, result):
        return sum(t.result == result for t in self.tests)

    @property
    def passed(self):
        return self.number("pass")

    @property
    def failed(self):
        """Failed tests, and every other difference from the plan."""
        return len(self.problems)

    @property
    def skipped(self):
        return self.number("skip")


def logs(run, suite, name):
    """The output that was forwarded for a failed test."""
    lines = []
    for record in run.records:
        if record[0] == "log" and record[1] == suite:
            lines.append(record[2])
        elif record[0] == "test" and record[1] == suite:
            if record[2] == name:
                return lines
            lines = []
    return lines


def judge_tests(row, run, skips):
    """Failed and skipped tests of one suite."""
    for suite, *fields in run.of("test"):
        if suite != row.name:
            continue
        name, result, ms, detail = fields
        row.tests.append(Test(name, result, int(ms), detail))
        if result == "fail":
            row.add("fail", name, [*logs(run, suite, name),
                                   *([detail] if detail else [])])
        elif result == "skip" and (row.name, name) not in skips:
            row.add("skip", name, detail)
        elif result == "pass" and (row.name, name) in skips:
            row.add("noskip", name, "planned to be skipped, but passed")
    names = collections.Counter(t.name for t in row.tests)
    for name, times in names.items():
        if times > 1:
            row.add("twice", name, f"reported {times} times")
    for suite, name in sorted(skips):
        if suite == row.name and name not in names:
            row.add("noskip", name, "planned to be skipped, but not there")


def judge_suite(guest, name, suite, run, dead):
    """One planned suite."""
    row = Row(guest.name, name)
    judge_tests(row, run, guest.skips)
    done = [r for r in run.of("done") if r[0] == name]
    if not done:
        # Said once, by the guest's own row.
        if not dead:
            row.add("absent", name, "did not run")
        return row
    _, end, announced, ms = done[0]
    row.seconds = int(ms) / 1000
    if end == "absent":
        row.add("absent", name, "no such suite in the kernel" if suite.kunit
                else "no such program in the guest")
        return row
    if end == "timeout":
        row.add("timeout", name, f"more than {suite.seconds} s")
    elif end != "exit 0" and not row.number("fail"):
        row.add("exit", name, end)
    if not int(announced) == len(row.tests) == suite.count:
        row.add("count", name, f"planned {suite.count}, announced {announced},"
                               f" reported {len(row.tests)}")
    return row


def running(guest, run):
    """What ran when the guest died, for people."""
    where = ("while the kernel booted and ran KUnit" if guest.kunit()
             else "before the first suite")
    for record in run.records:
        if record[0] == "run":
            where = f"in {record[1]}"
        elif record[0] == "start":
            where = f"in {record[1]}: {record[2]}"
        elif record[0] == "done":
            where = f"after {record[1]}"
    return where


def judge_guest(guest, run, plan):
    """The guest as a whole: did it live, and what did the scan find."""
    row = Row(guest.name, None)
    row.seconds = run.seconds
    dead = not run.of("end")
    if run.timed_out:
        row.add("hung", running(guest, run), run.last_words())
    elif dead:
        row.add("dead", running(guest, run),
                [*run.last_words(), f"QEMU's exit status: {run.status}"])
    found = collections.OrderedDict()
    for kind, detail in run.of("scan"):
        found.setdefault(kind, []).append(detail)
    for kind, lines in found.items():
        row.add(kind, lines[0].strip(), lines)
    # The kernel runs all that it has, however small a part was asked for.
    for suite in sorted({r[0] for r in run.of("run")} - set(plan) |
                        {r[0] for r in run.of("kunit")} - set(guest.kunit())):
        row.add("extra", suite, "not planned")
    return row, dead


def judge(guest, run, plan):
    """Rows of the table: every suite of the plan, then the guest itself."""
    last, dead = judge_guest(guest, run, plan)
    rows = [judge_suite(guest, name, suite, run, dead)
            for name, suite in plan.items()]
    rows.append(last)
    said = run.of("end")
    if said and said[0] != ["pass"] and not any(r.problems for r in rows):
        last.add("verdict", "the guest found itself bad", run.last_words())
    return rows
