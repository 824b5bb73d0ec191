# SPDX-License-Identifier: GPL-2.0
"""The host's half of ./run test clients, after everything was built.

usage: clients.py [GUEST...]
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import guest as guests      # noqa: E402
import report               # noqa: E402
import runtests             # noqa: E402
import vm                   # noqa: E402

TRANSCRIPTS = runtests.RESULTS / "clients"
TOLD = re.compile(r"(# ?(?P<program>.*)|(?P<tap>(not )?ok \d.*))$")


def select(words):
    """The guests that are named, or all."""
    known = guests.load(HERE)
    strange = sorted(set(words) - set(known))
    if strange:
        raise guests.ConfError(f"no such guest: {', '.join(strange)} "
                               f"({', '.join(known)})")
    return [g for n, g in known.items() if not words or n in words]


def write_transcript(guest):
    """What the program was told and wrote, and what became of it."""
    lines = [f"{guest.one['about']}, kernel {guest.arch}-"
             f"{guest.one['flavour']}", ""]
    results = []
    for line in vm.read(vm.RUNS / guest.name / "console.log").splitlines():
        told = TOLD.match(line)
        if told and told["tap"]:
            results.append(told["tap"])
        elif told:
            lines.append(told["program"])
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    (TRANSCRIPTS / f"{guest.name}.txt").write_text(
        "\n".join([*lines, "", *results]) + "\n")


def crossed(guest, rows):
    """What its tests saw, a line each."""
    print(f"\n{guest.name}: {guest.one['about']}")
    for row in rows:
        for test in row.tests:
            name = test.name.rpartition(".")[2].replace("_", " ")
            print(f"  {test.result:5} {name:38} {test.detail}")


def main(words):
    chosen = select(words)
    print(f"==> guests: {', '.join(g.name for g in chosen)}", flush=True)
    rows = []
    for guest, some in zip(chosen, runtests.run_all(
            [(guest, guest.suites) for guest in chosen])):
        write_transcript(guest)
        crossed(guest, some)
        rows += some
    report.problems(rows)
    report.table(rows)
    print("\nbuild/results/clients has what the programs were told and wrote.")
    passed, failed = report.totals(rows)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except guests.ConfError as error:
        sys.exit(f"test: {error}")
