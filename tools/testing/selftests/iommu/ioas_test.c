// SPDX-License-Identifier: GPL-2.0-only
/*
 * An I/O address space that no device is attached to: what can be mapped
 * where, and taken back. Nothing is pinned here, so that any address and any
 * length will do.
 */
#include "ioas_fixture.h"

#define IOVA 0x100000ULL
#define HUGE_PIECE 0x1000000000000000ULL
#define NUM_RANGES 8

/* Map npages of our memory at an IOVA */
static int map_pages(struct _test_data_ioas *self, __u64 iova,
		     unsigned int npages)
{
	return iommu_map_at(self->fd, self->id, self->memory,
			    npages * self->page, iova, IOMMU_MAP_RW);
}

static int unmap_pages(struct _test_data_ioas *self, __u64 iova,
		       unsigned int npages)
{
	return iommu_unmap(self->fd, self->id, iova, npages * self->page);
}

/* How many pages are mapped in all? They are gone afterwards. */
static long drain_pages(struct _test_data_ioas *self)
{
	__u64 bytes;
	int rc = iommu_unmap_count(self->fd, self->id, 0, IOMMU_UNMAP_ALL,
				   &bytes);

	return rc ? rc : (long)(bytes / self->page);
}

TEST_F(ioas, all_iovas_are_usable_while_no_device_is_attached)
{
	struct iommu_iova_range ranges[NUM_RANGES];
	__u32 num = NUM_RANGES;
	__u64 alignment;

	ASSERT_OK(iommu_iova_ranges(self->fd, self->id, ranges, &num,
				    &alignment));
	ASSERT_EQ(1, num);
	EXPECT_EQ(0, ranges[0].start);
	EXPECT_EQ(~0ULL, ranges[0].last);
	EXPECT_EQ(1, alignment);
}

TEST_F(ioas, usable_iovas_include_what_is_mapped)
{
	struct iommu_iova_range ranges[NUM_RANGES];
	__u32 num = NUM_RANGES;
	__u64 alignment;

	ASSERT_OK(map_pages(self, IOVA, 4));
	ASSERT_OK(iommu_iova_ranges(self->fd, self->id, ranges, &num,
				    &alignment));
	EXPECT_EQ(1, num);
}

TEST_F(ioas, array_that_is_too_short_for_the_ranges_is_EMSGSIZE)
{
	__u64 alignment = 0;
	__u32 num = 0;

	EXPECT_ERR(EMSGSIZE, iommu_iova_ranges(self->fd, self->id, NULL, &num,
					       &alignment));
	EXPECT_EQ(1, num);
	EXPECT_EQ(1, alignment);
}

TEST_F(ioas, array_that_cannot_be_written_is_EFAULT)
{
	__u64 alignment;
	__u32 num = 1;

	EXPECT_ERR(EFAULT, iommu_iova_ranges(self->fd, self->id, NULL, &num,
					     &alignment));
}

TEST_F(ioas, huge_array_length_costs_nothing)
{
	struct iommu_iova_range range;
	__u32 num = ~0u;
	__u64 alignment;

	EXPECT_OK(iommu_iova_ranges(self->fd, self->id, &range, &num,
				    &alignment));
	EXPECT_EQ(1, num);
}

TEST_F(ioas, map_needs_a_direction)
{
	EXPECT_ERR(EINVAL, iommu_map_at(self->fd, self->id, self->memory,
					self->page, IOVA, 0));
}

TEST_F(ioas, one_direction_is_enough)
{
	EXPECT_OK(iommu_map_at(self->fd, self->id, self->memory, self->page,
			       IOVA, IOMMU_IOAS_MAP_READABLE));
	EXPECT_OK(iommu_map_at(self->fd, self->id, self->memory, self->page,
			       IOVA + self->page, IOMMU_IOAS_MAP_WRITEABLE));
}

TEST_F(ioas, map_of_nothing_is_EINVAL)
{
	EXPECT_ERR(EINVAL, map_pages(self, IOVA, 0));
}

TEST_F(ioas, range_that_wraps_is_EOVERFLOW)
{
	size_t page = self->page;

	EXPECT_ERR(EOVERFLOW, map_pages(self, -(__u64)page, 2));
	EXPECT_ERR(EOVERFLOW, iommu_map_at(self->fd, self->id, (void *)-page,
					   2 * page, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EOVERFLOW, iommu_map_at(self->fd, self->id, self->memory,
					   ~0ULL, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EOVERFLOW, map_pages(self, ~0ULL, 1));
	EXPECT_EQ(0, drain_pages(self));
}

TEST_F(ioas, the_very_last_page_can_be_mapped)
{
	__u64 iova = -(__u64)self->page;

	EXPECT_OK(map_pages(self, iova, 1));
	EXPECT_ERR(EEXIST, map_pages(self, iova, 1));
	EXPECT_OK(unmap_pages(self, iova, 1));
}

TEST_F(ioas, iova_zero_can_be_mapped_when_asked_for)
{
	EXPECT_OK(map_pages(self, 0, 1));
	EXPECT_OK(unmap_pages(self, 0, 1));
}

TEST_F(ioas, overlap_with_a_mapping_is_EEXIST)
{
	size_t page = self->page;

	ASSERT_OK(map_pages(self, IOVA, 2));
	EXPECT_ERR(EEXIST, map_pages(self, IOVA, 2));
	EXPECT_ERR(EEXIST, map_pages(self, IOVA - page, 2));
	EXPECT_ERR(EEXIST, map_pages(self, IOVA + page, 2));
	EXPECT_ERR(EEXIST, map_pages(self, IOVA - page, 4));
	EXPECT_ERR(EEXIST, map_pages(self, IOVA + page, 1));
	EXPECT_EQ(2, drain_pages(self));
}

TEST_F(ioas, neighbours_do_not_overlap)
{
	ASSERT_OK(map_pages(self, IOVA, 2));
	EXPECT_OK(map_pages(self, IOVA - self->page, 1));
	EXPECT_OK(map_pages(self, IOVA + 2 * self->page, 1));
	EXPECT_EQ(4, drain_pages(self));
}

TEST_F(ioas, memory_can_be_mapped_twice)
{
	EXPECT_OK(map_pages(self, IOVA, 4));
	EXPECT_OK(map_pages(self, IOVA + 4 * self->page, 4));
	EXPECT_EQ(8, drain_pages(self));
}

TEST_F(ioas, address_is_not_looked_at_while_no_device_is_attached)
{
	EXPECT_OK(iommu_map_at(self->fd, self->id, NULL, self->page, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_OK(iommu_map_at(self->fd, self->id, NULL, 1ULL << 46,
			       1ULL << 46, IOMMU_MAP_RW));
	EXPECT_EQ((1L << 46) / (long)self->page + 1, drain_pages(self));
}

TEST_F(ioas, kernel_never_chooses_zero_nor_the_same_twice)
{
	__u64 iova, last = 0;
	int i;

	for (i = 0; i < 64; i++) {
		ASSERT_OK(iommu_map(self->fd, self->id, self->memory,
				    self->page, &iova, IOMMU_MAP_RW));
		EXPECT_NE(0, iova);
		EXPECT_NE(last, iova);
		EXPECT_EQ(0, iova % self->page);
		/* A fixed map at the same place proves that it is taken */
		EXPECT_ERR(EEXIST, map_pages(self, iova, 1));
		last = iova;
	}
	EXPECT_EQ(64, drain_pages(self));
}

TEST_F(ioas, kernel_chooses_around_what_is_mapped)
{
	__u64 iova = 0;

	ASSERT_OK(map_pages(self, self->page, 4));
	ASSERT_OK(iommu_map(self->fd, self->id, self->memory, 4 * self->page,
			    &iova, IOMMU_MAP_RW));
	EXPECT_LE(5 * self->page, iova);
}

TEST_F(ioas, kernel_aligns_for_large_pages)
{
	void *large = mem_alloc_aligned(2 * MEM_2M, MEM_2M);
	__u64 iova = 1;

	ASSERT_NE(NULL, large);
	ASSERT_OK(map_pages(self, self->page, 1));
	ASSERT_OK(iommu_map(self->fd, self->id, large, 2 * MEM_2M, &iova,
			    IOMMU_MAP_RW));
	EXPECT_EQ(0, iova % MEM_2M);
	mem_free(large, 2 * MEM_2M);
}

TEST_F(ioas, choice_without_room_is_ENOSPC)
{
	__u64 iova;
	int i;

	for (i = 0; i < 16; i++) {
		ASSERT_OK(iommu_map_at(self->fd, self->id, NULL, HUGE_PIECE,
				       i * HUGE_PIECE, IOMMU_MAP_RW));
	}
	EXPECT_ERR(ENOSPC, iommu_map(self->fd, self->id, self->memory,
				     self->page, &iova, IOMMU_MAP_RW));
	ASSERT_OK(iommu_unmap(self->fd, self->id, 5 * HUGE_PIECE, HUGE_PIECE));
	ASSERT_OK(iommu_map(self->fd, self->id, self->memory, self->page,
			    &iova, IOMMU_MAP_RW));
	EXPECT_EQ(5, iova / HUGE_PIECE);
}

TEST_F(ioas, choice_of_half_the_space_is_EOVERFLOW)
{
	__u64 iova;

	EXPECT_ERR(EOVERFLOW, iommu_map(self->fd, self->id, NULL, 1ULL << 63,
					&iova, IOMMU_MAP_RW));
}

TEST_F(ioas, choice_that_cannot_be_told_is_undone)
{
	struct iommu_ioas_map *cmd = mem_alloc(self->page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_ioas_map) {
		.size = sizeof(*cmd),
		.flags = IOMMU_MAP_RW,
		.ioas_id = self->id,
		.user_va = (uintptr_t)self->memory,
		.length = self->page,
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_MAP, cmd));
	EXPECT_EQ(0, drain_pages(self));
	mem_free(cmd, self->page);
}

TEST_F(ioas, unmap_tells_how_much)
{
	__u64 bytes;

	ASSERT_OK(map_pages(self, IOVA, 3));
	EXPECT_OK(iommu_unmap_count(self->fd, self->id, IOVA, 3 * self->page,
				    &bytes));
	EXPECT_EQ(3 * self->page, bytes);
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA, 3));
}

TEST_F(ioas, one_unmap_takes_several_mappings_and_the_holes_between)
{
	size_t page = self->page;
	__u64 bytes;

	ASSERT_OK(map_pages(self, IOVA, 1));
	ASSERT_OK(map_pages(self, IOVA + page, 2));
	ASSERT_OK(map_pages(self, IOVA + 5 * page, 1));
	EXPECT_OK(iommu_unmap_count(self->fd, self->id, IOVA - page, 8 * page,
				    &bytes));
	EXPECT_EQ(4 * page, bytes);
	EXPECT_EQ(0, drain_pages(self));
}

TEST_F(ioas, unmap_of_nothing_is_ENOENT)
{
	ASSERT_OK(map_pages(self, IOVA, 1));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA + self->page, 4));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA - self->page, 1));
	EXPECT_EQ(1, drain_pages(self));
}

TEST_F(ioas, unmap_never_cuts_a_mapping)
{
	size_t page = self->page;
	__u64 bytes;

	ASSERT_OK(map_pages(self, IOVA, 4));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA, 3));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA + page, 3));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA + page, 1));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA - page, 2));
	EXPECT_ERR(ENOENT, iommu_unmap_count(self->fd, self->id, IOVA + page,
					     8 * page, &bytes));
	EXPECT_EQ(8 * page, bytes);
	EXPECT_EQ(4, drain_pages(self));
}

TEST_F(ioas, unmap_that_would_cut_one_takes_none)
{
	size_t page = self->page;

	ASSERT_OK(map_pages(self, IOVA, 1));
	ASSERT_OK(map_pages(self, IOVA + page, 1));
	ASSERT_OK(map_pages(self, IOVA + 2 * page, 2));
	EXPECT_ERR(ENOENT, unmap_pages(self, IOVA, 3));
	EXPECT_EQ(4, drain_pages(self));
}

TEST_F(ioas, unmap_of_no_length_is_EINVAL)
{
	ASSERT_OK(map_pages(self, IOVA, 1));
	EXPECT_ERR(EINVAL, unmap_pages(self, IOVA, 0));
	EXPECT_EQ(1, drain_pages(self));
}

TEST_F(ioas, unmap_that_wraps_is_EOVERFLOW)
{
	EXPECT_ERR(EOVERFLOW, iommu_unmap(self->fd, self->id, self->page,
					  IOMMU_UNMAP_ALL));
	EXPECT_ERR(EOVERFLOW, iommu_unmap(self->fd, self->id,
					  -(__u64)self->page, 2 * self->page));
	EXPECT_ERR(EOVERFLOW, iommu_unmap(self->fd, self->id, ~0ULL,
					  self->page));
}

TEST_F(ioas, unmap_all_of_an_empty_space_succeeds)
{
	EXPECT_EQ(0, drain_pages(self));
}

TEST_F(ioas, unmap_whose_answer_cannot_be_written_takes_nothing)
{
	struct iommu_ioas_unmap *cmd = mem_alloc(self->page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_ioas_unmap) {
		.size = sizeof(*cmd),
		.ioas_id = self->id,
		.iova = IOVA,
		.length = self->page,
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	ASSERT_OK(map_pages(self, IOVA, 1));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_UNMAP, cmd));
	EXPECT_EQ(1, drain_pages(self));
	mem_free(cmd, self->page);
}

TEST_F(ioas, spaces_do_not_see_each_other)
{
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(map_pages(self, IOVA, 1));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, other, IOVA, self->page));
	EXPECT_OK(iommu_map_at(self->fd, other, self->memory, self->page, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_OK(iommu_destroy(self->fd, other));
	EXPECT_EQ(1, drain_pages(self));
}

TEST_F(ioas, ten_thousand_mappings)
{
	const int count = 10000;
	__u64 iova;
	int i;

	for (i = 0; i < count; i++) {
		ASSERT_OK(iommu_map(self->fd, self->id, self->memory,
				    self->page, &iova, IOMMU_MAP_RW));
	}
	EXPECT_EQ(count, drain_pages(self));
}

TEST_F(ioas, mappings_in_any_order_are_all_found)
{
	const unsigned int count = 1021;	/* prime: i * 389 hits all */
	unsigned int i;

	for (i = 0; i < count; i++) {
		ASSERT_OK(map_pages(self, IOVA + (i * 389 % count) * self->page,
				    1));
	}
	for (i = 0; i < count; i++) {
		ASSERT_OK(unmap_pages(self,
				      IOVA + (i * 521 % count) * self->page,
				      1));
	}
	EXPECT_EQ(0, drain_pages(self));
}

TEST_HARNESS_MAIN
