// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many PASIDs there are is for the IOMMU to say.
 */
#include "pasid_fixture.h"

/* More than the file for tests gives at once is more than is tried here. */
#define TRY_MAX 4096

static const char *unfit(int fd, long capacity)
{
	if (capacity == -ENODATA)
		return "no IOMMU here knows PASIDs";
	return capacity > TRY_MAX ? "too many PASIDs to take them all" : NULL;
}

/* Numbers from 1 on: 0 is for what has no PASID. */
static unsigned int all_there_are(void)
{
	return cgroup_read("", CGROUP_CAPACITY) - 1;
}

TEST_F(pasid, capacity_of_the_hardware_shows)
{
	long capacity = cgroup_read("", CGROUP_CAPACITY);

	EXPECT_LE(2, capacity);
	EXPECT_EQ(0, capacity & (capacity - 1));
	EXPECT_EQ(-ENOENT, cgroup_read(A, CGROUP_CAPACITY));
	EXPECT_EQ(0, cgroup_read(A, CGROUP_CURRENT));
}

TEST_F(pasid, all_that_the_hardware_knows_can_be_had)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", all_there_are()));
	EXPECT_EQ(all_there_are(), cgroup_read(A, CGROUP_CURRENT));
}

/* The cgroup has no part in this: no event. */
TEST_F(pasid, more_than_the_hardware_knows_cannot_be_had)
{
	EXPECT_ERR(ENOSPC,
		   pasid_do_in(A, self->fd, "alloc", all_there_are() + 1));
	EXPECT_EQ(0, cgroup_read(A, CGROUP_CURRENT));
	EXPECT_EQ(0, cgroup_read(A, CGROUP_EVENTS));
	EXPECT_OK(pasid_do_in(A, self->fd, "alloc", all_there_are()));
}

TEST_HARNESS_MAIN
