# SPDX-License-Identifier: GPL-2.0
"""Runs one guest's plan to its end and brings back what the guest reported.

The guest speaks on a virtio-serial port of its own (init/init.h lists the
records); its console is a log for people and decides nothing.
"""

import re
import shutil
import subprocess
import time

import guest as guests

# What a guest leaves behind: build/guests/NAME/{console,verdict,qemu}.log
RUNS = guests.BUILD / "guests"

SPLAT = re.compile(r"WARNING:|BUG[: ]|KASAN:|Oops|Kernel panic|"
                   r"Unable to handle")
MAX_LINES = 60


class Run:
    """What happened: records as lists of fields, and how QEMU ended."""

    def __init__(self, directory):
        self.directory = directory
        self.records = []
        self.timed_out = False
        self.status = None
        self.seconds = 0.0

    def of(self, kind):
        """The records of one kind, without that first field."""
        return [r[1:] for r in self.records if r[0] == kind]

    def last_words(self):
        """The console from the kernel's first complaint on, else its end."""
        text = read(self.directory / "console.log").splitlines()
        start = next((n for n, line in enumerate(text) if SPLAT.search(line)),
                     len(text) - 15)
        return (text[max(start, 0):][:MAX_LINES] +
                read(self.directory / "qemu.log").splitlines())


def read(path):
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def parse(text):
    """Records of the verdict port. One that a dying guest cut short is none."""
    lines = text.split("\n")[:-1]
    return [line.split("\t") for line in lines if line]


def run(guest, plan, seconds=None):
    """Boot the guest, let it run the suites of the plan, wait for its end.

    plan maps names to guest.Suite. The guest gets a hard limit of seconds.
    """
    directory = RUNS / guest.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    words = ["test"] + [f"{n}:{s.seconds}" for n, s in plan.items()]
    # Whoever kills the runner must not leave a guest behind.
    argv = ["setpriv", "--pdeathsig", "KILL"]
    argv += guest.command(words, serial=f"file:{directory}/console.log",
                         verdict=directory / "verdict.log")
    result = Run(directory)
    start = time.monotonic()
    with open(directory / "qemu.log", "wb") as log:
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=log)
        try:
            result.status = qemu.wait(seconds or guest.seconds())
        except subprocess.TimeoutExpired:
            result.timed_out = True
        finally:
            qemu.kill()
            qemu.wait()
    result.seconds = time.monotonic() - start
    result.records = parse(read(directory / "verdict.log"))
    return result
