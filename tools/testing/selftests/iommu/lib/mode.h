/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in which a program can have a device and map memory for it, so that
 * one test can try them all. Functions return 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_MODE_H
#define SELFTESTS_IOMMU_LIB_MODE_H

#include <stdbool.h>
#include <linux/types.h>
#include "edu.h"
#include "iommu.h"
#include "pci.h"
#include "vfio.h"

/**
 * enum mode - A way to a device
 * @MODE_TYPE1: its group in a container, type 1
 * @MODE_TYPE1V2: likewise, type 1 version 2
 * @MODE_COMPAT: its group with /dev/iommu for container, type 1
 * @MODE_COMPATV2: likewise, type 1 version 2
 * @MODE_NATIVE: its own node, and the commands of /dev/iommu
 */
enum mode {
	MODE_TYPE1,
	MODE_TYPE1V2,
	MODE_COMPAT,
	MODE_COMPATV2,
	MODE_NATIVE,
};

#define MODE_RANGES 16

/**
 * struct mode_dev - A device that a program has in one of the ways
 * @mode: which
 * @pci: with vfio-pci until mode_down()
 * @cont: container and group; with MODE_NATIVE only cont.fd, the context
 * @ioas_id: where MODE_NATIVE maps
 * @vfio: the device's file
 */
struct mode_dev {
	enum mode mode;
	struct pci_dev pci;
	struct vfio_container cont;
	__u32 ioas_id;
	struct vfio_dev vfio;
};

static inline bool mode_is_native(enum mode mode)
{
	return mode == MODE_NATIVE;
}

static inline bool mode_is_iommufd(enum mode mode)
{
	return mode >= MODE_COMPAT;
}

int mode_up(struct mode_dev *dev, enum mode mode, __u32 id, int nth);
int mode_open(struct mode_dev *dev);
void mode_close(struct mode_dev *dev);
void mode_down(struct mode_dev *dev);

int mode_map(struct mode_dev *dev, const void *va, __u64 length, __u64 iova,
	     __u32 prot);
int mode_unmap(struct mode_dev *dev, __u64 iova, __u64 length,
	       __u64 *unmapped);
int mode_unmap_all(struct mode_dev *dev, __u64 *unmapped);
int mode_ranges(struct mode_dev *dev, struct iommu_iova_range *ranges,
		__u32 *num);

#endif
