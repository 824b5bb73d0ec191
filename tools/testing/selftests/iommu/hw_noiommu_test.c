// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device whose DMA nothing translates is not handed out.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/pci.h"
#include "lib/vfio.h"

FIXTURE(bare)
{
	struct pci_dev pci;
};

FIXTURE_SETUP(bare)
{
	if (pci_find(PCI_ID_EDU, PCI_NO_IOMMU, 0, &self->pci))
		SKIP_FROM_SETUP("every edu device is behind an IOMMU");
}

FIXTURE_TEARDOWN(bare)
{
	pci_give_back(&self->pci);
}

TEST_F(bare, device_without_an_iommu_is_not_taken)
{
	char driver[PCI_NAME_LEN];

	EXPECT_ERR(ENODEV, pci_take(&self->pci));
	EXPECT_ERR(ENOENT, pci_driver(self->pci.name, driver));
}

TEST_F(bare, device_without_an_iommu_has_no_node)
{
	struct vfio_dev dev;

	pci_take(&self->pci);
	EXPECT_ERR(ENODEV, vfio_open(&dev, self->pci.name));
	vfio_close(&dev);
}

TEST_HARNESS_MAIN
