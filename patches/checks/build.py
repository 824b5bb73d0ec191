# SPDX-License-Identifier: GPL-2.0
"""What compilers and analysers say about our code."""

import re
import shutil

import ktree
from checks import BUILD, PATCHES, ROOT, check, excepted, exceptions

CROSS = {"x86_64": "", "arm64": "aarch64-linux-gnu-",
         "s390": "s390x-linux-gnu-"}
# Kernel files that only compile for another architecture than x86_64. KVM is in
# the kernel of the x86_64 guests alone.
ELSEWHERE = re.compile(r"drivers/iommu/(arm|apple|mtk|msm|s390|rockchip)")
# Those that need a configuration of their own: see elsewhere.py.
APART = re.compile(r"drivers/(s390|gpu)/")


class Output:
    """An output directory configured for checks: everything modular."""

    def __init__(self, context, arch, source=None, name=None):
        self.context = context
        self.source = source or context.tree
        self.dir = BUILD / (name or f"check-{arch}")
        cc = f"{CROSS[arch]}gcc"
        if shutil.which("ccache"):
            cc = f"ccache {cc}"
        self.command = ["make", "-C", self.source, f"O={self.dir}",
                        f"ARCH={arch}", f"CROSS_COMPILE={CROSS[arch]}",
                        f"CC={cc}", f"-j{context.jobs}"]
        self.arch = arch

    def make(self, *args):
        return self.context.run(
            [*self.command, *args], cwd=ROOT,
            env={"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"})

    def prepare(self, modular=True):
        """Configure like the test guests, or with modules, and the tools."""
        self.configure(self.wanted(modular))

    def wanted(self, modular):
        configs = ROOT / "qemu" / "configs"
        wanted = "".join((configs / f"{name}.config").read_text()
                         for name in ("base", self.arch))
        if modular:
            wanted += "".join(f"CONFIG_{name}=m\n"
                              for name in ("IOMMUFD", "VFIO", "VFIO_PCI"))
            # What only tests need on some architecture is compiled as well.
            wanted += "".join(f"CONFIG_{name}=y\n"
                              for name in ("RUNTIME_TESTING_MENU", "KUNIT",
                                           "IOASID_KUNIT_TEST",
                                           "FAULT_INJECTION",
                                           "IOMMUFD_TEST"))
        return wanted

    def configure(self, wanted):
        """Configure, and build what every compilation needs."""
        self.dir.mkdir(exist_ok=True)
        (self.dir / "wanted.config").write_text(wanted)
        for goal in ((f"KCONFIG_ALLCONFIG={self.dir}/wanted.config",
                      "allnoconfig"), ("modules_prepare",)):
            status, output = self.make("-s", *goal)
            if status:
                raise ktree.Failure("\n".join(output.splitlines()[-10:]))


def objects(context, arch):
    """Objects of the C files that we bring or change, for an architecture."""
    files = [p for p in [*context.ours(".c", under=("drivers/", "mm/",
                                                    "samples/")),
                         *context.patched()]
             if p.endswith(".c") and not p.startswith("tools/")
             and not APART.match(p)]
    if arch == "arm64":
        files = [p for p in files if not re.match(
            r"arch/x86|drivers/iommu/(intel|amd|hyperv)|virt/kvm", p)]
    else:
        files = [p for p in files if not ELSEWHERE.match(p)
                 and not p.startswith("arch/arm")]
    return [re.sub(r"\.c$", ".o", path) for path in files]


def compile_all(context, arch, *options):
    out = Output(context, arch)
    out.prepare()
    wanted = objects(context, arch)
    for path in wanted:
        # An object that is up to date would keep its warnings to itself.
        (out.dir / path).unlink(missing_ok=True)
    status, output = out.make("-k", *options, *wanted)
    problems = context.complaints(output)
    if status and not problems:
        problems = [line for line in output.splitlines()
                    if re.search(r"\*\*\*|rror", line)][:20] or ["make failed"]
    return problems, f"{len(wanted)} objects"


@check("w1-x86_64", "no warning with W=1, as modules, x86_64")
def w1_x86(context):
    return compile_all(context, "x86_64", "W=1")


@check("w1-arm64", "no warning with W=1, as modules, arm64")
def w1_arm(context):
    return compile_all(context, "arm64", "W=1")


@check("sparse", "sparse (C=2) finds nothing")
def sparse(context):
    return compile_all(context, "x86_64", "C=2")


def semantic_patches(context):
    """Coccinelle scripts that have a report mode."""
    return [path for path in sorted((context.tree / "scripts" / "coccinelle")
                                    .rglob("*.cocci"))
            if re.search(r"^virtual .*\breport\b", path.read_text(), re.M)]


@check("coccinelle", "coccicheck, MODE=report, finds nothing")
def coccinelle(context):
    # As scripts/coccicheck calls it, but on copies of our kernel code alone.
    scratch = BUILD / "check-cocci"
    shutil.rmtree(scratch, ignore_errors=True)
    paths = [p for p in {*context.ours(".c", ".h"), *context.patched()}
             if p.endswith((".c", ".h")) and not p.startswith("tools/")]
    for path in paths:
        ktree.copy(context.tree / path, scratch / path)
    scripts = semantic_patches(context)
    results = context.run_all(
        [["spatch", "-D", "report", "--very-quiet", "--no-show-diff",
          "--cocci-file", script, "--dir", ".", *options_of(script),
          "-I", context.tree / "include"] for script in scripts], cwd=scratch)
    rows, problems = exceptions("coccinelle"), []
    for script, (status, output) in zip(scripts, results):
        for match in re.finditer(r"^(?:\./)?(\S+?):(\d+)(?:[:-]\S*)? (.*)$",
                                 output, re.M):
            path, line = match[1], int(match[2])
            if path in context.overlay or line in context.changed_lines(path):
                if not excepted(rows, path, script.stem):
                    problems.append(f"{path}:{line}: {match[3]} "
                                    f"({script.stem})")
        if status:
            problems.append(f"{script.name}: spatch status {status}")
    return problems, f"{len(scripts)} scripts, {len(paths)} files"


def options_of(script):
    match = re.search(r"^// Options: *(.*)$", script.read_text(), re.M)
    return match[1].split() if match else []


@check("host", "algorithms on the host, with ASan and UBSan")
def host(context):
    status, output = context.run(
        ["make", "-C", context.tree / "tools" / "testing" / "iommu",
         f"OUTPUT={BUILD}/host", "test"])
    passed = len(re.findall(r"^ok ", output, re.M))
    failed = re.findall(r"^not ok .*$", output, re.M)
    if status or not passed:
        return failed or output.splitlines()[-8:] or ["nothing ran"], ""
    return failed, f"{passed} tests"
