// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of a claimed group that nobody has bound and that cannot be parked:
 * devices that are not on PCI, and virtual functions, which decode addresses
 * whatever their own registers say. The owner of another member may be able to
 * program them, and then they do DMA where the group does.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "claim_policy.h"
#include "group_claim.h"
#include "refuse.h"

static const char * const names[] = {
	[IOMMU_GROUP_POLICY_PARKED] = "parked",
	[IOMMU_GROUP_POLICY_STRICT] = "strict",
};

static enum iommu_group_policy policy;

static int set_policy(const char *value, const struct kernel_param *kp)
{
	int rc = sysfs_match_string(names, value);

	if (rc < 0)
		return rc;
	WRITE_ONCE(policy, rc);
	return 0;
}

static int get_policy(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", names[iommufd_claim_policy()]);
}

static const struct kernel_param_ops policy_ops = {
	.set = set_policy,
	.get = get_policy,
};

module_param_cb(claim_policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(claim_policy,
		 "Members of a group that are not bound and cannot be parked: 'parked' lets them be, 'strict' lets no device of the group be attached");

/**
 * iommufd_claim_policy() - The policy that holds now
 *
 * Return: the policy; can change at any time
 */
enum iommu_group_policy iommufd_claim_policy(void)
{
	return READ_ONCE(policy);
}

/**
 * struct check - A look at all members
 * @claim: The claim of the group
 * @policy: What holds for all of them
 * @exposed: One was found that is neither bound nor parked
 */
struct check {
	const struct iommufd_group_claim *claim;
	enum iommu_group_policy policy;
	bool exposed;
};

static int check_member(const struct iommu_member *member, void *data)
{
	struct check *check = data;

	if (member->claimed || member->reach != IOMMU_MEMBER_REACHABLE)
		return 0;
	if (check->policy == IOMMU_GROUP_POLICY_STRICT)
		return iommufd_refuse(-EACCES,
				      "member of the group is not bound and cannot be parked");
	check->exposed = true;
	if (!check->claim->warned)
		dev_warn(member->dev,
			 "is in a group with devices of user space, is not bound and cannot be parked\n");
	return 0;
}

/**
 * iommufd_claim_check_members() - May devices of the group be attached?
 * @claim: The claim; its lock is held
 *
 * Members that come later are not looked at before the next device of the group
 * is attached.
 *
 * Return: 0; -EACCES by policy
 */
int iommufd_claim_check_members(struct iommufd_group_claim *claim)
{
	struct check check = {
		.claim = claim,
		.policy = iommufd_claim_policy(),
	};
	int rc;

	lockdep_assert_held(&claim->lock);
	rc = iommu_group_visit_members(claim->group, check_member, &check);
	if (check.exposed)
		claim->warned = true;
	return rc;
}
