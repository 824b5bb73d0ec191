/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _INTEL_IOMMU_DIRTY_H
#define _INTEL_IOMMU_DIRTY_H

#include <linux/iommu.h>
#include <linux/types.h>

struct dma_pte;

extern const struct iommu_dirty_ops intel_dirty_ops;

void intel_walk_dirty(struct dma_pte *root, int level, u64 iova, u64 last,
		      unsigned long flags, struct iommu_dirty_report *report);

#endif
