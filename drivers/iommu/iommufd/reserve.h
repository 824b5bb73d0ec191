/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMUFD_RESERVE_H
#define __IOMMUFD_RESERVE_H

#include <linux/types.h>

struct device;
struct iommufd_group_claim;
struct iommufd_ioas;

phys_addr_t iommufd_find_msi_base(struct device *dev);
int iommufd_reserve_device(struct iommufd_ioas *ioas, struct device *dev,
			   const void *owner);
int iommufd_reserve_group(struct iommufd_ioas *ioas,
			  struct iommufd_group_claim *claim);

#endif
