/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hot reset: all devices of a bus or slot at once. Functions return 0 or a
 * negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_HOT_RESET_H
#define SELFTESTS_IOMMU_LIB_HOT_RESET_H

#include <linux/types.h>
#include "vfio.h"

#define HOT_RESET_MAX 8
#define HOT_RESET_OWNED	VFIO_PCI_DEVID_OWNED
#define HOT_RESET_NOT_OWNED ((__u32)VFIO_PCI_DEVID_NOT_OWNED)
#define HOT_RESET_ABSENT 0xabababab	/* of hot_reset_id(): not in the list */

/**
 * struct hot_reset_info - What a reset of a device would reset
 * @argsz: as in struct vfio_pci_hot_reset_info, likewise @flags and @count
 * @devices: @count of them are valid
 */
struct hot_reset_info {
	__u32 argsz;
	__u32 flags;
	__u32 count;
	struct vfio_pci_dependent_device devices[HOT_RESET_MAX];
};

int hot_reset_info(struct vfio_dev *dev, struct hot_reset_info *info);
__u32 hot_reset_id(const struct hot_reset_info *info, const char *name);
int hot_reset(struct vfio_dev *dev);
int hot_reset_by_file(struct vfio_dev *dev, int file);

#endif
