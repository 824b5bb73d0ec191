# SPDX-License-Identifier: GPL-2.0
"""build/tree: how it is laid, and how edits made in it are found.

build/tree.state remembers what was laid, so that three versions of a file can
be told apart: what lies there, what was laid, what should lie there now.
"""

import fcntl
import json
import os
import shutil

import ktree
from ktree import BUILD, Failure, Source, Stage, copy, mode_of, sha256

TREE = BUILD / "tree"
# Kept beside the tree, so that the tree holds nothing but kernel.
STATE = BUILD / "tree.state"
PRISTINE = BUILD / "pristine"
# Every file of the pristine kernel; its age tells edited files from others.
LIST = BUILD / "tree.list"
STAGE = BUILD / "stage"


def fingerprint(path):
    """Content and mode of a file as text, None if there is none."""
    if not path.is_file():
        return None
    return f"{mode_of(path):o} {sha256(path.read_bytes())}"


def load_state(source, discard):
    """What was laid last time, or None when the tree has to be unpacked."""
    try:
        state = json.loads(STATE.read_text())
    except (FileNotFoundError, ValueError):
        return None
    if not TREE.is_dir():
        return None
    if state["source"] == source.key:
        return state
    edited = [] if discard else edits(state)
    if edited:
        raise Failure("\n  ".join(
            [f"the kernel is now {source.path}, another than the one at "
             "build/tree, which has edits:", *edited[:10],
             "./run refresh with the old one takes them back, "
             "./run tree --discard drops them"]))
    return None


def unpack(source):
    STATE.unlink(missing_ok=True)
    for directory in (TREE, PRISTINE, BUILD / "tree.new", BUILD / "ignore"):
        shutil.rmtree(directory, ignore_errors=True)
    print(f"unpacking {source.path}", flush=True)
    source.unpack(BUILD / "tree.new")
    version = ktree.kernel_version(BUILD / "tree.new")
    if not version.startswith("6.1."):
        raise Failure(f"{source.path} is Linux {version}; this needs 6.1.y")
    listing = [os.path.relpath(os.path.join(where, name), BUILD / "tree.new")
               for where, _, names in os.walk(BUILD / "tree.new")
               for name in names]
    (BUILD / "tree.new").rename(TREE)
    LIST.write_text("\n".join(sorted(listing)) + "\n")
    state = {"source": source.key, "version": version, "files": {}}
    STATE.write_text(json.dumps(state, indent=0))
    return state


def collect_pristine(source, state, paths):
    """Make build/pristine hold the kernel's own copy of all the paths."""
    listing = set(LIST.read_text().splitlines())
    born = LIST.stat().st_mtime_ns
    lost = []
    for path in paths:
        if path not in listing or (PRISTINE / path).exists():
            continue
        here = TREE / path
        if (path not in state["files"] and here.is_file()
                and here.stat().st_ctime_ns < born):
            copy(here, PRISTINE / path)
        else:
            lost.append(path)
    fetch_pristine(source, lost)


def fetch_pristine(source, paths):
    """Take files out of the kernel source anew; slow if it is a tarball."""
    paths = [path for path in paths if not (PRISTINE / path).exists()]
    if paths:
        print(f"unpacking {len(paths)} files again", flush=True)
        source.extract(paths, PRISTINE)


def plan(stage, state, paths):
    """Files to write, and those where an edit in the tree is in the way."""
    write, edited, conflict = {}, [], []
    for path in sorted(set(paths).union(state["files"])):
        want = stage if path in paths else PRISTINE
        new = fingerprint(want / path)
        have = fingerprint(TREE / path)
        laid = state["files"].get(path, fingerprint(PRISTINE / path))
        if have == new:
            continue
        if have == laid:
            write[path] = want / path
        elif new == laid:
            edited.append(path)
        else:
            conflict.append(path)
    return write, edited, conflict


def lay(write):
    """Copy with a fresh mtime: make has to see every change."""
    for path, source in write.items():
        dest = TREE / path
        if not source.is_file():
            dest.unlink()
            prune(dest.parent)
            continue
        dest.parent.mkdir(parents=True, exist_ok=True)
        partial = dest.with_name(f".{dest.name}.partial")
        shutil.copyfile(source, partial)
        partial.chmod(mode_of(source))
        partial.replace(dest)


def prune(directory):
    """Drop directories that a removed file leaves empty."""
    while directory != TREE and not any(directory.iterdir()):
        directory.rmdir()
        directory = directory.parent


def others(state):
    """Edits in files that were never laid: (changed or deleted, new)."""
    listing = set(LIST.read_text().splitlines())
    born = LIST.stat().st_mtime_ns
    seen, suspects, new = set(), [], []
    for where, _, names in os.walk(TREE):
        for name in names:
            file = os.path.join(where, name)
            path = os.path.relpath(file, TREE)
            seen.add(path)
            if path in state["files"]:
                continue
            if path not in listing:
                new.append(path)
            elif os.lstat(file).st_ctime_ns >= born:
                suspects.append(path)
    deleted = sorted(listing - seen - set(state["files"]))
    return sorted(suspects) + deleted, not_ignored(new)


def not_ignored(paths):
    """Those that the kernel's own .gitignore files do not call generated."""
    if not paths:
        return []
    rules = BUILD / "ignore"
    if not rules.is_dir():
        ktree.git("init", "-q", str(rules), cwd=BUILD)
        for path in LIST.read_text().splitlines():
            if path.endswith(".gitignore"):
                copy(TREE / path, rules / path)
        # Debian's source package ends the first one with "ignore everything".
        top = rules / ".gitignore"
        top.write_text(top.read_text().replace("\n/*\n", "\n"))
    ignored = ktree.git("check-ignore", "-z", "--no-index", "--stdin",
                        cwd=rules, check=False,
                        stdin="\0".join(paths).encode()).stdout.decode()
    return sorted(set(paths) - set(ignored.split("\0")))


def edits(state):
    """Every path in build/tree that is not as it was laid."""
    suspects, new = others(state)
    touched = [path for path in suspects if not (PRISTINE / path).exists()
               or fingerprint(TREE / path) != fingerprint(PRISTINE / path)]
    return [path for path, print_ in state["files"].items()
            if fingerprint(TREE / path) != print_] + touched + new


def lock():
    """One at a time; held until the caller drops what is returned."""
    BUILD.mkdir(exist_ok=True)
    handle = open(BUILD / "tree.lock", "w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


class Laid:
    """Outcome of make_current(): what lies in build/tree, and why."""

    def __init__(self, source, overlay, series, state):
        self.source = source
        self.overlay = overlay
        self.series = series
        self.state = state
        self.written = []
        self.edited = []


def make_current(discard=False):
    """Bring build/tree up to date with this repository, keeping edits."""
    source = Source()
    overlay, series = ktree.overlay_files(), ktree.read_series()
    state = load_state(source, discard) or unpack(source)

    paths = set(ktree.touched(overlay, series))
    collect_pristine(source, state, sorted(paths))
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir()
    for path in paths:
        if (PRISTINE / path).is_file():
            copy(PRISTINE / path, STAGE / path)
    Stage(STAGE, overlay, series).build()

    laid = Laid(source, overlay, series, state)
    write, laid.edited, conflict = plan(STAGE, state, paths)
    if discard:
        for path in laid.edited + conflict:
            write[path] = (STAGE if path in paths else PRISTINE) / path
        laid.edited = []
        suspects, new = others(state)
        fetch_pristine(source, suspects)
        for path in suspects + new:
            if fingerprint(TREE / path) != fingerprint(PRISTINE / path):
                write[path] = PRISTINE / path
    elif conflict:
        raise Failure("\n  ".join(
            ["edited in build/tree and changed here as well, nothing written:",
             *conflict, "./run tree --discard drops the edits"]))
    lay(write)
    laid.written = sorted(write)
    state["files"] = {p: fingerprint((STAGE if p in paths else PRISTINE) / p)
                      for p in sorted(paths.union(state["files"]))}
    STATE.write_text(json.dumps(state, indent=0))
    return laid
