# SPDX-License-Identifier: GPL-2.0
"""Where the instructions of mapping go, by function of the kernel.

QEMU runs with the plugin of profile.c, which counts every instruction: this is
no sampling.
"""

import bisect
import subprocess

from boot import Failure, command, guests, vm
import mapping

PLUGIN = guests.BUILD / "bench" / "profile.so"
PROGRAM = guests.BUILD / "bench" / "bench"
KERNEL = guests.BUILD / "x86_64-normal"
# Functions shown, at most, and the least share of one.
LINES, LEAST = 45, 0.002
USER = "(user space)"


def symbols():
    """Addresses of the kernel's functions, sorted, and their names."""
    pairs = []
    for entry in (KERNEL / "System.map").read_text().splitlines():
        address, kind, name = entry.split()
        # No compiler's or linker's labels, which may lie within functions.
        if kind in "tTwW" and not name.startswith(("__pfx_", ".L")):
            pairs.append((int(address, 16), name))
    pairs.sort()
    return [p[0] for p in pairs], [p[1] for p in pairs]


def marks():
    """Where the program starts and stops to count."""
    out = subprocess.run(["nm", PROGRAM], capture_output=True, text=True,
                         check=True).stdout
    found = {line.split()[2]: line.split()[0] for line in out.splitlines()
             if " T clock_mark_" in line}
    return found["clock_mark_start"], found["clock_mark_stop"]


def sections(path):
    """Counts by address, a dict for each section."""
    out = []
    for entry in path.read_text().splitlines():
        if entry == "section":
            out.append({})
        else:
            address, count = entry.split()
            address = int(address, 16)
            out[-1][address] = out[-1].get(address, 0) + int(count)
    return out


def by_function(counts, addresses, names):
    out = {}
    for address, count in counts.items():
        index = bisect.bisect_right(addresses, address) - 1
        name = USER if address < addresses[0] else names[index]
        out[name] = out.get(name, 0) + count
    return sorted(out.items(), key=lambda item: -item[1])


def show(title, counts, units, unit, known):
    total = sum(counts.values())
    print(f"\n{title}: {total / units:.1f} instructions per {unit}, "
          f"{units} of them")
    for name, count in by_function(counts, *known)[:LINES]:
        if count < LEAST * total:
            break
        print(f"{count / units:14.1f}{count / total:8.1%}  {name}")


def profile(row, way, size):
    """Prints what the last round of the row's last size was spent on.

    way is type1 or iommufd; size is in bytes, 0 for the one that has a goal.
    """
    if not size:
        size = next((s for r, s in mapping.GOALS if r == row), 0)
    if not size:
        size = 256 * mapping.MIB if "call" not in row else 16 * mapping.MIB
    directory = vm.RUNS / "profile"
    words = f"map/{row.replace(' ', '?')}/{way}/{size}"
    guest, argv = command("map.conf", [words], directory)
    start, stop = marks()
    counts = directory / "counts"
    argv += ["-plugin", f"{PLUGIN},out={counts},start={start},stop={stop}"]
    with open(directory / "qemu.log", "wb") as log:
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                       timeout=guest.seconds(), check=False)
    records = vm.parse(vm.read(directory / "verdict.log"))
    done = [r for r in records if r[0] == "map" and r[1] == row]
    if not done or records[-1] != ["end"]:
        raise Failure(f"{[r for r in records if r[0] == 'failed']}, see "
                      f"{directory}/console.log and qemu.log")
    known = symbols()
    for record, section in zip(done[-2:], sections(counts)[-2:]):
        _, _, operation, nbytes, _, units, _ = record
        show(f"{row}, {operation} of {mapping.size_text(int(nbytes))}, {way}",
             section, int(units), mapping.UNITS.get(row, "unit"), known)
