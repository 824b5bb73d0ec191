/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinning of user memory for DMA.
 */
#ifndef __IOMMUFD_PIN_H
#define __IOMMUFD_PIN_H

#include <linux/types.h>

struct iommufd_extents;
struct mm_struct;

int iommufd_pin_user(struct mm_struct *mm, unsigned long start,
		     unsigned long npages, bool writable,
		     struct iommufd_extents *extents);
void iommufd_unpin(struct iommufd_extents *extents, bool dirty);

#endif
