/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_DEVICE_H
#define _IOMMUFD_DEVICE_H

#include <linux/list.h>

#include "object.h"

struct device;
struct iommufd_ctx;
struct iommufd_group_claim;
struct iommufd_ucmd;

/**
 * struct iommufd_device - A device that a driver handed to a context
 * @obj: Id and life. The driver depends on it from bind to unbind, so that
 *       user space cannot destroy it
 * @ictx: (i) The context, referenced
 * @dev: (i) The device, alive until its driver unbinds it
 * @claim: (i) The claim on its group
 * @bound_item: (g) In claim->bound, while it is visible
 * @attached_item: (c) In claim->attached, empty when not attached
 */
struct iommufd_device {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	struct device *dev;
	struct iommufd_group_claim *claim;
	struct list_head bound_item;
	struct list_head attached_item;
};

extern const struct iommufd_object_type iommufd_device_type;

void iommufd_device_unbind_in_ctx(struct iommufd_device *idev);
struct iommufd_device *iommufd_device_get(struct iommufd_ucmd *ucmd, u32 id);
void iommufd_device_put(struct iommufd_ucmd *ucmd, struct iommufd_device *idev);
int iommufd_get_hw_info_ioctl(struct iommufd_ucmd *ucmd);

#endif
