// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOVAs, lengths and addresses must be multiples of: of nothing while no
 * device is attached, unless huge pages are off.
 */
#include "ioas_fixture.h"

#define IOVA 0x100000ULL

static __u64 alignment_of(int fd, __u32 id)
{
	__u64 alignment = 0;
	__u32 num = 0;

	iommu_iova_ranges(fd, id, NULL, &num, &alignment);
	return alignment;
}

static int set_huge_pages(struct _test_data_ioas *self, bool on)
{
	return iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				on);
}

/* Bytes from an offset in the fixture's memory */
static int map(struct _test_data_ioas *self, size_t offset, size_t length,
	       __u64 iova)
{
	return iommu_map_at(self->fd, self->id, (char *)self->memory + offset,
			    length, iova, IOMMU_MAP_RW);
}

TEST_F(ioas, bytes_can_be_mapped_while_no_device_is_attached)
{
	EXPECT_EQ(1, alignment_of(self->fd, self->id));
	ASSERT_OK(map(self, 3, 1, IOVA + 1));
	EXPECT_OK(map(self, self->page - 1, 2, IOVA + 2));
	EXPECT_ERR(EEXIST, map(self, 0, 2, IOVA));
	EXPECT_ERR(EEXIST, map(self, 0, 2, IOVA + 3));
	EXPECT_OK(map(self, 0, 1, IOVA));
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA, 4));
}

TEST_F(ioas, part_of_a_mapping_of_bytes_is_not_unmapped)
{
	ASSERT_OK(map(self, 3, 5, IOVA + 3));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->id, IOVA + 3, 4));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->id, IOVA + 4, 4));
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA + 3, 5));
}

TEST_F(ioas, choice_of_iova_keeps_the_offset_within_a_page)
{
	const size_t offsets[] = { 1, self->page / 2, self->page - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		__u64 iova = 0;

		ASSERT_OK(iommu_map(self->fd, self->id,
				    (char *)self->memory + offsets[i], 5,
				    &iova, IOMMU_MAP_RW));
		EXPECT_LE(self->page, iova);
		EXPECT_EQ(offsets[i], iova % self->page);
	}
}

TEST_F(ioas, without_huge_pages_only_whole_pages_are_mapped)
{
	size_t page = self->page;
	__u64 iova = 0;

	ASSERT_OK(set_huge_pages(self, false));
	EXPECT_EQ(page, alignment_of(self->fd, self->id));
	EXPECT_ERR(EINVAL, map(self, 0, page, IOVA + 1));
	EXPECT_ERR(EINVAL, map(self, 0, page - 1, IOVA));
	EXPECT_ERR(EINVAL, map(self, 1, page, IOVA));
	EXPECT_ERR(EINVAL, map(self, page / 2, page, IOVA + page / 2));
	EXPECT_ERR(EINVAL, iommu_map(self->fd, self->id, self->memory, 5,
				     &iova, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, iommu_map(self->fd, self->id,
				     (char *)self->memory + 1, page, &iova,
				     IOMMU_MAP_RW));
	EXPECT_OK(map(self, 0, page, IOVA));
}

TEST_F(ioas, bytes_can_be_mapped_again_with_huge_pages)
{
	ASSERT_OK(set_huge_pages(self, false));
	ASSERT_OK(set_huge_pages(self, true));
	EXPECT_EQ(1, alignment_of(self->fd, self->id));
	EXPECT_OK(map(self, 3, 1, IOVA + 1));
}

TEST_F(ioas, huge_pages_stay_on_while_something_is_misaligned)
{
	static const struct {
		size_t offset, length;
		__u64 iova;
	} misaligned[] = {
		{ 0, 4096, IOVA + 1 },
		{ 1, 4096, IOVA },
		{ 0, 4095, IOVA },
	};

	for (size_t i = 0; i < ARRAY_SIZE(misaligned); i++) {
		__u64 on = 0;

		ASSERT_OK(map(self, misaligned[i].offset, misaligned[i].length,
			      misaligned[i].iova));
		EXPECT_ERR(EADDRINUSE, set_huge_pages(self, false));
		ASSERT_OK(iommu_option_get(self->fd, IOMMU_OPTION_HUGE_PAGES,
					   self->id, &on));
		EXPECT_EQ(1, on);
		EXPECT_EQ(1, alignment_of(self->fd, self->id));
		ASSERT_OK(iommu_unmap_all(self->fd, self->id));
	}
	EXPECT_OK(set_huge_pages(self, false));
}

TEST_F(ioas, some_bytes_of_a_mapping_can_be_copied)
{
	ASSERT_OK(map(self, 0, self->page, IOVA));
	EXPECT_OK(iommu_copy_at(self->fd, self->id, 5, self->id, IOVA + 100,
				100, IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap(self->fd, self->id, 5, 100));
}

TEST_F(ioas, copy_of_bytes_to_where_pages_are_needed_is_EINVAL)
{
	__u64 half = self->page / 2, iova = 0;
	__u32 pages;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &pages));
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, pages,
				   0));
	/* One page, in two halves */
	ASSERT_OK(map(self, 0, half, IOVA));
	ASSERT_OK(map(self, half, half, IOVA + half));
	EXPECT_ERR(EINVAL, iommu_copy_at(self->fd, pages, IOVA, self->id, IOVA,
					 self->page, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, iommu_copy(self->fd, pages, &iova, self->id, IOVA,
				      half, IOMMU_MAP_RW));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, pages, 0, ~0ULL >> 1));
}

TEST_F(ioas, misaligned_copy_to_where_pages_are_needed_is_EINVAL)
{
	__u64 page = self->page;
	const __u64 rows[][3] = {
		/* to, from, length */
		{ IOVA + 1, IOVA, page },
		{ IOVA, IOVA + 1, page },
		{ IOVA, IOVA, page + 1 },
		{ IOVA, IOVA, page - 1 },
		{ IOVA + 1, IOVA + 1, page },
	};
	__u32 pages;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &pages));
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, pages,
				   0));
	ASSERT_OK(map(self, 0, 4 * page, IOVA));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_ERR(EINVAL, iommu_copy_at(self->fd, pages, rows[i][0],
						 self->id, rows[i][1],
						 rows[i][2], IOMMU_MAP_RW)) {
			TH_LOG("row %zu", i);
		}
	}
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, pages, 0, ~0ULL >> 1));
}

TEST_HARNESS_MAIN
