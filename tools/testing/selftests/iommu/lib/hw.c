// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>

#include "hw.h"

/**
 * hw_missing - Is there no edu that is alone in its group?
 * @nth: 0 for the first
 *
 * Return: 0 when it is there, else -ENODEV. Changes nothing.
 */
int hw_missing(int nth)
{
	struct pci_dev pci;

	return pci_find(PCI_ID_EDU, PCI_ALONE, nth, &pci);
}

/**
 * hw_up - Take an edu, open a context with an address space, bind, initialize
 * @hw: to be given to hw_down() whatever this returns
 * @nth: which of the singletons
 *
 * Return: 0 or a negative errno.
 */
int hw_up(struct hw *hw, int nth)
{
	int rc;

	memset(hw, 0, sizeof(*hw));
	hw->iommufd = -1;
	hw->vfio.fd = -1;
	rc = pci_find(PCI_ID_EDU, PCI_ALONE, nth, &hw->pci);
	if (rc)
		return rc;
	rc = pci_take(&hw->pci);
	if (rc)
		return rc;
	return hw_reopen(hw);
}

/**
 * hw_reopen - Open and bind again what hw_up() opened, in a new context
 * @hw: device and context are closed
 *
 * Return: 0 or a negative errno.
 */
int hw_reopen(struct hw *hw)
{
	int rc;

	hw->iommufd = iommu_open();
	if (hw->iommufd < 0)
		return hw->iommufd;
	rc = iommu_ioas_alloc(hw->iommufd, &hw->ioas_id);
	if (rc)
		return rc;
	rc = vfio_open(&hw->vfio, hw->pci.name);
	if (rc)
		return rc;
	rc = vfio_bind(&hw->vfio, hw->iommufd);
	if (rc)
		return rc;
	return edu_init(&hw->edu, &hw->vfio);
}

/**
 * hw_join - Move a device to another context, and attach it there
 * @hw: from hw_up(); keeps its own context for hw_down()
 * @iommufd: the other context
 * @ioas_id: an address space of that
 *
 * Return: 0 or a negative errno.
 */
int hw_join(struct hw *hw, int iommufd, __u32 ioas_id)
{
	int rc;

	vfio_close(&hw->vfio);
	rc = vfio_open(&hw->vfio, hw->pci.name);
	if (rc)
		return rc;
	rc = vfio_bind(&hw->vfio, iommufd);
	if (rc)
		return rc;
	rc = vfio_attach(&hw->vfio, ioas_id);
	if (rc)
		return rc;
	return edu_init(&hw->edu, &hw->vfio);
}

/**
 * hw_down - Close everything and leave the device as it was found
 * @hw: from hw_up(); what the test closed itself must be set to -1
 */
void hw_down(struct hw *hw)
{
	vfio_close(&hw->vfio);
	if (hw->iommufd >= 0)
		close(hw->iommufd);
	hw->iommufd = -1;
	pci_give_back(&hw->pci);
}
