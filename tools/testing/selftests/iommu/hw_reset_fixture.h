/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about hot reset share: a mark in a device that only a reset
 * takes away.
 */
#ifndef SELFTESTS_IOMMU_HW_RESET_FIXTURE_H
#define SELFTESTS_IOMMU_HW_RESET_FIXTURE_H

#include <errno.h>

#include "lib/hot_reset.h"
#include "lib/vfio.h"

/* Where the transmit descriptors are: 0 after a reset */
#define E1000E_MARK 0x3800
#define IGB_MARK 0xe000

#define MARK 0x12345000

static inline volatile __u32 *mark_of(struct vfio_dev *dev, __u32 reg)
{
	return (volatile __u32 *)((char *)dev->bar[0] + reg);
}

static inline bool is_marked(struct vfio_dev *dev, __u32 reg)
{
	return *mark_of(dev, reg) == MARK;
}

/* Reset, and nothing else, sets it to this: not decoded reads as all ones */
static inline bool was_reset(struct vfio_dev *dev, __u32 reg)
{
	return *mark_of(dev, reg) == 0;
}

static inline int set_mark(struct vfio_dev *dev, __u32 reg)
{
	int rc = vfio_set_master(dev, true);

	if (!rc && !dev->bar_size[0])
		rc = vfio_map_bar(dev, 0);
	if (rc)
		return rc;
	*mark_of(dev, reg) = MARK;
	return is_marked(dev, reg) ? 0 : -EIO;
}

#endif
