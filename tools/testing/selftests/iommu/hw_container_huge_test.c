// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of 2 MiB and of 1 GiB out of pools are mapped in all five ways. The pool
 * of the large ones is made at boot: hugepagesz=1G hugepages=1.
 */
#include <sys/mman.h>

#include "hw_container_fixture.h"
#include "lib/kind.h"

#define MEM_1G (1UL << 30)

/* Reached at its ends and around the middle, and gone at once */
static void use_page(struct __test_metadata *_metadata,
		     struct _test_data_container *self, size_t size)
{
	const struct kind kind = { KIND_HUGETLB, size };
	char *large = mem_alloc_aligned(size, size);
	const __u64 iova = 4 * MEM_1G;
	__u64 unmapped;

	ASSERT_NE(NULL, large);
	ASSERT_OK(kind_map(&kind, large, size));
	ASSERT_OK(map(self, 0, 1, IOVA));
	ASSERT_OK(mode_map(&self->dev, large, size, iova, IOMMU_MAP_RW));
	ASSERT_OK(copy(self, IOVA, iova));
	ASSERT_OK(copy(self, IOVA, iova + size / 2 - EDU_BUFFER_SIZE / 2));
	ASSERT_OK(copy(self, IOVA, iova + size - EDU_BUFFER_SIZE));
	EXPECT_TRUE(has_pattern(large));
	EXPECT_TRUE(has_pattern(large + size / 2 - EDU_BUFFER_SIZE / 2));
	EXPECT_TRUE(has_pattern(large + size - EDU_BUFFER_SIZE));
	EXPECT_OK(mode_unmap(&self->dev, iova, size, &unmapped));
	EXPECT_EQ(size, unmapped);
	memset(large, 0, EDU_BUFFER_SIZE);
	EXPECT_OK(copy(self, IOVA, iova));
	EXPECT_FALSE(has_pattern(large));
	munmap(large, size);
}

TEST_F(container, page_of_2M_is_reached_everywhere)
{
	use_page(_metadata, self, MEM_2M);
}

TEST_F(container, page_of_1G_is_reached_everywhere)
{
	use_page(_metadata, self, MEM_1G);
}

TEST_HARNESS_MAIN
