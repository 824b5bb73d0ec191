/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMUFD_CLAIM_POLICY_H
#define __IOMMUFD_CLAIM_POLICY_H

#include <uapi/linux/iommufd_group.h>

struct iommufd_group_claim;

enum iommu_group_policy iommufd_claim_policy(void);
int iommufd_claim_check_members(struct iommufd_group_claim *claim);

#endif
