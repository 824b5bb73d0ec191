# SPDX-License-Identifier: GPL-2.0
"""How our files and patches look and what they may say."""

import ast
import re

from checks import (BUILD, PATCHES, ROOT, check, excepted, exceptions,
                    repository_files)

IOMMUFD = "drivers/iommu/iommufd/"


def checkpatch(context, paths, *options):
    """Run checkpatch --strict; gives what it says beyond the exceptions."""
    scratch = BUILD / "checkpatch"
    scratch.mkdir(exist_ok=True)
    commands = [["perl", context.tree / "scripts" / "checkpatch.pl",
                 f"--root={context.tree}", "--strict", "--show-types",
                 "--terse", "--no-summary", *options, ROOT / path]
                for path in paths]
    # It leaves a cache file in the current directory.
    results = context.run_all(commands, cwd=scratch)
    rows, problems = exceptions("checkpatch"), []
    for path, (status, output) in zip(paths, results):
        said = re.findall(r"^\S+?:(\d+): (\w+):(\w+): (.*)$", output, re.M)
        problems += [f"{path}:{line}: {kind}: {text}"
                     for line, _, kind, text in said
                     if not excepted(rows, path, kind)]
        if status and not said:
            problems.append(f"{path}: checkpatch: {output.strip()[-200:]}")
    return problems


@check("checkpatch-p", "checkpatch --strict on every patch")
def checkpatch_patches(context):
    paths = [f"patches/{patch.name}" for patch in context.series]
    return checkpatch(context, paths), f"{len(paths)} patches"


@check("checkpatch-f", "checkpatch --strict on every file of ours")
def checkpatch_files(context):
    paths = list(context.overlay)
    return checkpatch(context, paths, "-f"), f"{len(paths)} files"


@check("kernel-doc", "kernel-doc comments are complete")
def kernel_doc(context):
    files = context.ours(".c", ".h", under=("drivers/", "mm/", "samples/"))
    files += context.ours(".h", under="include/")
    results = context.run_all(
        [["perl", "scripts/kernel-doc", "-none", "-Werror", path]
         for path in files])
    problems = []
    for path, (status, output) in zip(files, results):
        said = [line for line in output.splitlines()
                if "warning:" in line or "error:" in line]
        problems += said
        if status and not said:
            problems.append(f"{path}: {output.strip()[-200:]}")
    return problems, f"{len(files)} files"


@check("layers", "lower layers do not include upper ones")
def layers(context):
    text = re.sub(r"^#.*$", "", (PATCHES / "layers").read_text(), flags=re.M)
    rank = {}
    for number, line in enumerate(text.split("\n")):
        for name in line.split():
            for kind in (".h", ".c") if name[-2] != "." else ("",):
                rank[name + kind] = number
    problems, edges = [], 0
    for path in context.ours(".c", ".h", under=IOMMUFD):
        name = path[len(IOMMUFD):]
        if path.endswith(".h") and name not in rank:
            problems.append(f"{path}: has no layer in patches/layers")
            continue
        for header in re.findall(r'^#include "(.*)"$',
                                 context.overlay[path].read_text(), re.M):
            edges += 1
            # A file that nobody can include stands on top of all.
            if rank.get(header, 0) > rank.get(name, 1000):
                problems.append(f"{path}: includes {header} of a layer above")
    return problems, f"{edges} includes"


def functions(text):
    """(first line, name, length) of the C functions in a file."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            head = "\n".join(lines[max(0, start - 8):start - 1])
            names = re.findall(r"(\w+)\(", head.rsplit("\n\n", 1)[-1])
            yield start, names[0] if names else "?", number - start + 1
            start = None


@check("size", "files to 500 lines, functions to 70")
def size(context):
    problems = []
    paths = context.ours(".c", ".h")
    for path in paths:
        text = context.overlay[path].read_text()
        if text.count("\n") > 500:
            problems.append(f"{path}: {text.count(chr(10))} lines")
        problems += [f"{path}:{line}: {name}() has {length} lines"
                     for line, name, length in functions(text) if length > 70]
    return problems, f"{len(paths)} files"


@check("words", "no leftovers, no paths of somebody's machine")
def words(_context):
    left = r"\b(TO" r"DO|FIX" r"ME|X" r"XX|WI" r"P|work in " r"progress)\b"
    # Real output goes where a marker is.
    marker = r"^@[A-Z]+@$"
    home = r"(?<![\w.$}])/(home|work)/\w"
    problems = []
    paths = [p for p in repository_files() if p not in ("COPYING",)]
    for path in paths:
        text = (ROOT / path).read_text(errors="replace")
        if path.endswith(".patch"):
            # Only what the patch adds; the rest is the kernel's.
            text = "\n".join(line if re.match(r"\+", line) else ""
                             for line in text.split("\n"))
        for number, line in enumerate(text.split("\n"), 1):
            if any(re.search(p, line) for p in (left, home, marker)):
                problems.append(f"{path}:{number}: {line.strip()}")
            if line.endswith((" ", "\t")) and not path.endswith(".patch"):
                problems.append(f"{path}:{number}: space at the end")
    return problems, f"{len(paths)} files"


@check("scripts", "shellcheck, and Python that compiles")
def scripts(context):
    shell, problems = [], []
    for path in repository_files():
        if path.startswith(("drivers/", "include/", "Documentation/")):
            continue
        text = (ROOT / path).read_text(errors="replace")
        first = text.split("\n", 1)[0]
        if re.match(r"#!.*\b(ba|da)?sh\b", first) or path == "qemu/lib.sh":
            shell.append(path)
        elif re.match(r"#!.*python", first) or path.endswith(".py"):
            try:
                ast.parse(text, path)
            except SyntaxError as error:
                problems.append(f"{path}:{error.lineno}: {error.msg}")
    # SC2119, SC2120: functions may have arguments that nobody gives yet.
    results = context.run_all(
        [["shellcheck", "-x", "-s", "bash", "-f", "gcc", "-P", "qemu",
          "-e", "SC2119,SC2120", path] for path in shell], cwd=ROOT)
    for _, output in results:
        problems += output.splitlines()
    return problems, f"{len(shell)} shell scripts"
