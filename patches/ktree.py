# SPDX-License-Identifier: GPL-2.0
"""What tree, refresh, series-export and check share.

The repository changes a kernel in two ways. *Overlay*: files that lie here at
their kernel path and that the kernel does not have (or that REPLACES names).
*Series*: patches to files that the kernel has. Both together touch a few
hundred files of 78,000, so everything works on a *stage*: a directory with
just those files, taken pristine from the kernel, overlaid and patched.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PATCHES = ROOT / "patches"
OVERLAY_DIRS = ("Documentation", "drivers", "include", "mm", "samples",
                "tools")
DEBIAN_TARBALL = "/usr/src/linux-source-6.1.tar.xz"


class Failure(Exception):
    """Something the user has to read; ends the program with status 1."""


def main_guard(main):
    """Run main(argv) and turn a Failure into a message and an exit status."""
    try:
        sys.exit(main(sys.argv[1:]) or 0)
    except Failure as failure:
        print(f"{Path(sys.argv[0]).name}: {failure}", file=sys.stderr)
        sys.exit(1)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def git(*args, cwd=ROOT, env=None, check=True, stdin=None):
    """Run git, shielded from the user's configuration, and give its output."""
    full_env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null",
                    GIT_CONFIG_SYSTEM="/dev/null", LC_ALL="C", **(env or {}))
    # A clone that belongs to somebody else (root in CI) is fine to read.
    result = subprocess.run(["git", "-c", "safe.directory=*", *args], cwd=cwd,
                            env=full_env, input=stdin, capture_output=True)
    if check and result.returncode:
        raise Failure(f"git {' '.join(args[:4])}: "
                      + result.stderr.decode(errors="replace").strip())
    return result


# ---- our side: overlay, REPLACES, series ----------------------------------

def mode_of(path):
    return 0o755 if os.access(path, os.X_OK) else 0o644


def overlay_files():
    """Kernel path -> file, of all our files that go into the kernel tree."""
    listing = git("ls-files", "-z", "--cached", "--others",
                  "--exclude-standard", "--", *OVERLAY_DIRS).stdout.decode()
    return {p: ROOT / p for p in sorted(set(listing.split("\0")) - {""})
            if (ROOT / p).is_file() and not hidden(p)}


def hidden(path):
    """Leftovers of tools, which the kernel's .gitignore would hide too."""
    name = os.path.basename(path)
    return name.startswith(".") and name not in (".gitignore", ".kunitconfig")


def read_replaces():
    """Kernel path -> sha256 of the file that ours replaces."""
    replaces = {}
    for line in (PATCHES / "REPLACES").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            digest, path = line.split()
            replaces[path] = digest
    return replaces


def read_base():
    """The fields of patches/BASE: package, version, sha256."""
    lines = (PATCHES / "BASE").read_text().splitlines()
    return dict(line.split(None, 1) for line in lines
                if line.strip() and not line.startswith("#"))


class Patch:
    """One file of patches/: a mail header and body, then a diff."""

    DIFF = re.compile(r"^diff --git a/(\S+) b/(\S+)$", re.M)

    def __init__(self, path):
        self.path = path
        self.name = path.name
        try:
            self.text = path.read_text()
        except FileNotFoundError:
            raise Failure(f"patches/series names {self.name}, "
                          "which does not exist") from None
        start = self.DIFF.search(self.text)
        if not start:
            raise Failure(f"{self.name}: no 'diff --git' line in it")
        self.diff = self.text[start.start():]
        self.files = sorted({m.group(2) for m in self.DIFF.finditer(self.text)})
        head = self.text[:start.start()]
        # The diffstat below "---" is written anew, the rest is the author's.
        self.head = re.split(r"^---$", head, maxsplit=1, flags=re.M)[0].rstrip()

    def field(self, name):
        """A mail header field, unfolded, or None."""
        mail = self.head.split("\n\n", 1)[0]
        match = re.search(rf"^{name}: *(.*(?:\n[ \t].*)*)", mail, re.M | re.I)
        return re.sub(r"\n\s+", " ", match.group(1)).strip() if match else None

    def subject(self):
        return re.sub(r"^\[[^]]*\] *", "", self.field("Subject") or "")

    def body(self):
        parts = self.head.split("\n\n", 1)
        return parts[1].strip() if len(parts) > 1 else ""


def read_series():
    """The patches in order of application."""
    names = [line.strip() for line
             in (PATCHES / "series").read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Failure(f"patches/series names twice: {' '.join(twice)}")
    return [Patch(PATCHES / name) for name in names]


def touched(overlay, series):
    return sorted(set(overlay).union(*(p.files for p in series)))


# ---- their side: the kernel ------------------------------------------------

class Source:
    """A pristine kernel: Debian's tarball, or whatever KERNEL_SRC names."""

    def __init__(self, where=None):
        where = where or os.environ.get("KERNEL_SRC") or DEBIAN_TARBALL
        self.path = Path(where).resolve()
        if not self.path.exists():
            raise Failure(f"no kernel source at {self.path}: install "
                          "linux-source-6.1 or set KERNEL_SRC")
        stat = self.path.stat()
        self.key = f"{self.path} {stat.st_size} {stat.st_mtime_ns}"
        if self.path.is_dir():
            self.key = f"{self.path} {(self.path / 'Makefile').stat().st_mtime_ns}"
            for sign in (".config", "include/config"):
                if (self.path / sign).exists():
                    raise Failure(f"{self.path} was built in ({sign}): run "
                                  "'make mrproper' there first")

    def unpack(self, dest):
        """Lay the whole tree at dest, which must not exist."""
        dest.mkdir(parents=True)
        if self.path.is_dir():
            command = ["rsync", "-rlpE", "--exclude=/.git",
                       f"{self.path}/", f"{dest}/"]
        else:
            command = ["tar", "-C", str(dest), "--strip-components=1",
                       "--no-same-owner", "-mxf", str(self.path)]
        # Times of unpacking, not of release: make must see a newer kernel's
        # files as newer than what was built from the last one.
        subprocess.run(command, check=True)

    def extract(self, paths, dest):
        """Copy those of the paths that the kernel has to dest."""
        if self.path.is_dir():
            for path in paths:
                if (self.path / path).is_file():
                    copy(self.path / path, dest / path)
            return
        # tar complains about members that are not there: that is an answer.
        dest.mkdir(parents=True, exist_ok=True)
        listing = subprocess.run(
            ["tar", "-C", str(dest), "--strip-components=1", "--no-same-owner",
             "--wildcards-match-slash", "--no-wildcards", "-T", "-", "-xf",
             str(self.path)], capture_output=True, text=True,
            input="".join(f"{self.top()}/{p}\n" for p in paths))
        bad = [line for line in listing.stderr.splitlines()
               if "Not found in archive" not in line
               and "Exiting with failure" not in line]
        if bad:
            raise Failure(f"{self.path}: {bad[0]}")

    def top(self):
        """Name of the one directory that the tarball holds."""
        with subprocess.Popen(["tar", "-tf", str(self.path)], text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as tar:
            first = tar.stdout.readline()
            tar.kill()
        return first.split("/", 1)[0]


def kernel_version(tree):
    """'6.1.192' out of the Makefile of a tree."""
    text = (tree / "Makefile").read_text()
    number = [re.search(rf"^{key} = *(\S*)$", text, re.M).group(1)
              for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    return ".".join(number)


def copy(source, dest):
    dest.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, dest)


# ---- both: the stage -------------------------------------------------------

class Stage:
    """Pristine copies of the touched files, to be overlaid and patched."""

    def __init__(self, directory, overlay, series):
        self.dir = directory
        self.overlay = overlay
        self.series = series

    def check_overlay(self):
        """An overlay path that the kernel has must be a known replacement."""
        replaces = read_replaces()
        problems = []
        for path in self.overlay:
            base = self.dir / path
            if not base.exists():
                if path in replaces:
                    problems.append(f"{path}: in REPLACES, but this kernel "
                                    "has no such file")
            elif path not in replaces:
                problems.append(f"{path}: the kernel has this file and "
                                "patches/REPLACES does not list it")
            elif sha256(base.read_bytes()) != replaces[path]:
                problems.append(f"{path}: the kernel's file is not the one "
                                "that patches/REPLACES knows")
        for path in sorted(set(replaces) - set(self.overlay)):
            problems.append(f"{path}: in patches/REPLACES, but not here")
        if problems:
            raise Failure("\n  ".join(["overlay does not fit:", *problems]))

    def lay_overlay(self):
        for path, file in self.overlay.items():
            copy(file, self.dir / path)
            os.chmod(self.dir / path, mode_of(file))

    def apply(self, patch):
        """Apply one patch; no fuzz, exactly what git am would accept."""
        for path in patch.files:
            if path in self.overlay:
                raise Failure(f"{patch.name} changes {path}, which is a file "
                              "of this repository: edit that instead")
            if not (self.dir / path).exists():
                raise Failure(f"{patch.name} does not apply: the kernel has "
                              f"no {path} (new files go to the overlay)")
        result = git("apply", "--whitespace=nowarn", str(patch.path),
                     cwd=self.dir, check=False,
                     env={"GIT_CEILING_DIRECTORIES": str(self.dir.parent)})
        if result.returncode:
            raise Failure(apply_error(patch, result.stderr.decode()))

    def build(self):
        """Overlay, then series. The pristine files must be there already."""
        self.check_overlay()
        self.lay_overlay()
        for patch in self.series:
            self.apply(patch)


def apply_error(patch, stderr):
    """'201-x.patch does not apply to a.c (near line 12)' out of git's words."""
    where = re.findall(r"error: patch failed: (.*):(\d+)", stderr)
    if not where:
        return f"{patch.name} does not apply:\n{stderr.strip()}"
    places = ", ".join(f"{path} (near line {line})" for path, line in where)
    return f"{patch.name} does not apply to {places}"
