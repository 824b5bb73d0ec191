# SPDX-License-Identifier: GPL-2.0
"""Boots a guest of the benchmarks and brings back what it measured."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import guest as guests      # noqa: E402
import vm                   # noqa: E402

RESULTS = guests.BUILD / "results"


class Failure(Exception):
    """There is no result."""


def command(conf, names, directory, image=None):
    """The guest, and the QEMU command line that runs these benchmarks."""
    guest = guests.Guest(HERE / conf)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "verdict.log").unlink(missing_ok=True)
    return guest, ["setpriv", "--pdeathsig", "KILL", *guest.command(
        ["program", "/suites/bench", *names], image=image,
        serial=f"file:{directory}/console.log",
        verdict=directory / "verdict.log")]


def boot(conf, names, image=None):
    """Records of the guest, as lists of fields."""
    name = pathlib.Path(conf).stem + (".against" if image else "")
    directory = vm.RUNS / name
    guest, argv = command(conf, names, directory, image)
    with open(directory / "qemu.log", "wb") as log:
        try:
            subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log,
                           stderr=log, timeout=guest.seconds(), check=False)
        except subprocess.TimeoutExpired:
            raise Failure(f"no end after {guest.seconds()} s, see "
                          f"{directory}/console.log") from None
    records = vm.parse(vm.read(directory / "verdict.log"))
    if not records or records[-1] != ["end"]:
        raise Failure(f"did not reach its end, see {directory}/console.log")
    return records
