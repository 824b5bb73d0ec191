// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping is the same in all five ways to a device, but for what is in the
 * manual under "VFIO containers": each such difference is spelled out here.
 *
 * The device cannot tell whether a copy was let through, so each test looks at
 * the memory.
 */
#include <sys/mman.h>

#include "hw_container_fixture.h"
#include "lib/hugepage.h"
#include "lib/limit.h"

TEST_F(container, device_copies_what_is_mapped)
{
	ASSERT_OK(map(self, 0, 1, IOVA));
	ASSERT_OK(map(self, 1, 1, FAR_AWAY));
	ASSERT_OK(copy(self, IOVA, FAR_AWAY));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
}

TEST_F(container, device_reaches_nothing_beside_a_mapping)
{
	ASSERT_OK(map(self, 0, 2, IOVA));
	ASSERT_OK(copy(self, IOVA, IOVA + self->page));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
	EXPECT_FALSE(is_reached(self, 2, IOVA + 2 * self->page));
	EXPECT_FALSE(is_reached(self, 1, IOVA - self->page));
}

TEST_F(container, memory_mapped_for_reading_is_not_written)
{
	ASSERT_OK(mode_map(&self->dev, self->memory, self->page, IOVA,
			   IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(mode_map(&self->dev, page_of(self, 1), self->page, FAR_AWAY,
			   IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(copy(self, IOVA, FAR_AWAY));
	EXPECT_FALSE(has_pattern(page_of(self, 1)));
}

TEST_F(container, pages_of_2M_are_reached_at_both_ends)
{
	char *large = mem_alloc_aligned(2 * MEM_2M, MEM_2M);
	const __u64 iova = 16 * MEM_2M;
	__u64 unmapped;

	ASSERT_NE(NULL, large);
	ASSERT_OK(hugepage_make(large, 2 * MEM_2M));
	ASSERT_OK(map(self, 0, 1, IOVA));
	ASSERT_OK(mode_map(&self->dev, large, 2 * MEM_2M, iova, IOMMU_MAP_RW));
	ASSERT_OK(copy(self, IOVA, iova));
	ASSERT_OK(copy(self, IOVA, iova + MEM_2M - EDU_BUFFER_SIZE / 2));
	ASSERT_OK(copy(self, IOVA, iova + 2 * MEM_2M - EDU_BUFFER_SIZE));
	EXPECT_TRUE(has_pattern(large));
	EXPECT_TRUE(has_pattern(large + MEM_2M - EDU_BUFFER_SIZE / 2));
	EXPECT_TRUE(has_pattern(large + 2 * MEM_2M - EDU_BUFFER_SIZE));
	EXPECT_OK(mode_unmap(&self->dev, iova, 2 * MEM_2M, &unmapped));
	EXPECT_EQ(2 * MEM_2M, unmapped);
	mem_free(large, 2 * MEM_2M);
}

TEST_F(container, ranges_can_be_mapped_to_their_ends_and_not_beyond)
{
	struct iommu_iova_range ranges[MODE_RANGES];
	__u64 unmapped;
	__u32 num, i;

	ASSERT_OK(mode_ranges(&self->dev, ranges, &num));
	ASSERT_LT(0, num);
	for (i = 0; i < num; i++) {
		__u64 first = ranges[i].start;
		__u64 last = ranges[i].last + 1 - self->page;

		EXPECT_OK(map(self, 0, 1, first));
		EXPECT_OK(map(self, 1, 1, last));
		if (first)
			EXPECT_ERR(EINVAL, map(self, 2, 1, first - self->page));
		EXPECT_ERR(EINVAL, map(self, 2, 1, last + self->page));
		EXPECT_ERR(EINVAL, map(self, 2, 2, last + self->page));
	}
	EXPECT_OK(mode_unmap_all(&self->dev, &unmapped));
	EXPECT_EQ(2 * num * self->page, unmapped);
}

TEST_F(container, mapped_range_cannot_be_mapped_again)
{
	ASSERT_OK(map(self, 0, 4, IOVA));
	EXPECT_ERR(EEXIST, map(self, 0, 4, IOVA));
	EXPECT_ERR(EEXIST, map(self, 0, 1, IOVA + self->page));
	EXPECT_ERR(EEXIST, map(self, 0, 2, IOVA - self->page));
	EXPECT_ERR(EEXIST, map(self, 0, 2, IOVA + 3 * self->page));
	EXPECT_ERR(EEXIST, map(self, 0, 6, IOVA - self->page));
	EXPECT_OK(map(self, 4, 1, IOVA - self->page));
	EXPECT_OK(map(self, 5, 1, IOVA + 4 * self->page));
}

TEST_F(container, mapping_needs_a_direction_a_length_and_whole_pages)
{
	EXPECT_ERR(EINVAL, mode_map(&self->dev, self->memory, self->page, IOVA,
				    0));
	EXPECT_ERR(EINVAL, mode_map(&self->dev, self->memory, 0, IOVA,
				    IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, mode_map(&self->dev, self->memory, self->page / 2,
				    IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, mode_map(&self->dev, self->memory, self->page,
				    IOVA + 16, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, mode_map(&self->dev, self->memory + 16, self->page,
				    IOVA, IOMMU_MAP_RW));
	EXPECT_OK(map(self, 0, 1, IOVA));
}

TEST_F(container, mapping_beyond_64_bits_is_refused)
{
	const int beyond = mode_is_native(variant->mode) ? EOVERFLOW : EINVAL;
	const __u64 last_page = -self->page;

	EXPECT_ERR(beyond, map(self, 0, 2, last_page));
	EXPECT_ERR(beyond, mode_map(&self->dev, (void *)last_page,
				    2 * self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(beyond, mode_map(&self->dev, self->memory, last_page,
				    FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_ERR(beyond, mode_map(&self->dev, self->memory, -1ULL, 0,
				    IOMMU_MAP_RW));
}

TEST_F(container, memory_that_is_not_there_cannot_be_mapped)
{
	void *hole = mem_alloc(self->page);

	ASSERT_NE(NULL, hole);
	mem_free(hole, self->page);
	EXPECT_ERR(EFAULT, mode_map(&self->dev, hole, self->page, IOVA,
				    IOMMU_MAP_RW));
	/* Nothing of it is left */
	EXPECT_OK(map(self, 0, 1, IOVA));
}

TEST_F(container, memory_that_cannot_be_written_is_mapped_for_reading_only)
{
	ASSERT_EQ(0, mprotect(self->memory, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, map(self, 0, 1, IOVA));
	ASSERT_OK(mode_map(&self->dev, self->memory, self->page, IOVA,
			   IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, 1, 1, FAR_AWAY));
	ASSERT_OK(copy(self, IOVA, FAR_AWAY));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
}

TEST_F(container, mapping_over_the_limit_is_refused)
{
	ASSERT_OK(limit_pages(2));
	EXPECT_ERR(ENOMEM, map(self, 0, 3, IOVA));
	ASSERT_OK(map(self, 0, 2, IOVA));
	EXPECT_ERR(ENOMEM, map(self, 2, 1, FAR_AWAY));
	ASSERT_OK(copy(self, IOVA, IOVA + self->page));
	EXPECT_TRUE(has_pattern(page_of(self, 1)));
}

TEST_HARNESS_MAIN
