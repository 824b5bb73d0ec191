/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_GROUP_CLAIM_H
#define _IOMMUFD_GROUP_CLAIM_H

#include <linux/list.h>
#include <linux/mutex.h>

struct device;
struct iommu_group;
struct iommufd_ctx;
struct iommufd_hwpt;

/**
 * struct iommufd_group_claim - A context's ownership of a hardware group
 * @ictx: (i) The owner
 * @group: (i) The group, referenced
 * @binds: (g) Bound devices; the claim ends with the last one
 * @bound: (g) The bound devices that have an id already
 * @lock: (c) What the group is attached to. Inside of ictx->claims_lock,
 *        outside of ioas->mutex
 * @hwpt: (c) What the group is attached to, NULL: all its DMA is blocked
 * @attached: (c) Bound devices that asked for @hwpt
 * @warned: (c) The log has the members that cannot be parked
 *
 * While there is a claim, the group's domain is the blocking one or @hwpt's,
 * never one of the kernel's, and no kernel driver that does DMA can bind to
 * any device of the group.
 */
struct iommufd_group_claim {
	struct iommufd_ctx *ictx;
	struct iommu_group *group;
	unsigned int binds;
	struct list_head bound;
	struct mutex lock; /* lock (c) */
	struct iommufd_hwpt *hwpt;
	struct list_head attached;
	bool warned;
};

struct iommufd_group_claim *iommufd_group_claim(struct iommufd_ctx *ictx,
						struct device *dev);
void iommufd_group_release(struct iommufd_group_claim *claim,
			   struct device *dev);

#endif
