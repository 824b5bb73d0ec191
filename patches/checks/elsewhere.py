# SPDX-License-Identifier: GPL-2.0
"""Files that we change and that neither test kernel's configuration can compile.

They are compiled, which is all that can be said of them without the hardware.
"""

import subprocess

import ktree
from checks import ROOT, check
from checks.build import APART, Output

NEEDED = """
CONFIG_EXPERT=y
CONFIG_MODULES=y
CONFIG_MULTIUSER=y
CONFIG_EVENTFD=y
CONFIG_HIGH_RES_TIMERS=y
CONFIG_IOMMU_SUPPORT=y
CONFIG_PCI=y
CONFIG_PCI_MSI=y
CONFIG_NET=y
CONFIG_VIRTUALIZATION=y
CONFIG_KVM=m
CONFIG_IOMMUFD=m
CONFIG_VFIO=m
CONFIG_VFIO_DEVICE_CDEV=y
CONFIG_VFIO_MDEV=m
"""
I915 = """
CONFIG_64BIT=y
CONFIG_X86_64=y
CONFIG_ACPI=y
CONFIG_AGP=y
CONFIG_DRM=m
CONFIG_DRM_I915=m
CONFIG_DRM_I915_GVT=y
CONFIG_DRM_I915_GVT_KVMGT=m
"""
S390 = """
CONFIG_CCW=y
CONFIG_AP=y
CONFIG_CRYPTO=y
CONFIG_CRYPTO_HW=y
CONFIG_ZCRYPT=m
CONFIG_S390_CCW_IOMMU=y
CONFIG_S390_AP_IOMMU=y
CONFIG_VFIO_CCW=m
CONFIG_VFIO_AP=m
"""
# Architecture, what its configuration needs, directory, option.
KINDS = [
    ("x86_64", I915, "drivers/gpu/drm/i915/", "DRM_I915_GVT_KVMGT"),
    ("s390", S390, "drivers/s390/cio/", "VFIO_CCW"),
    ("s390", S390, "drivers/s390/crypto/", "VFIO_AP"),
]


def compile_kind(context, arch, needed, directory, option):
    out = Output(context, arch, name=f"check-elsewhere-{arch}")
    out.configure(NEEDED + needed)
    if f"CONFIG_{option}=m" not in (out.dir / ".config").read_text():
        return [f"{arch}: CONFIG_{option} is not set"], 0
    wanted = [p.removesuffix(".c") + ".o" for p in context.patched()
              if p.endswith(".c") and p.startswith(directory)]
    for path in wanted:
        (out.dir / path).unlink(missing_ok=True)
    # One object of a directory does not get the flags of the one above.
    status, output = out.make(f"KCFLAGS=-I{context.tree}/{directory}", *wanted)
    problems = context.complaints(output)
    if status and not problems:
        problems = output.splitlines()[-8:]
    return problems, len(wanted)


@check("elsewhere", "drivers of other machines compile", slow=True)
def elsewhere(context):
    if subprocess.run([ROOT / "qemu" / "setup", "install", "check-s390"],
                      stdin=subprocess.DEVNULL).returncode:
        raise ktree.Failure("the cross compiler is missing")
    left = [p for p in context.patched() if APART.match(p)]
    problems, count = [], 0
    for kind in KINDS:
        found, compiled = compile_kind(context, *kind)
        problems += found
        count += compiled
    if count != len(left) and not problems:
        problems.append(f"{len(left)} files, but {count} compiled")
    return problems, f"{count} objects"
