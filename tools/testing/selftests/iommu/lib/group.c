// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>

#include "file.h"
#include "group.h"
#include "iommu.h"

/**
 * group_set_policy - What of members of a group that cannot be parked?
 * @policy: "parked" or "strict", from now on and for all groups
 *
 * Return: 0, -EINVAL when there is no such policy, or another negative errno.
 */
int group_set_policy(const char *policy)
{
	return file_write("/sys/module/iommufd/parameters/claim_policy",
			  policy);
}

static int group_info(int fd, __u32 dev_id, int device_fd,
		      struct group_info *info)
{
	struct iommu_group_info cmd = {
		.size = sizeof(cmd),
		.dev_id = dev_id,
		.device_fd = device_fd,
		.num_members = GROUP_MEMBERS,
		.member_size = sizeof(info->members[0]),
		.members = (uintptr_t)info->members,
	};
	int rc;

	memset(info, 0, sizeof(*info));
	rc = iommu_ioctl(fd, IOMMU_GROUP_INFO, &cmd);
	if (!rc) {
		info->id = cmd.out_group_id;
		info->state = cmd.out_state;
		info->policy = cmd.out_policy;
		info->count = cmd.num_members;
	}
	return rc;
}

/**
 * group_info_of_file - The group of an open VFIO device
 * @fd: the context that asks
 * @device_fd: the device
 * @info: the answer; zero on failure
 */
int group_info_of_file(int fd, int device_fd, struct group_info *info)
{
	return group_info(fd, 0, device_fd, info);
}

/**
 * group_info_of_id - The group of a bound device
 * @fd: the context
 * @dev_id: the device
 * @info: the answer; zero on failure
 */
int group_info_of_id(int fd, __u32 dev_id, struct group_info *info)
{
	return group_info(fd, dev_id, -1, info);
}

/**
 * group_find_member - Find a member by name
 * @info: an answer
 * @name: in sysfs
 *
 * Return: the member or NULL.
 */
const struct iommu_group_member *
group_find_member(const struct group_info *info, const char *name)
{
	__u32 i;

	for (i = 0; i < info->count && i < GROUP_MEMBERS; i++) {
		if (!strcmp(info->members[i].name, name))
			return &info->members[i];
	}
	return NULL;
}

/**
 * group_member_state - State of a member
 * @info: an answer
 * @name: in sysfs
 *
 * Return: one of enum iommu_group_member_state, ~0 when it is no member.
 */
__u32 group_member_state(const struct group_info *info, const char *name)
{
	const struct iommu_group_member *member = group_find_member(info, name);

	return member ? member->state : ~0U;
}

/**
 * group_member_flags - Flags of a member
 * @info: an answer
 * @name: in sysfs
 *
 * Return: combination of enum iommu_group_member_flags, ~0 when it is no member.
 */
__u32 group_member_flags(const struct group_info *info, const char *name)
{
	const struct iommu_group_member *member = group_find_member(info, name);

	return member ? member->flags : ~0U;
}
