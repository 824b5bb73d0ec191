/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOMMU_GROUP_INFO: the members of an IOMMU group, and what they do. Functions
 * return 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_GROUP_H
#define SELFTESTS_IOMMU_LIB_GROUP_H

#include <linux/iommufd_group.h>

#define GROUP_MEMBERS 16

/**
 * struct group_info - An answer of IOMMU_GROUP_INFO
 * @id: number of the group
 * @state: who has it
 * @policy: what a claim is subject to
 * @count: members
 * @members: these, as far as there is room
 */
struct group_info {
	__u32 id;
	__u32 state;
	__u32 policy;
	__u32 count;
	struct iommu_group_member members[GROUP_MEMBERS];
};

int group_set_policy(const char *policy);
int group_info_of_file(int fd, int device_fd, struct group_info *info);
int group_info_of_id(int fd, __u32 dev_id, struct group_info *info);
const struct iommu_group_member *
group_find_member(const struct group_info *info, const char *name);
__u32 group_member_state(const struct group_info *info, const char *name);
__u32 group_member_flags(const struct group_info *info, const char *name);

#endif
