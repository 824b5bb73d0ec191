# SPDX-License-Identifier: GPL-2.0
"""Is the series in order, and does it apply where it should?"""

import re
import shutil
import subprocess

import ktree
from checks import BUILD, PATCHES, ROOT, check
from ktree import Failure, Source, Stage

DOWNLOADS = BUILD / "dl"


@check("series", "patches are named, ordered and signed")
def series_order(context):
    problems = []
    names = [p.name for p in context.series]
    for name in sorted({p.name for p in PATCHES.glob("*.patch")} - set(names)):
        problems.append(f"{name}: not in patches/series")
    heading = last = None
    for line in (PATCHES / "series").read_text().splitlines():
        match = re.match(r"# (\d)xx ", line)
        heading = match[1] if match else heading
        if not line or line.startswith("#"):
            continue
        if not re.match(r"[1-9]\d\d-[a-z0-9][-a-z0-9]*\.patch$", line):
            problems.append(f"{line}: not called NNN-area-name.patch")
        if line[0] != heading:
            problems.append(f"{line}: under the heading {heading}xx")
        if last and line[:3] <= last[:3]:
            problems.append(f"{line}: number not above that of {last}")
        last = line
    for patch in context.series:
        for field in ("From", "Date", "Subject"):
            if not patch.field(field):
                problems.append(f"{patch.name}: no {field}: line")
        if not re.search(r"^Signed-off-by: \S", patch.head, re.M):
            problems.append(f"{patch.name}: not signed off")
        if not re.match(r"[\w/,.-]+(: [\w/,.-]+)*: \S", patch.subject()):
            problems.append(f"{patch.name}: subject has no area")
    return problems, f"{len(names)} patches"


@check("normal", "patches are in the form that refresh writes")
def normal_form(context):
    status, output = context.run([PATCHES / "refresh", "--dry-run"], cwd=ROOT)
    problems = [line for line in output.splitlines() if "would write" in line]
    if status and not problems:
        problems = output.splitlines()[-3:]
    return problems, ""


def offered():
    """Versions of linux-source-6.1 that apt offers, oldest first."""
    subprocess.run([ROOT / "qemu" / "setup", "update"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        table = subprocess.run(["apt-cache", "madison", "linux-source-6.1"],
                               capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise Failure("no apt here to ask for kernel releases") from None
    versions = {line.split("|")[1].strip() for line in table.splitlines()
                if line.count("|") >= 2}
    if not versions:
        raise Failure("apt offers no linux-source-6.1")
    return subprocess.run(["sort", "-V"], input="\n".join(versions), text=True,
                          capture_output=True).stdout.split()


def fetch(context, version):
    """The source tarball of a release, kept in build/dl."""
    DOWNLOADS.mkdir(exist_ok=True)
    tarball = DOWNLOADS / f"linux-source-6.1_{version.replace(':', '%3a')}.tar.xz"
    if tarball.exists():
        return Source(tarball)
    status, output = context.run(
        ["apt-get", "download", f"linux-source-6.1={version}"], cwd=DOWNLOADS)
    package = next(iter(DOWNLOADS.glob("*.deb")), None)
    if status or not package:
        raise Failure(f"cannot download linux-source-6.1={version}: "
                      f"{output.strip()}")
    partial = tarball.with_suffix(".partial")
    command = (f"dpkg-deb --fsys-tarfile '{package}' | "
               "tar -xO ./usr/src/linux-source-6.1.tar.xz")
    with open(partial, "wb") as file:
        subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=file,
                       check=True)
    package.unlink()
    partial.rename(tarball)
    return Source(tarball)


def apply_to(context, version):
    source = fetch(context, version)
    stage = BUILD / "check-apply"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    source.extract(["Makefile", *ktree.touched(context.overlay,
                                               context.series)], stage)
    number = ktree.kernel_version(stage)
    Stage(stage, context.overlay, context.series).build()
    return [], f"Linux {number} ({version})"


@check("apply-newest", "applies to the newest 6.1.y that apt offers")
def apply_newest(context):
    versions = offered()
    for tarball in DOWNLOADS.glob("*.tar.xz"):
        if not any(v.replace(":", "%3a") in tarball.name for v in versions):
            tarball.unlink()
    return apply_to(context, versions[-1])


@check("apply-oldest", "applies to the oldest 6.1.y that apt offers")
def apply_oldest(context):
    return apply_to(context, offered()[0])


@check("export", "git am of the exported series gives build/tree")
def export(context):
    status, output = context.run([PATCHES / "series-export"], cwd=ROOT)
    if status:
        return output.splitlines()[-5:], ""
    return [], next((line.split(": ", 1)[1] for line in output.splitlines()
                     if "patches and a cover" in line), "")


@check("maintainers", "get_maintainer.pl knows each of our files")
def maintainers(context):
    script = context.tree / "scripts" / "get_maintainer.pl"
    files = list(context.overlay) + ["run", "patches/series", "qemu/lib.sh"]
    commands = [["perl", script, "--no-tree", "--nogit", "--nogit-fallback",
                 f"--mpath={ROOT}/MAINTAINERS", "-f", path] for path in files]
    results = context.run_all(commands, cwd=ROOT)
    return [f"{path}: nobody" for path, (status, output)
            in zip(files, results) if status or "@" not in output], \
        f"{len(files)} files"


