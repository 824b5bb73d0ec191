/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_GROUP_INFO_H
#define _IOMMUFD_GROUP_INFO_H

#include <linux/types.h>

struct iommu_group_member;
struct iommu_member;
struct iommufd_ctx;
struct iommufd_group_claim;
struct iommufd_ucmd;

void iommufd_group_member_describe(const struct iommu_member *from,
				   struct iommufd_ctx *ictx,
				   struct iommufd_group_claim *claim,
				   struct iommu_group_member *to);
const char *iommufd_group_member_state_name(u32 state);
int iommufd_group_info_ioctl(struct iommufd_ucmd *ucmd);

#endif
