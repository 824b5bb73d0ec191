# SPDX-License-Identifier: GPL-2.0
"""Runs one guest's plan to its end and brings back what the guest reported.

The guest speaks on a virtio-serial port of its own (init/init.h lists the
records); its console is a log for people and decides nothing.
"""

import os
import re
import shutil
import socket
import subprocess
import time

import guest as guests

# What a guest leaves behind: build/guests/NAME/{console,verdict,qemu}.log
RUNS = guests.BUILD / "guests"

SPLAT = re.compile(r"WARNING:|BUG[: ]|KASAN:|Oops|Kernel panic|"
                   r"Unable to handle")
MAX_LINES = 60

# A CPU that idles for as long as RCU waits, with timers of its own overdue: the
# emulator has lost an interrupt, as QEMU 10.0 seldom does on x86. A kernel that
# is wrong looks different: it would not idle, or not have the timers.
OVERDUE = re.compile(r"Possible timer handling issue on cpu=(\d+)")
IDLING = re.compile(r"NMI backtrace for cpu (\d+) skipped: idling")
POLL_SECONDS = 2


class Run:
    """What happened: records as lists of fields, and how QEMU ended."""

    def __init__(self, directory):
        self.directory = directory
        self.records = []
        self.timed_out = False
        self.lost_interrupt = False
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


def lost_interrupt(directory):
    """Has the guest said that a CPU idles beyond its timers?"""
    console = read(directory / "console.log")
    return bool(set(OVERDUE.findall(console)) & set(IDLING.findall(console)))


def ask_monitor(directory, *commands):
    """What QEMU says about the machine, for people, into monitor.log."""
    answers = b""
    here = os.open(directory, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(3)
            monitor.connect(f"/proc/self/fd/{here}/monitor")
            monitor.sendall("".join(f"{c}\n" for c in commands).encode())
            while data := monitor.recv(65536):
                answers += data
    except OSError:
        pass
    os.close(here)
    (directory / "monitor.log").write_bytes(answers)


def wait(qemu, result, seconds):
    """Wait for the end of the guest, of its time, or of its interrupts."""
    end = time.monotonic() + seconds
    while True:
        try:
            result.status = qemu.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            pass
        result.timed_out = time.monotonic() > end
        result.lost_interrupt = lost_interrupt(result.directory)
        if result.timed_out or result.lost_interrupt:
            ask_monitor(result.directory, "info lapic 0", "info lapic 1",
                        "info registers -a", "info irq")
            return


def run(guest, plan, seconds=None):
    """Boot the guest, let it run the suites of the plan, wait for its end.

    plan maps names to guest.Suite. The guest gets a hard limit of seconds.
    """
    directory = RUNS / guest.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    guest.make_disks(directory)
    # One word: the kernel hands no more than 32 of them to PID 1.
    words = ["test", ",".join(f"{'kunit/' if s.kunit else ''}{n}:{s.seconds}"
                              for n, s in plan.items())]
    # Whoever kills the runner must not leave a guest behind.
    argv = ["setpriv", "--pdeathsig", "KILL"]
    argv += guest.command(words, serial=f"file:{directory}/console.log",
                         verdict=directory / "verdict.log")
    # Relative: the path of a socket has little room.
    argv += ["-monitor", "unix:monitor,server=on,wait=off"]
    result = Run(directory)
    start = time.monotonic()
    with open(directory / "qemu.log", "wb") as log:
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=log, cwd=directory)
        try:
            wait(qemu, result, seconds or guest.seconds())
        finally:
            qemu.kill()
            qemu.wait()
    result.seconds = time.monotonic() - start
    result.records = parse(read(directory / "verdict.log"))
    return result
