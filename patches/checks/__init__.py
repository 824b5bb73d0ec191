# SPDX-License-Identifier: GPL-2.0
"""What the checks share: the register, the context, ways to run tools."""

import fnmatch
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import laying
from ktree import BUILD, PATCHES, ROOT

CHECKS = []


class Check:
    def __init__(self, name, what, function, slow):
        self.name = name
        self.what = what
        self.slow = slow
        self.function = function


def check(name, what, slow=False):
    """Register a function(context) that gives (problems, remark).

    A slow one runs only when it is named.
    """
    def add(function):
        CHECKS.append(Check(name, what, function, slow))
        return function
    return add


class Context:
    """What is checked, and where a check writes what it saw."""

    def __init__(self, laid):
        self.laid = laid
        self.overlay = laid.overlay
        self.series = laid.series
        self.tree = laying.TREE
        self.log = None
        self.jobs = os.cpu_count() or 1
        self._changed = {}

    def ours(self, *suffixes, under=""):
        """Overlay paths with one of the suffixes, in one of some directories."""
        return [p for p in self.overlay
                if p.endswith(suffixes) and p.startswith(under)]

    def patched(self):
        """Files of the kernel's own that the series changes."""
        return sorted(set().union(*(p.files for p in self.series)))

    def run(self, command, cwd=None, env=None):
        """Run a tool, log all it says, give (status, output)."""
        result = subprocess.run(
            [str(c) for c in command], cwd=cwd or self.tree, text=True,
            errors="replace", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})})
        self.log.write(f"$ {' '.join(str(c) for c in command)}\n"
                       f"{result.stdout}\n")
        self.log.flush()
        return result.returncode, result.stdout

    def run_all(self, commands, **kwargs):
        """Run tools side by side; gives [(status, output)] in order."""
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(lambda c: self.run(c, **kwargs), commands))

    def changed_lines(self, path):
        """Line numbers of a patched file that the series wrote."""
        if path not in self._changed:
            result = subprocess.run(
                ["git", "diff", "--no-index", "-U0", "--",
                 laying.PRISTINE / path, laying.STAGE / path],
                capture_output=True, text=True, errors="replace")
            lines = set()
            for match in re.finditer(r"^@@ \S+ \+(\d+)(?:,(\d+))? @@",
                                     result.stdout, re.M):
                start, count = int(match[1]), int(match[2] or 1)
                lines.update(range(start, start + count))
            self._changed[path] = lines
        return self._changed[path]

    def complaints(self, output):
        """Warnings and errors about lines that are ours."""
        found = []
        pattern = (r"((?:[\w.-]+/)*?(?:arch|drivers|include|kernel|mm|samples|tools)"
                   r"/[\w/.-]+):(\d+)(?::\d+)?:? *(warning|error|.*?: )")
        for line in output.splitlines():
            match = re.search(pattern, line)
            if not match:
                continue
            path = re.sub(rf"^.*?{re.escape(self.tree.name)}/", "", match[1])
            if path in self.overlay or (
                    path in self.patched()
                    and int(match[2]) in self.changed_lines(path)):
                found.append(line.replace(f"{self.tree}/", ""))
        return sorted(set(found))


def exceptions(tool):
    """Lines of patches/exceptions for a tool: [(file pattern, what)]."""
    rows = []
    for line in (PATCHES / "exceptions").read_text().splitlines():
        text = line.split("#", 1)[0].split(None, 2)
        if text and text[0] == tool:
            rows.append((text[1], text[2].strip()))
    return rows


def excepted(rows, path, what):
    return any(fnmatch.fnmatch(path, pattern) and name == what
               for pattern, name in rows)


def repository_files():
    """Every file of this repository that is in version control."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT,
        capture_output=True, text=True, check=True).stdout
    return [p for p in listing.split("\0") if p and (ROOT / p).is_file()]


__all__ = ["BUILD", "CHECKS", "Check", "Context", "PATCHES", "ROOT", "check",
           "excepted", "exceptions", "repository_files"]
