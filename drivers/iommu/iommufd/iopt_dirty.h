/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_DIRTY_H
#define _IOMMUFD_IOPT_DIRTY_H

#include <linux/types.h>

struct iommu_domain;
struct iommufd_iopt;

int iommufd_iopt_read_dirty(struct iommufd_iopt *iopt,
			    struct iommu_domain *domain, unsigned long iova,
			    unsigned long length, unsigned long page_size,
			    u64 __user *data, unsigned long flags);
int iommufd_iopt_clear_dirty(struct iommufd_iopt *iopt,
			     struct iommu_domain *domain);

#endif
