# SPDX-License-Identifier: GPL-2.0
"""Do the manuals build, and do they speak of things that exist?"""

import fnmatch
import re
import shutil

from checks import BUILD, check, exceptions

CONF = '''
# The kernel's own conf.py reads the whole manual; ours need this much of it.
import os
import sys
sys.path.insert(0, os.path.abspath(os.environ["srctree"]
                                   + "/Documentation/sphinx"))
extensions = ["kerneldoc", "sphinx.ext.autosectionlabel"]
autosectionlabel_prefix_document = True
autosectionlabel_maxdepth = 2
kerneldoc_bin = os.environ["srctree"] + "/scripts/kernel-doc"
kerneldoc_srctree = os.environ["srctree"]
project = "iommufd"
primary_domain = "c"
highlight_language = "none"
c_id_attributes = ["__user", "__iomem", "__rcu", "__must_check", "noinline",
                   "__always_inline", "__force", "__packed"]
'''


def ours(context):
    return context.ours(".rst", under="Documentation/")


@check("docs", "our manuals build without a warning")
def docs(context):
    source, out = BUILD / "docs" / "Documentation", BUILD / "docs" / "html"
    shutil.rmtree(BUILD / "docs", ignore_errors=True)
    source.mkdir(parents=True)
    # Pages show sources by their path in the kernel.
    (BUILD / "docs" / "tools").symlink_to(context.tree / "tools")
    pages = ours(context)
    if not pages:
        return ["there is no manual"], ""
    (source / "conf.py").write_text(CONF)
    for page in pages:
        dest = source / page.removeprefix("Documentation/")
        dest.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(context.overlay[page], dest)
    names = [p.removeprefix("Documentation/").removesuffix(".rst")
             for p in pages]
    (source / "index.rst").write_text(
        "Manuals\n=======\n\n.. toctree::\n\n"
        + "".join(f"   {name}\n" for name in names))
    status, output = context.run(
        ["sphinx-build", "-q", "-E", "-W", "--keep-going", "-b", "html",
         source, out], env={"srctree": str(context.tree)})
    # A warning may go on on the next lines.
    said = [" ".join(part.split()).replace(f"{source}/", "")
            .replace(f"{context.tree}/", "")
            for part in re.split(r"\n(?=\S+: .*(?:WARNING|ERROR))|\n\n", output)
            if re.search(r"(?i)\b(warning|error)\b", part)]
    if status and not said:
        return output.splitlines()[-5:] or ["sphinx-build failed"], ""
    rows = exceptions("sphinx")
    return [line for line in said
            if not any(what in line and fnmatch.fnmatch(
                       line.split(":", 1)[0] + ".rst", f"*{pattern}")
                       for pattern, what in rows)], f"{len(pages)} pages"


@check("names", "what the manuals name exists in the sources")
def names(context):
    corpus = "\n".join(
        (context.tree / path).read_text(errors="replace")
        for path in sorted({*context.ours(".c", ".h"), *context.patched(),
                            "include/uapi/linux/vfio.h", "include/linux/iommu.h",
                            "include/linux/vfio.h", "include/linux/mm.h"}))
    known = set(re.findall(r"\w+", corpus))
    problems, count = [], 0
    patterns = (r"\b((?:IOMMU|IOMMUFD|VFIO|IOAS)_[A-Z0-9_]+)\b",
                r"\bstruct (\w+)",
                r"\b((?:ioasid|iommu|iommufd|vfio|iopt)_\w+)\(\)")
    for page in ours(context):
        text = context.overlay[page].read_text()
        for pattern in patterns:
            for name in sorted(set(re.findall(pattern, text))):
                if name.startswith("my_"):  # the reader's own, in examples
                    continue
                count += 1
                if name not in known and not f"CONFIG_{name}" in text:
                    problems.append(f"{page}: {name} does not exist")
    tests = set(re.findall(r"^TEST_F(?:_TIMEOUT)?\(\w+, (\w+)", corpus,
                           flags=re.M))
    for page in ours(context):
        text = context.overlay[page].read_text()
        # A test is a sentence: nothing else has so many words.
        for name in sorted(set(re.findall(r"``([a-z0-9]+(?:_\w+){3,})``",
                                          text))):
            count += 1
            if name not in tests and name not in known:
                problems.append(f"{page}: there is no test {name}")
    return problems, f"{count} names"
