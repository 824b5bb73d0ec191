/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about virtual functions share: a physical function, some of
 * its virtual ones, and two contexts. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_SRIOV_FIXTURE_H
#define SELFTESTS_IOMMU_HW_SRIOV_FIXTURE_H

#include "../kselftest_harness.h"

#include <linux/pci_regs.h>

#include "lib/check.h"
#include "lib/driver.h"
#include "lib/group.h"
#include "lib/hw.h"
#include "lib/pci_config.h"
#include "lib/sriov.h"

#define VFS 3
#define KERNEL_DRIVER "igb"

/* One function and the file that it is driven through */
struct function {
	struct pci_dev pci;
	struct vfio_dev dev;
};

struct functions {
	struct function pf;
	struct function vf[VFS];
	int ours;	/* two contexts */
	int theirs;
	bool loaded;	/* the kernel's driver, by us */
};

static const struct sriov_token token = { "shared by few" };
static const struct sriov_token wrong_token = { "guessed" };

/* Returns -ENODEV when the machine has no such physical function. */
static inline int functions_init(struct functions *fns,
				 enum pci_company company)
{
	int i, rc = pci_find(PCI_ID_IGB, company, 0, &fns->pf.pci);

	fns->pf.dev.fd = -1;
	for (i = 0; i < VFS; i++)
		fns->vf[i].dev.fd = -1;
	if (rc)
		return rc;
	fns->ours = iommu_open();
	fns->theirs = iommu_open();
	return fns->ours < 0 || fns->theirs < 0 ? -EMFILE : 0;
}

/* While a file of one is open, VFs cannot vanish */
static inline void close_all(struct functions *fns)
{
	int i;

	for (i = 0; i < VFS; i++)
		vfio_close(&fns->vf[i].dev);
	vfio_close(&fns->pf.dev);
}

static inline void functions_restore(struct functions *fns)
{
	close_all(fns);
	close(fns->ours);
	close(fns->theirs);
	sriov_set_vfs(fns->pf.pci.name, 0);
	pci_give_back(&fns->pf.pci);
	sriov_allow_users(false);
	if (fns->loaded)
		driver_unload(KERNEL_DRIVER);
}

static inline int take_and_open(struct function *fn)
{
	return pci_take(&fn->pci) ?: vfio_open(&fn->dev, fn->pci.name);
}

static inline int add_vfs(struct functions *fns)
{
	int i, rc = sriov_set_vfs(fns->pf.pci.name, VFS);

	for (i = 0; !rc && i < VFS; i++)
		rc = sriov_find_vf(fns->pf.pci.name, i, &fns->vf[i].pci);
	return rc;
}

/* The physical function is the kernel's, its VFs are with vfio-pci and open */
static inline int add_vfs_of_kernel(struct functions *fns)
{
	int i, rc;

	rc = driver_load(KERNEL_DRIVER, fns->pf.pci.name, &fns->loaded) ?:
	     add_vfs(fns);
	for (i = 0; !rc && i < VFS; i++)
		rc = take_and_open(&fns->vf[i]);
	return rc;
}

/* The physical function is with vfio-pci, and so are its VFs; all are open */
static inline int add_vfs_of_user(struct functions *fns)
{
	int i, rc;

	rc = sriov_allow_users(true) ?: take_and_open(&fns->pf) ?:
	     add_vfs(fns);
	for (i = 0; !rc && i < VFS; i++)
		rc = vfio_open(&fns->vf[i].dev, fns->vf[i].pci.name);
	return rc;
}

static inline int reopen(struct function *fn)
{
	vfio_close(&fn->dev);
	return vfio_open(&fn->dev, fn->pci.name);
}

#endif
