/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_HWPT_H
#define _IOMMUFD_HWPT_H

#include <linux/list.h>
#include <linux/types.h>

#include "iopt.h"
#include "object.h"

struct iommu_domain;
struct iommufd_ctx;
struct iommufd_device;
struct iommufd_ioas;

/**
 * struct iommufd_hwpt - A hardware page table that shows an address space
 * @obj: Id and life. Each attached device depends on it
 * @ictx: (i) The context
 * @ioas: (i) The address space, on which it depends
 * @idomain: The domain, and its place in the address space's map
 * @item: (m) In ioas->hwpts, once it is filled
 * @kept: (i) User space made it and destroys it. Others are made for the
 *        devices that attach to the IOAS, and end with the last of them
 * @ready: (i) It can be filled before a device is attached
 * @filled: (m) It shows what is mapped
 * @tracking: (m) Its hardware notes what devices write
 * @flags: (i) Combination of enum iommufd_hwpt_alloc_flags
 * @coherent: (i) Its devices cannot go around the CPU's caches, wherever their
 *            hardware is able to keep them from it
 * @msi_base: (i) Where MSI doorbells are mapped, PHYS_ADDR_MAX when the
 *            hardware does not translate them
 */
struct iommufd_hwpt {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	struct iommufd_ioas *ioas;
	struct iommufd_iopt_domain idomain;
	struct list_head item;
	bool kept;
	bool ready;
	bool filled;
	bool tracking;
	bool coherent;
	u32 flags;
	phys_addr_t msi_base;
};

extern const struct iommufd_object_type iommufd_hwpt_type;

static inline struct iommufd_hwpt *
iommufd_obj_to_hwpt(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_hwpt, obj);
}

struct iommufd_hwpt *iommufd_hwpt_alloc(struct iommufd_ioas *ioas,
					struct iommufd_device *idev, u32 flags);
int iommufd_hwpt_fill_locked(struct iommufd_hwpt *hwpt);
void iommufd_hwpt_abort_locked(struct iommufd_hwpt *hwpt);

#endif
