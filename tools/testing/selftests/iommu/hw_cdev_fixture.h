/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about a device's own node: an edu with vfio-pci,
 * its file open but not bound, a context with one address space. Include once
 * per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_CDEV_FIXTURE_H
#define SELFTESTS_IOMMU_HW_CDEV_FIXTURE_H

#include "../kselftest_harness.h"

#include <sys/ioctl.h>

#include "lib/check.h"
#include "lib/hw.h"

FIXTURE(cdev)
{
	struct pci_dev pci;
	struct vfio_dev dev;
	int iommufd;
	__u32 ioas_id;
	size_t page;
	char *memory;		/* two pages */
	void *read_only;	/* one page, see as_read_only() */
};

FIXTURE_SETUP(cdev)
{
	self->dev.fd = -1;
	self->page = mem_page_size();
	self->memory = mem_alloc(2 * self->page);
	self->read_only = mem_alloc(self->page);
	ASSERT_TRUE(self->memory && self->read_only);
	if (pci_find(PCI_ID_EDU, PCI_ALONE, 0, &self->pci))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	self->iommufd = iommu_open();
	ASSERT_LE(0, self->iommufd);
	ASSERT_OK(iommu_ioas_alloc(self->iommufd, &self->ioas_id));
	ASSERT_OK(pci_take(&self->pci));
	ASSERT_OK(vfio_open(&self->dev, self->pci.name)) {
		pci_give_back(&self->pci);
	}
}

FIXTURE_TEARDOWN(cdev)
{
	vfio_close(&self->dev);
	if (self->iommufd >= 0)
		close(self->iommufd);
	pci_give_back(&self->pci);
	mem_free(self->memory, 2 * self->page);
	mem_free(self->read_only, self->page);
}

/* Issue a VFIO command whose struct the kernel can read but not write */
static inline int ioctl_read_only(struct _test_data_cdev *self,
				  unsigned long cmd, const void *arg,
				  size_t size)
{
	mprotect(self->read_only, self->page, PROT_READ | PROT_WRITE);
	memcpy(self->read_only, arg, size);
	mprotect(self->read_only, self->page, PROT_READ);
	return iommu_ioctl(self->dev.fd, cmd, self->read_only);
}

static inline int bind(struct _test_data_cdev *self)
{
	return vfio_bind(&self->dev, self->iommufd);
}

static inline int attach(struct _test_data_cdev *self)
{
	return vfio_attach(&self->dev, self->ioas_id);
}

#endif
