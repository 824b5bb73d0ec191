# SPDX-License-Identifier: GPL-2.0
"""Whether the kernel builds and boots after each patch of the series.

PREFIXES=<regular expression> selects patches by name, PREFIXES='[23]' for
instance those of the core and of the PASID space.
"""

import os
import re
import subprocess
import sys

import ktree
from checks import BUILD, PATCHES, ROOT, check
from checks.build import Output

sys.path.append(str(ROOT / "qemu"))
import guest as guests  # noqa: E402

IMAGES = {arch: known["image"] for arch, known in guests.ARCHES.items()}
GUEST = "vtd-sm-groups"
BOOT_SECONDS = 180


def commits_of(context):
    """(name, commit) of the overlay and of each patch, as mailed."""
    status, output = context.run([PATCHES / "series-export"], cwd=ROOT)
    if status:
        raise ktree.Failure("\n".join(output.splitlines()[-5:]))
    commits = ktree.git("rev-list", "--reverse", "-n",
                        str(len(context.series) + 1), "HEAD",
                        cwd=BUILD / "linux").stdout.decode().split()
    names = ["overlay", *(patch.name for patch in context.series)]
    wanted = re.compile(os.environ.get("PREFIXES", ""))
    return [pair for pair in zip(names, commits) if wanted.match(pair[0])]


def pack(context, out):
    """An initramfs with PID 1 and busybox alone: no modules of another kernel."""
    spec, init = out.dir / "initramfs.spec", out.dir / "initramfs.init"
    status, output = context.run(["gcc", "-O2", "-static", "-o", init,
                                  *sorted((ROOT / "qemu/init").glob("*.c"))])
    if status:
        raise ktree.Failure(output)
    spec.write_text("".join(f"dir /{name} 755 0 0\n" for name in
                            ("bin", "dev", "proc", "sys", "tmp")) +
                    "nod /dev/console 600 0 0 c 5 1\n"
                    f"file /init {init} 755 0 0\n"
                    "file /bin/busybox /bin/busybox 755 0 0\n")
    cpio = out.dir / "initramfs.cpio"
    with open(cpio, "wb") as archive:
        subprocess.run([out.dir / "usr" / "gen_init_cpio", spec], check=True,
                       stdout=archive)
    return cpio


def boot(context, out):
    """Boot VT-d in scalable mode and look at a PASID table; the problem."""
    argv = guests.find(GUEST).command(
        ["program", "/bin/busybox", "grep", "-c", "0x.*:0x.*:0x",
         "/sys/kernel/debug/iommu/intel/dmar_translation_struct"],
        flavour="normal", serial="stdio")
    argv[argv.index("-kernel") + 1] = str(out.dir / IMAGES["x86_64"])
    argv[argv.index("-initrd") + 1] = str(pack(context, out))
    _, output = context.run(["timeout", str(BOOT_SECONDS), *argv])
    if re.search(r"WARNING:|BUG:|Kernel panic", output):
        return "complains while it boots"
    lines = re.findall(r"^(\d+)\r?$", output, re.M)
    if not lines or not int(lines[-1]):
        return "does not come up in scalable mode"
    return None


def first_error(output):
    found = re.search(r"^.*(?:rror|\*\*\*).*$", output, re.M)
    return found[0] if found else "make failed"


@check("prefixes", "every prefix of the series builds and boots", slow=True)
def prefixes(context):
    linux = BUILD / "linux"
    problems, pairs = [], commits_of(context)
    outs = [Output(context, arch, source=linux, name=f"prefix-{arch}")
            for arch in IMAGES]
    for name, commit in pairs:
        ktree.git("checkout", "-q", "--detach", commit, cwd=linux)
        for out in outs:
            out.prepare(modular=False)
            status, output = out.make("-s", IMAGES[out.arch].split("/")[-1])
            problem = first_error(output) if status else (
                boot(context, out) if out.arch == "x86_64" else None)
            if problem:
                problems.append(f"after {name}, {out.arch}: {problem}")
    return problems, f"{len(pairs)} prefixes, two architectures"
