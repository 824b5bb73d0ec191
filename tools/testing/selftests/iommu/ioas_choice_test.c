// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program can choose of an address space: the IOVAs that it needs, and
 * options.
 */
#include <linux/capability.h>

#include "ioas_fixture.h"
#include "lib/limit.h"

#define IOVA 0x100000ULL
#define MANY 65536

static int allow(struct _test_data_ioas *self, __u64 start, __u64 last)
{
	struct iommu_iova_range range = { start, last };

	return iommu_allow_iovas(self->fd, self->id, &range, 1);
}

static int map_somewhere(struct _test_data_ioas *self, __u64 *iova)
{
	return iommu_map(self->fd, self->id, self->memory, self->page, iova,
			 IOMMU_MAP_RW);
}

TEST_F(ioas, kernel_chooses_among_the_allowed)
{
	__u64 iova;

	ASSERT_OK(allow(self, IOVA, IOVA + 2 * self->page - 1));
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_EQ(IOVA, iova);
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_EQ(IOVA + self->page, iova);
	EXPECT_ERR(ENOSPC, map_somewhere(self, &iova));
}

TEST_F(ioas, mapping_does_not_reach_across_allowed_ranges)
{
	struct iommu_iova_range ranges[] = {
		{ IOVA, IOVA + self->page - 1 },
		{ IOVA + self->page, IOVA + 2 * self->page - 1 },
		{ 4 * IOVA, 4 * IOVA + 2 * self->page - 1 },
	};
	__u64 iova;

	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, ranges, 3));
	ASSERT_OK(iommu_map(self->fd, self->id, self->memory, 2 * self->page,
			    &iova, IOMMU_MAP_RW));
	EXPECT_EQ(4 * IOVA, iova);
}

TEST_F(ioas, order_of_the_list_does_not_matter)
{
	struct iommu_iova_range ranges[] = {
		{ 4 * IOVA, 5 * IOVA }, { IOVA, 2 * IOVA }, { 2 * IOVA + 1,
							      3 * IOVA },
	};
	__u64 iova;

	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, ranges, 3));
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_EQ(IOVA, iova);
}

TEST_F(ioas, callers_own_choice_is_not_restricted)
{
	ASSERT_OK(allow(self, IOVA, 2 * IOVA));
	EXPECT_OK(iommu_map_at(self->fd, self->id, self->memory, self->page,
			       16 * IOVA, IOMMU_MAP_RW));
}

TEST_F(ioas, new_list_replaces_the_old_one)
{
	__u64 iova;

	ASSERT_OK(allow(self, IOVA, 2 * IOVA));
	ASSERT_OK(allow(self, 16 * IOVA, 17 * IOVA));
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_EQ(16 * IOVA, iova);
	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, NULL, 0));
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_GT(IOVA, iova);
}

TEST_F(ioas, wrong_list_is_EINVAL_and_leaves_the_old_one)
{
	const struct iommu_iova_range rows[][2] = {
		/* Overlap, in both orders */
		{ { IOVA, 3 * IOVA }, { 3 * IOVA, 4 * IOVA } },
		{ { 3 * IOVA, 4 * IOVA }, { IOVA, 3 * IOVA } },
		{ { 0, ~0ULL }, { IOVA, 2 * IOVA } },
		/* Ends before its start, or at it */
		{ { 2 * IOVA, 2 * IOVA - 1 }, { 4 * IOVA, 5 * IOVA } },
		{ { IOVA, IOVA }, { 4 * IOVA, 5 * IOVA } },
	};
	unsigned int i;
	__u64 iova;

	ASSERT_OK(allow(self, 16 * IOVA, 17 * IOVA));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_ERR(EINVAL, iommu_allow_iovas(self->fd, self->id,
						     rows[i], 2)) {
			TH_LOG("row %u", i);
		}
	}
	ASSERT_OK(map_somewhere(self, &iova));
	EXPECT_EQ(16 * IOVA, iova);
}

TEST_F(ioas, list_that_cannot_be_read_is_EFAULT)
{
	EXPECT_ERR(EFAULT, iommu_allow_iovas(self->fd, self->id, NULL, 1));
	EXPECT_ERR(EFAULT, iommu_allow_iovas(self->fd, self->id,
					     (void *)self->page, 1));
}

TEST_F(ioas, list_is_bounded)
{
	struct iommu_iova_range *ranges = calloc(MANY + 1, sizeof(*ranges));
	unsigned int i;
	__u64 iova;

	ASSERT_NE(NULL, ranges);
	for (i = 0; i <= MANY; i++) {
		ranges[i].start = IOVA + 2 * i * self->page;
		ranges[i].last = ranges[i].start + self->page - 1;
	}
	EXPECT_ERR(EOVERFLOW, iommu_allow_iovas(self->fd, self->id, ranges,
						MANY + 1));
	EXPECT_ERR(EOVERFLOW, iommu_allow_iovas(self->fd, self->id, ranges,
						~0U));
	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, ranges, MANY));
	/* Room for one page, many times: never for two */
	EXPECT_ERR(ENOSPC, iommu_map(self->fd, self->id, self->memory,
				     2 * self->page, &iova, IOMMU_MAP_RW));
	free(ranges);
}

TEST_F(ioas, list_does_not_change_what_is_usable)
{
	ASSERT_OK(allow(self, IOVA, 2 * IOVA));
	EXPECT_EQ(1, iommu_iova_usable(self->fd, self->id, 0, ~0ULL));
}

TEST_F(ioas, huge_pages_are_on_until_they_are_turned_off)
{
	__u64 value;

	ASSERT_OK(iommu_option_get(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   &value));
	EXPECT_EQ(1, value);
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   0));
	ASSERT_OK(iommu_option_get(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   &value));
	EXPECT_EQ(0, value);
	EXPECT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   1));
}

TEST_F(ioas, huge_pages_take_0_or_1)
{
	EXPECT_ERR(EINVAL, iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES,
					    self->id, 2));
	EXPECT_ERR(EINVAL, iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES,
					    self->id, 1ULL << 32));
}

TEST_F(ioas, rlimit_mode_is_set_before_there_are_objects)
{
	__u64 value;

	EXPECT_ERR(EBUSY, iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE,
					   0, 1));
	ASSERT_OK(iommu_destroy(self->fd, self->id));
	ASSERT_OK(iommu_option_get(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0,
				   &value));
	EXPECT_EQ(0, value);
	EXPECT_ERR(EINVAL, iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE,
					    0, 2));
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	ASSERT_OK(iommu_option_get(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0,
				   &value));
	EXPECT_EQ(1, value);
}

TEST_F(ioas, rlimit_mode_is_of_the_file)
{
	__u64 value;

	EXPECT_ERR(EOPNOTSUPP, iommu_option_get(self->fd,
						IOMMU_OPTION_RLIMIT_MODE,
						self->id, &value));
	EXPECT_ERR(EOPNOTSUPP, iommu_option_set(self->fd,
						IOMMU_OPTION_RLIMIT_MODE,
						self->id, 1));
}

TEST_F(ioas, rlimit_mode_needs_a_capability)
{
	__u64 value;

	ASSERT_OK(iommu_destroy(self->fd, self->id));
	ASSERT_OK(limit_drop_cap(CAP_SYS_RESOURCE));
	EXPECT_ERR(EPERM, iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE,
					   0, 1));
	EXPECT_OK(iommu_option_get(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0,
				   &value));
}

TEST_HARNESS_MAIN
