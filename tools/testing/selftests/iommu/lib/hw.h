/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An edu device and a context, as nearly every test of real DMA needs them.
 */
#ifndef SELFTESTS_IOMMU_LIB_HW_H
#define SELFTESTS_IOMMU_LIB_HW_H

#include "edu.h"
#include "iommu.h"
#include "memory.h"
#include "pci.h"
#include "vfio.h"

/**
 * struct hw - A device that is bound to a context
 * @pci: the device; with vfio-pci until hw_down()
 * @vfio: its file
 * @edu: its registers, valid after hw_up()
 * @iommufd: the context
 * @ioas_id: an empty address space in it, not attached
 */
struct hw {
	struct pci_dev pci;
	struct vfio_dev vfio;
	struct edu edu;
	int iommufd;
	__u32 ioas_id;
};

int hw_missing(int nth);
int hw_up(struct hw *hw, int nth);
void hw_down(struct hw *hw);
int hw_reopen(struct hw *hw);
int hw_join(struct hw *hw, int iommufd, __u32 ioas_id);

#endif
