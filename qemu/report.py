# SPDX-License-Identifier: GPL-2.0
"""Tells results: a table for people, JUnit XML and JSON for machines."""

import json
import re
from xml.etree import ElementTree

# What XML 1.0 cannot hold at all.
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")


def problems(rows):
    """Every problem with its detail, indented below where it arose."""
    for row in rows:
        for problem in row.problems:
            print(f"\n{row.guest}: {row.name or 'guest'}: {problem.kind}: "
                  f"{problem.what}")
            for line in problem.detail:
                print(f"    {line}")


def table(rows):
    first = max((len(row.guest) for row in rows), default=0)
    width = max((len(row.name or "(guest)") for row in rows), default=0)
    print(f"\n{'guest':{first}} {'suite':{width}} passed failed skipped "
          f"seconds")
    for row in rows:
        name = row.name or "(guest)"
        print(f"{row.guest:{first}} {name:{width}} {row.passed:6} "
              f"{row.failed:6} {row.skipped:7} {row.seconds:7.1f}")


def totals(rows):
    """(passed, failed) over all rows."""
    return sum(r.passed for r in rows), sum(r.failed for r in rows)


def write_json(rows, path):
    passed, failed = totals(rows)
    path.write_text(json.dumps({
        "passed": passed,
        "failed": failed,
        "rows": [{
            "guest": row.guest,
            "suite": row.name,
            "seconds": round(row.seconds, 3),
            "passed": row.passed,
            "failed": row.failed,
            "skipped": row.skipped,
            "tests": [test._asdict() for test in row.tests],
            "problems": [problem._asdict() for problem in row.problems],
        } for row in rows],
    }, indent=1) + "\n")


def xml_text(lines):
    return NOT_XML.sub("?", "\n".join(lines))


def junit_case(suite, row, name, seconds):
    return ElementTree.SubElement(
        suite, "testcase", classname=f"{row.guest}.{row.name or 'guest'}",
        name=NOT_XML.sub("?", name), time=f"{seconds:.3f}")


def junit_row(root, row):
    """A test case for each test, and one for each problem that has none."""
    suite = ElementTree.SubElement(
        root, "testsuite", name=f"{row.guest}.{row.name or 'guest'}",
        failures=str(row.failed), skipped=str(row.skipped),
        time=f"{row.seconds:.3f}")
    left = list(row.problems)
    for test in row.tests:
        case = junit_case(suite, row, test.name, test.ms / 1000)
        mine = [p for p in left if p.what == test.name]
        left = [p for p in left if p not in mine]
        for problem in mine:
            ElementTree.SubElement(case, "failure", type=problem.kind).text = \
                xml_text(problem.detail)
        if test.result == "skip" and not mine:
            ElementTree.SubElement(case, "skipped").text = \
                xml_text([test.detail])
    for problem in left:
        case = junit_case(suite, row, f"{problem.kind}: {problem.what}", 0)
        ElementTree.SubElement(case, "failure", type=problem.kind).text = \
            xml_text(problem.detail)
    suite.set("tests", str(len(suite)))


def write_junit(rows, path):
    root = ElementTree.Element("testsuites")
    for row in rows:
        junit_row(root, row)
    ElementTree.ElementTree(root).write(path, encoding="utf-8",
                                        xml_declaration=True)
