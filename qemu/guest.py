# SPDX-License-Identifier: GPL-2.0
"""Guests as data: reads guests/*.conf and makes QEMU command lines of them.

A line of a conf file is a keyword and its value:

  include FILE           the lines of another file here
  about TEXT             one line on what this guest is for
  arch ARCH              x86_64 or arm64
  flavour FLAVOUR        kernel that the tests run on: normal or debug
  machine OPTIONS        QEMU's -machine
  memory SIZE            QEMU's -m (default 1G)
  cpus N                 QEMU's -smp (default 2)
  device OPTIONS         QEMU's -device, in this order
  netdev OPTIONS         QEMU's -netdev
  fsdev OPTIONS          QEMU's -fsdev
  disk NAME SIZE         an empty NAME.img for a run, and QEMU's -drive of it
  global OPTIONS         QEMU's -global
  append WORDS           added to the kernel's command line
  icount OPTIONS         QEMU's -icount: the clock counts instructions
  monitor                a test run has a second virtio-serial port, which leads
                         to QEMU's monitor: a suite can plug and unplug devices
  suite NAME COUNT [S]   this suite must report COUNT tests within S seconds
  kunit NAME COUNT [S]   the same of a KUnit suite of the kernel, run at boot
  skip NAME TEST         this test of the suite skips itself, all others run
  initramfs FILE         below build/, in place of the kernel's own
  limit SECONDS          whole run (default: from the suites' times)
  expect KIND [TEXT]     harness only: the problem that must be reported
"""

import collections
import os
import pathlib
import subprocess

QEMU = pathlib.Path(__file__).resolve().parent
BUILD = QEMU.parent / "build"

PORT = "org.iommu.verdict"
MONITOR_PORT = "org.iommu.monitor"
SUITE_SECONDS = 180

Suite = collections.namedtuple("Suite", "count seconds kunit",
                               defaults=[False])

# Emulation is slow and shares the machine with other guests, so that no
# watchdog of the kernel may be shorter than a stall of the host.
APPEND = ("panic_on_warn=1 log_buf_len=2M hugepages=32 "
          "rcupdate.rcu_cpu_stall_timeout=120")

ARCHES = {
    "x86_64": {
        "qemu": "qemu-system-x86_64",
        "image": "arch/x86/boot/bzImage",
        # A busy host can make the timer check panic.
        "append": "console=ttyS0 no_timer_check tsc=reliable",
    },
    "arm64": {
        "qemu": "qemu-system-aarch64",
        "image": "arch/arm64/boot/Image",
        "append": "console=ttyAMA0",
    },
}


class ConfError(Exception):
    """A conf file, or a name on the command line, that makes no sense."""


class Guest:
    """One conf file."""

    def __init__(self, path):
        self.name = path.stem
        self.one = {"about": "", "flavour": "debug", "memory": "1G",
                    "cpus": "2"}
        self.devices = []       # (QEMU option, value), in order
        self.append = []
        self.disks = {}         # file -> size as truncate(1) takes it
        self.monitor = False
        self.suites = {}        # name -> Suite
        self.skips = set()      # (suite, test)
        self.expects = []       # (kind, text)
        self.read(path)
        for key in ("arch", "machine"):
            if key not in self.one:
                raise ConfError(f"{path}: no {key}")

    def read(self, path):
        """All lines of one file."""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#", 1)[0].strip()
            if not line:
                continue
            key, _, value = line.partition(" ")
            if key == "include":
                self.read(path.with_name(value.strip()))
                continue
            try:
                self.take(key, value.strip())
            except (ValueError, IndexError):
                raise ConfError(f"{path}:{number}: {line}") from None

    def take(self, key, value):
        """One line of the file. Raises ValueError if it is wrong."""
        words = value.split()
        if key in ("device", "netdev", "fsdev", "global"):
            self.devices.append(("-" + key, value))
        elif key == "disk":
            name, size = words
            self.disks[f"{name}.img"] = size
            self.devices.append(("-drive", f"if=none,id={name},format=raw,"
                                           f"file={name}.img"))
        elif key == "monitor" and not value:
            self.monitor = True
        elif key == "append":
            self.append.append(value)
        elif key in ("suite", "kunit"):
            seconds = int(words[2]) if len(words) > 2 else SUITE_SECONDS
            self.suites[words[0]] = Suite(int(words[1]), seconds,
                                          key == "kunit")
        elif key == "skip":
            suite, test = words
            self.skips.add((suite, test))
        elif key == "expect":
            kind, _, text = value.partition(" ")
            self.expects.append((kind, text))
        elif key in ("about", "arch", "flavour", "machine", "memory", "cpus",
                     "icount", "initramfs", "limit"):
            self.one[key] = value
        else:
            raise ValueError

    @property
    def arch(self):
        return self.one["arch"]

    def kunit(self):
        """Names of the KUnit suites. All that the kernel has run at boot."""
        return [n for n, s in self.suites.items() if s.kunit]

    def seconds(self):
        """The longest that a whole test run of this guest may take."""
        if "limit" in self.one:
            return int(self.one["limit"])
        return 120 + sum(s.seconds + 10 for s in self.suites.values())

    def make_disks(self, directory):
        """Disks of zeroes, in the directory that QEMU will run in."""
        for name, size in self.disks.items():
            subprocess.run(["truncate", "-s", size, directory / name],
                           check=True)

    def command(self, init, flavour=None, serial="mon:stdio", verdict=None,
                quiet=False, image=None):
        """The QEMU command line that starts PID 1 with the words of init.

        image is a kernel to boot in place of the flavour's.
        """
        arch = ARCHES[self.arch]
        out = BUILD / f"{self.arch}-{flavour or self.one['flavour']}"
        initrd = out / "initramfs.cpio"
        if "initramfs" in self.one:
            initrd = BUILD / self.one["initramfs"]
        append = [APPEND, f"kunit.enable={int(bool(self.kunit()))}",
                  arch["append"], *self.append,
                  *(["loglevel=0"] if quiet else []), "--", *init]
        icount = self.one.get("icount")
        argv = [arch["qemu"], "-nodefaults", "-no-user-config",
                "-display", "none", "-no-reboot",
                "-machine", self.one["machine"],
                "-accel", f"tcg,thread={'single' if icount else 'multi'}",
                *(["-icount", icount] if icount else []), "-cpu", "max",
                "-m", self.one["memory"], "-smp", self.one["cpus"],
                "-kernel", str(image or out / arch["image"]),
                "-initrd", str(initrd),
                "-append", " ".join(append),
                "-serial", serial]
        for option, value in self.devices:
            argv += [option, value]
        if verdict:
            argv += ["-device", "virtio-serial-pci,id=verdict",
                     "-chardev", f"file,id=verdict,path={verdict}",
                     "-device", "virtserialport,bus=verdict.0,"
                                f"chardev=verdict,name={PORT}"]
        if verdict and self.monitor:
            # QEMU listens to itself. The path is relative, for it to be short.
            argv += ["-chardev", "socket,id=hmp,path=hmp,server=on,wait=off",
                     "-mon", "chardev=hmp,mode=readline",
                     "-chardev", "socket,id=hmp-client,path=hmp",
                     "-device", "virtserialport,bus=verdict.0,"
                                f"chardev=hmp-client,name={MONITOR_PORT}"]
        return argv


def load(directory):
    """All guests of a directory, by name."""
    paths = sorted(pathlib.Path(directory).glob("*.conf"))
    return {path.stem: Guest(path) for path in paths}


def guests():
    return load(QEMU / "guests")


def find(name):
    """The guest of this name, or ConfError with the names that exist."""
    known = guests()
    if name not in known:
        raise ConfError(f"no such guest: {name} ({', '.join(known)})")
    return known[name]


def jobs():
    """How many guests to run side by side: two cores carry two."""
    return int(os.environ.get("JOBS", min(2, os.cpu_count() or 1)))
