/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMUFD_CLAIM_POLICY_H
#define __IOMMUFD_CLAIM_POLICY_H

struct iommufd_group_claim;

/**
 * enum iommufd_claim_policy - What of members that are neither bound nor parked
 * @IOMMUFD_CLAIM_PARKED: They are let be, and the log says so
 * @IOMMUFD_CLAIM_STRICT: Nobody is attached before all of those are bound
 */
enum iommufd_claim_policy {
	IOMMUFD_CLAIM_PARKED,
	IOMMUFD_CLAIM_STRICT,
};

enum iommufd_claim_policy iommufd_claim_policy(void);
int iommufd_claim_check_members(struct iommufd_group_claim *claim);

#endif
