// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of devices that cannot be parked, as mock devices cannot: what each of
 * them does to the others, and the policy about those that nobody has bound.
 */
#include "mock_fixture.h"

#include "lib/group.h"
#include "lib/kmsg.h"

#define SHARED MOCK_FLAGS_DEVICE_SHARED_GROUP
#define UNBOUND (SHARED | MOCK_FLAGS_DEVICE_UNBOUND)

static int add_member(struct _test_data_mock *self, __u32 flags,
		      struct mock_device *dev)
{
	return mock_attach_flags(self->fd, self->ioas, flags, dev);
}

static int map_reserved(struct _test_data_mock *self, __u32 ioas)
{
	return iommu_map_at(self->fd, ioas, self->memory, self->page,
			    MOCK_RESERVED_START, IOMMU_MAP_RW);
}

TEST_F(mock, members_share_a_page_table)
{
	struct mock_device a, b;

	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(add_member(self, SHARED, &b));
	EXPECT_EQ(a.hwpt, b.hwpt);
	EXPECT_NE(a.idev, b.idev);
}

TEST_F(mock, member_cannot_be_attached_elsewhere)
{
	struct mock_device a, b;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(add_member(self, SHARED, &a));
	EXPECT_ERR(EINVAL, mock_attach_flags(self->fd, other, SHARED, &b));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(check_memory(self, a.hwpt, IOVA));
}

/* A page table that somebody asked for is nothing that the space hands out. */
TEST_F(mock, device_leaves_its_page_table_for_another_of_the_same_space)
{
	struct mock_device dev;
	__u32 hwpt, at;

	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(add_member(self, 0, &dev));
	ASSERT_OK(iommu_hwpt_alloc(self->fd, dev.idev, self->ioas, &hwpt));
	ASSERT_OK(mock_replace(self->fd, dev.stdev, hwpt, &at));
	EXPECT_EQ(hwpt, at);
	ASSERT_OK(mock_replace(self->fd, dev.stdev, self->ioas, &at));
	EXPECT_NE(hwpt, at);
	EXPECT_OK(iommu_destroy(self->fd, hwpt));
	EXPECT_OK(check_memory(self, at, IOVA));
}

TEST_F(mock, member_joins_a_page_table_by_its_own_name_only)
{
	struct mock_device a, b;
	__u32 hwpt;

	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(iommu_hwpt_alloc(self->fd, a.idev, self->ioas, &hwpt));
	ASSERT_OK(mock_replace(self->fd, a.stdev, hwpt, NULL));
	EXPECT_ERR(EINVAL, add_member(self, SHARED, &b));
	ASSERT_OK(mock_attach_flags(self->fd, hwpt, SHARED, &b));
	EXPECT_EQ(hwpt, b.hwpt);
}

TEST_F(mock, other_context_cannot_have_a_member)
{
	struct mock_device a, b;
	int other = iommu_open();
	__u32 ioas;

	ASSERT_LE(0, other);
	ASSERT_OK(iommu_ioas_alloc(other, &ioas));
	ASSERT_OK(add_member(self, SHARED, &a));
	EXPECT_ERR(EBUSY, mock_attach_flags(other, ioas, SHARED, &b));
	ASSERT_OK(iommu_destroy(self->fd, a.stdev));
	EXPECT_OK(mock_attach_flags(other, ioas, SHARED, &b));
	close(other);
}

TEST_F(mock, replace_of_one_member_moves_all)
{
	struct mock_device a, b;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(add_member(self, SHARED, &b));
	ASSERT_OK(mock_replace(self->fd, a.stdev, other, &hwpt));
	/* Nobody is left in the first space */
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, other));
}

TEST_F(mock, page_table_goes_with_the_last_member)
{
	struct mock_device a, b;

	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(add_member(self, SHARED, &b));
	ASSERT_OK(iommu_destroy(self->fd, a.stdev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(check_memory(self, b.hwpt, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, b.stdev));
	EXPECT_ERR(ENOENT, mock_check_map(self->fd, b.hwpt, IOVA, self->memory,
					  self->page));
}

TEST_F(mock, what_an_unbound_member_reserves_cannot_be_mapped)
{
	struct mock_device a, b;

	ASSERT_OK(add_member(self, UNBOUND | MOCK_FLAGS_DEVICE_RESERVED, &b));
	ASSERT_OK(map_reserved(self, self->ioas));
	EXPECT_ERR(EADDRINUSE, add_member(self, SHARED, &a));
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	ASSERT_OK(add_member(self, SHARED, &a));
	EXPECT_ERR(EINVAL, map_reserved(self, self->ioas));
	ASSERT_OK(iommu_destroy(self->fd, a.stdev));
	EXPECT_OK(map_reserved(self, self->ioas));
}

TEST_F(mock, what_an_unbound_member_reserves_moves_with_the_group)
{
	struct mock_device a, b;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(add_member(self, UNBOUND | MOCK_FLAGS_DEVICE_RESERVED, &b));
	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(map_reserved(self, other));
	EXPECT_ERR(EADDRINUSE, mock_replace(self->fd, a.stdev, other, &hwpt));
	EXPECT_ERR(EINVAL, map_reserved(self, self->ioas));

	ASSERT_OK(iommu_unmap_all(self->fd, other));
	ASSERT_OK(mock_replace(self->fd, a.stdev, other, &hwpt));
	EXPECT_ERR(EINVAL, map_reserved(self, other));
	EXPECT_OK(map_reserved(self, self->ioas));
}

TEST_F(mock, unbound_member_that_cannot_be_parked_is_let_be_and_told_of)
{
	char line[KMSG_LINE];
	struct mock_device a, b;
	int log = kmsg_open();

	ASSERT_LE(0, log);
	ASSERT_OK(add_member(self, UNBOUND, &b));
	ASSERT_OK(add_member(self, SHARED, &a));
	EXPECT_OK(kmsg_wait(log, "is not bound and cannot be parked", line));
	close(log);
}

TEST_F(mock, exposed_member_that_comes_later_is_told_of_too)
{
	struct mock_device a, b, later;
	char line[KMSG_LINE];
	int log;

	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(add_member(self, UNBOUND, &later));
	log = kmsg_open();
	ASSERT_LE(0, log);
	ASSERT_OK(add_member(self, SHARED, &b));
	EXPECT_OK(kmsg_wait(log, "is not bound and cannot be parked", line));
	close(log);
}

TEST_F(mock, strict_policy_attaches_nobody_beside_an_unbound_member)
{
	struct mock_device a, b;

	ASSERT_OK(add_member(self, UNBOUND, &b));
	ASSERT_OK(group_set_policy("strict"));
	EXPECT_ERR(EACCES, add_member(self, SHARED, &a));
	ASSERT_OK(iommu_destroy(self->fd, b.stdev));
	EXPECT_OK(add_member(self, SHARED, &a));
}

TEST_F(mock, strict_policy_lets_a_group_move_only_when_all_are_bound)
{
	struct mock_device a, b;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(add_member(self, SHARED, &a));
	ASSERT_OK(group_set_policy("strict"));
	ASSERT_OK(add_member(self, UNBOUND, &b));
	EXPECT_ERR(EACCES, mock_replace(self->fd, a.stdev, other, &hwpt));
	EXPECT_ERR(EBUSY, iommu_destroy(self->fd, self->ioas));
	ASSERT_OK(iommu_destroy(self->fd, b.stdev));
	EXPECT_OK(mock_replace(self->fd, a.stdev, other, &hwpt));
}

TEST_F(mock, policy_that_does_not_exist_is_EINVAL)
{
	EXPECT_ERR(EINVAL, group_set_policy("lenient"));
	EXPECT_OK(group_set_policy("parked"));
}

TEST_HARNESS_MAIN
