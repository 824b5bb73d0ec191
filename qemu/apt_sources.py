#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Derive an apt source for bookworm-backports from the machine's own sources.

Prints a deb822 stanza with the URI, the key and the options of the entry that
serves bookworm, so that a mirror or proxy chosen for this machine serves
backports too and apt verifies them with the same key. Prints nothing when
backports are there already.

usage: apt_sources.py [/etc/apt]
"""

import re
import sys
from pathlib import Path

WANTED = "bookworm-backports"
# A machine may follow Debian 12 by its role rather than by its name.
SUITES = ("bookworm", "stable", "oldstable", "oldoldstable")
OPTIONS = {
    "arch": "Architectures",
    "signed-by": "Signed-By",
    "trusted": "Trusted",
    "check-valid-until": "Check-Valid-Until",
    "by-hash": "By-Hash",
    "pdiffs": "PDiffs",
    "lang": "Languages",
}
OWN_FIELDS = ("types", "suites", "components", "enabled", "x-repolib-name")


def parse_deb822(text):
    """Stanzas as {lower-case field: (field, value)}."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields, current = {}, None
        for line in block.splitlines():
            # A comment may stand anywhere, even inside a folded field.
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t":
                if current:
                    name, value = fields[current]
                    fields[current] = (name, value + "\n" + line)
            elif ":" in line:
                name, value = line.split(":", 1)
                current = name.strip().lower()
                fields[current] = (name.strip(), value.strip())
        if fields:
            yield fields


def parse_oneline(text):
    """Lines of a sources.list in the form that parse_deb822() gives."""
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.match(r"(deb|deb-src)\s+(?:\[([^]]*)\]\s+)?"
                         r"(\S+)\s+(\S+)\s*(.*)$", line)
        if not match:
            continue
        kind, options, uri, suite, components = match.groups()
        fields = {"types": ("Types", kind), "uris": ("URIs", uri),
                  "suites": ("Suites", suite),
                  "components": ("Components", components)}
        for option in (options or "").split():
            key, _, value = option.partition("=")
            name = OPTIONS.get(key.rstrip("+-").lower())
            if name:
                fields[name.lower()] = (name, value.replace(",", " "))
        yield fields


def entries(apt):
    files = [apt / "sources.list"]
    files += sorted((apt / "sources.list.d").glob("*"))
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(errors="replace")
        if file.suffix == ".list":
            yield from parse_oneline(text)
        elif file.suffix == ".sources":
            yield from parse_deb822(text)


def words(entry, field):
    return entry.get(field, ("", ""))[1].split()


def usable(entry, suite):
    return ("deb" in words(entry, "types")
            and suite in words(entry, "suites")
            and "main" in words(entry, "components")
            and words(entry, "enabled")[:1] not in (["no"], ["false"], ["0"])
            and any(not uri.startswith("cdrom:")
                    for uri in words(entry, "uris")))


def stanza(entry):
    lines = ["# QEMU 10, for the test guests", "Types: deb",
             f"Suites: {WANTED}", "Components: main"]
    for key, (name, value) in entry.items():
        if key == "uris":
            value = " ".join(uri for uri in value.split()
                             if not uri.startswith("cdrom:"))
        if key not in OWN_FIELDS:
            lines.append(f"{name}: {value}".replace(": \n", ":\n"))
    return "\n".join(lines)


def main(argv):
    all_entries = list(entries(Path(argv[0] if argv else "/etc/apt")))
    if any(usable(entry, WANTED) for entry in all_entries):
        return 0
    for suite in SUITES:
        for entry in all_entries:
            if usable(entry, suite):
                print(stanza(entry))
                return 0
    print("no apt source for bookworm main found", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
