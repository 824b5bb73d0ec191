// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables with leaves of two sizes: which one is used cannot be told from
 * what is mapped.
 */
#include "mock_fixture.h"

#include "lib/dump.h"
#include "lib/hugepage.h"

#define NHUGE 4
#define LENGTH (NHUGE * MEM_2M)

FIXTURE(huge)
{
	int fd;
	__u32 ioas;
	size_t page;
	char *memory;	/* with a huge page around it */
	struct mock_device dev;
};

FIXTURE_SETUP(huge)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(mock_set_exclusive(false));
	self->page = mem_page_size();
	self->memory = mem_alloc_aligned(LENGTH + 2 * MEM_2M, MEM_2M);
	ASSERT_NE(NULL, self->memory);
	self->memory += MEM_2M;
	ASSERT_OK(hugepage_make(self->memory, LENGTH));
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &self->dev));
	/* Both sizes are there, or none of this tests what it says. */
	ASSERT_TRUE(dump_has(self->fd, "page sizes %#lx\n",
			     (unsigned long)(MOCK_PAGE_SIZE |
					     MOCK_HUGE_PAGE_SIZE)));
}

FIXTURE_TEARDOWN(huge)
{
	close(self->fd);
	mock_set_huge(false);
	mem_free(self->memory - MEM_2M, LENGTH + 2 * MEM_2M);
}

/* Map [@offset, @offset + @length) of the memory, unmap it again */
static int map_and_unmap(struct _test_data_huge *self, __u64 offset,
			 __u64 length)
{
	__u64 unmapped;
	int rc = iommu_map_at(self->fd, self->ioas, self->memory + offset,
			      length, IOVA + offset, IOMMU_MAP_RW);

	if (!rc)
		rc = mock_check_ends(self->fd, self->dev.hwpt, IOVA + offset,
				     self->memory + offset, length);
	if (!rc)
		rc = iommu_unmap_count(self->fd, self->ioas, IOVA + offset,
				       length, &unmapped);
	if (!rc && unmapped != length)
		rc = -EMSGSIZE;
	if (!rc && mock_check_map(self->fd, self->dev.hwpt,
				  IOVA + offset + length - self->page,
				  self->memory + offset + length - self->page,
				  self->page) != -EINVAL)
		rc = -EEXIST;
	return rc;
}

TEST_F(huge, huge_pages_are_where_they_belong)
{
	EXPECT_OK(map_and_unmap(self, 0, LENGTH));
}

TEST_F(huge, range_that_begins_and_ends_within_huge_pages)
{
	EXPECT_OK(map_and_unmap(self, self->page, LENGTH - 2 * self->page));
	EXPECT_OK(map_and_unmap(self, MEM_2M - self->page, 2 * self->page));
	EXPECT_OK(map_and_unmap(self, MOCK_HUGE_PAGE_SIZE - self->page,
				MOCK_HUGE_PAGE_SIZE + 2 * self->page));
}

TEST_F(huge, range_shifted_against_its_memory)
{
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, LENGTH,
			       IOVA + self->page, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, IOVA + self->page,
				  self->memory, LENGTH));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA + self->page, LENGTH));
}

TEST_F(huge, range_can_be_mapped_with_other_sizes_afterwards)
{
	ASSERT_OK(map_and_unmap(self, 0, MEM_2M));
	ASSERT_OK(map_and_unmap(self, self->page, self->page));
	ASSERT_OK(map_and_unmap(self, 0, MEM_2M));
}

TEST_F(huge, small_mappings_next_to_each_other_go_together)
{
	__u64 offset;

	for (offset = 0; offset < MEM_2M; offset += MEM_2M / 64)
		ASSERT_OK(iommu_map_at(self->fd, self->ioas,
				       self->memory + offset, MEM_2M / 64,
				       IOVA + offset, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, IOVA, self->memory,
				  MEM_2M));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, MEM_2M));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, self->dev.hwpt, IOVA,
					  self->memory, self->page));
}

TEST_F(huge, part_of_a_huge_page_is_copied)
{
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, LENGTH, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, OTHER, self->ioas,
				IOVA + self->page, MEM_2M, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, OTHER,
				  self->memory + self->page, MEM_2M));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, OTHER, MEM_2M));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, IOVA, self->memory,
				  LENGTH));
}

TEST_F(huge, without_huge_pages_all_is_the_same)
{
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES,
				   self->ioas, 0));
	EXPECT_OK(map_and_unmap(self, 0, LENGTH));
}

TEST_HARNESS_MAIN
