/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about groups of several devices: two of them as
 * they were found, and two contexts to quarrel over them. The suite adds the
 * variants. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_GROUP_FIXTURE_H
#define SELFTESTS_IOMMU_HW_GROUP_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"

/* One of the group's devices and the file that it is driven through */
struct member {
	struct pci_dev pci;
	struct vfio_dev dev;
};

FIXTURE(group)
{
	struct member a;
	struct member b;
	int ours;	/* two contexts */
	int theirs;
};

FIXTURE_VARIANT(group)
{
	__u32 id;	/* of a; b is whatever else the group has */
};

FIXTURE_SETUP(group)
{
	self->a.dev.fd = -1;
	self->b.dev.fd = -1;
	if (pci_find(variant->id, PCI_SHARED, 0, &self->a.pci))
		SKIP_FROM_SETUP("no device %08x in a shared IOMMU group",
				variant->id);
	ASSERT_OK(pci_find_sibling(&self->a.pci, &self->b.pci));
	self->ours = iommu_open();
	self->theirs = iommu_open();
	ASSERT_LE(0, self->ours);
	ASSERT_LE(0, self->theirs);
}

FIXTURE_TEARDOWN(group)
{
	vfio_close(&self->a.dev);
	vfio_close(&self->b.dev);
	close(self->ours);
	close(self->theirs);
	pci_give_back(&self->b.pci);
	pci_give_back(&self->a.pci);
}

static inline int take_and_open(struct member *member)
{
	return pci_take(&member->pci) ?: vfio_open(&member->dev,
						   member->pci.name);
}

static inline int take_both(struct _test_data_group *self)
{
	return take_and_open(&self->a) ?: take_and_open(&self->b);
}

/* Both with vfio-pci, both bound to our context */
static inline int bind_both(struct _test_data_group *self)
{
	return take_both(self) ?: vfio_bind(&self->a.dev, self->ours) ?:
	       vfio_bind(&self->b.dev, self->ours);
}

#endif
