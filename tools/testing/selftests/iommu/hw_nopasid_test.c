// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without an IOMMU that knows PASIDs nobody pays for them.
 */
#include "pasid_fixture.h"

static const char *unfit(int fd, long capacity)
{
	return capacity == -ENODATA ? NULL : "an IOMMU here knows PASIDs";
}

TEST_F(pasid, resource_does_not_show_without_hardware)
{
	EXPECT_EQ(-ENODATA, cgroup_read("", CGROUP_CAPACITY));
	EXPECT_EQ(-ENODATA, cgroup_read(A, CGROUP_CURRENT));
	EXPECT_EQ(-ENODATA, cgroup_read(A, CGROUP_MAX));
	EXPECT_EQ(-ENODATA, cgroup_read(A, CGROUP_EVENTS));
}

TEST_F(pasid, limit_cannot_be_set_without_hardware)
{
	EXPECT_ERR(EINVAL, cgroup_limit(A, "1"));
	EXPECT_ERR(EINVAL, cgroup_limit(A, "max"));
}

TEST_F(pasid, numbers_without_hardware_are_charged_to_nobody)
{
	unsigned int ids[LIST_MAX];

	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 3));
	EXPECT_EQ(3, pasid_list(self->fd, ids, LIST_MAX));
	EXPECT_EQ(-ENODATA, cgroup_read(A, CGROUP_CURRENT));
	EXPECT_OK(pasid_do_in(B, self->fd, "free", ids[0]));
	EXPECT_EQ(-ENODATA, cgroup_read(B, CGROUP_CURRENT));
}

TEST_HARNESS_MAIN
