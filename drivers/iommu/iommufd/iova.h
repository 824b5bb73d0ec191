/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOVA_H
#define _IOMMUFD_IOVA_H

#include <linux/types.h>

struct iommu_iova_range;
struct iommufd_iopt;

int iommufd_iova_check_locked(struct iommufd_iopt *iopt, unsigned long iova,
			      unsigned long length);
int iommufd_iova_choose_locked(struct iommufd_iopt *iopt, unsigned long *iova,
			       unsigned long uptr, unsigned long length);
int iommufd_iova_reserve(struct iommufd_iopt *iopt, unsigned long start,
			 unsigned long last, const void *owner);
void iommufd_iova_unreserve(struct iommufd_iopt *iopt, const void *owner);
int iommufd_iova_allow(struct iommufd_iopt *iopt,
		       const struct iommu_iova_range *ranges, size_t count);
size_t iommufd_iova_ranges(struct iommufd_iopt *iopt,
			   struct iommu_iova_range *ranges, size_t room);

#endif
