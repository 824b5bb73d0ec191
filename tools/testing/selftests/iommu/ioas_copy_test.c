// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_IOAS_COPY without a device: what can be copied, and what the copy is.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/memory.h"

#define IOVA 0x100000ULL
#define COPY 0x40000000ULL
#define NPAGES 16

/* Two address spaces; NPAGES pages are mapped at IOVA of the first. */
FIXTURE(copy)
{
	int fd;
	__u32 src;
	__u32 dst;
	size_t page;
	char *memory;
};

FIXTURE_SETUP(copy)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(NPAGES * self->page);
	ASSERT_NE(NULL, self->memory);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->src));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->dst));
	ASSERT_OK(iommu_map_at(self->fd, self->src, self->memory,
			       NPAGES * self->page, IOVA, IOMMU_MAP_RW));
}

FIXTURE_TEARDOWN(copy)
{
	close(self->fd);
	mem_free(self->memory, NPAGES * self->page);
}

/* Copy pages [first, first + npages) of the source to page @at of the copy. */
static int copy_pages(struct _test_data_copy *self, __u64 at, __u64 first,
		      __u64 npages, __u32 prot)
{
	return iommu_copy_at(self->fd, self->dst, COPY + at * self->page,
			     self->src, IOVA + first * self->page,
			     npages * self->page, prot);
}

/* Nothing is mapped in the destination */
static int dst_is_empty(struct _test_data_copy *self)
{
	__u64 unmapped;
	int rc = iommu_unmap_count(self->fd, self->dst, 0, IOMMU_UNMAP_ALL,
				   &unmapped);

	return rc ? rc : unmapped ? -ENOTEMPTY : 0;
}

TEST_F(copy, whole_mapping_can_be_copied)
{
	__u64 unmapped;

	ASSERT_OK(copy_pages(self, 0, 0, NPAGES, IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap_count(self->fd, self->dst, COPY,
				    NPAGES * self->page, &unmapped));
	EXPECT_EQ(NPAGES * self->page, unmapped);
}

TEST_F(copy, part_of_a_mapping_can_be_copied)
{
	__u64 unmapped;

	ASSERT_OK(copy_pages(self, 0, 3, 5, IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap_count(self->fd, self->dst, 0, IOMMU_UNMAP_ALL,
				    &unmapped));
	EXPECT_EQ(5 * self->page, unmapped);
}

TEST_F(copy, range_across_mappings_becomes_as_many)
{
	ASSERT_OK(iommu_map_at(self->fd, self->src, self->memory, self->page,
			       IOVA + NPAGES * self->page, IOMMU_MAP_RW));
	ASSERT_OK(copy_pages(self, 0, NPAGES - 2, 3, IOMMU_MAP_RW));
	/* Mappings are never cut: this shows where one ends */
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->dst, COPY, self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->dst, COPY, 2 * self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->dst, COPY + 2 * self->page,
			      self->page));
}

TEST_F(copy, copy_can_be_copied)
{
	ASSERT_OK(copy_pages(self, 0, 2, 8, IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->src, COPY, self->dst,
				COPY + self->page, 4 * self->page,
				IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap(self->fd, self->src, COPY, 4 * self->page));
}

TEST_F(copy, copy_within_one_space)
{
	ASSERT_OK(iommu_copy_at(self->fd, self->src, COPY, self->src, IOVA,
				NPAGES * self->page, IOMMU_MAP_RW));
	EXPECT_OK(iommu_unmap(self->fd, self->src, IOVA, NPAGES * self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->src, COPY, NPAGES * self->page));
}

TEST_F(copy, copy_outlives_its_source)
{
	ASSERT_OK(copy_pages(self, 0, 0, NPAGES, IOMMU_MAP_RW));
	ASSERT_OK(iommu_destroy(self->fd, self->src));
	EXPECT_OK(iommu_unmap(self->fd, self->dst, COPY, NPAGES * self->page));
}

TEST_F(copy, kernel_chooses_where_and_tells)
{
	__u64 iova = 0, other = 0;

	ASSERT_OK(iommu_copy(self->fd, self->dst, &iova, self->src, IOVA,
			     self->page, IOMMU_MAP_RW));
	EXPECT_NE(0, iova);
	ASSERT_OK(iommu_copy(self->fd, self->dst, &other, self->src, IOVA,
			     self->page, IOMMU_MAP_RW));
	EXPECT_NE(iova, other);
	EXPECT_OK(iommu_unmap(self->fd, self->dst, iova, self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->dst, other, self->page));
}

TEST_F(copy, answer_that_cannot_be_written_leaves_nothing)
{
	struct iommu_ioas_copy *cmd = mem_alloc(self->page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_ioas_copy){
		.size = sizeof(*cmd),
		.flags = IOMMU_MAP_RW,
		.dst_ioas_id = self->dst,
		.src_ioas_id = self->src,
		.length = self->page,
		.src_iova = IOVA,
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_COPY, cmd));
	EXPECT_OK(dst_is_empty(self));
	mem_free(cmd, self->page);
}

TEST_F(copy, source_that_is_not_mapped_is_ENOENT)
{
	EXPECT_ERR(ENOENT, copy_pages(self, 0, NPAGES, 1, IOMMU_MAP_RW));
	/* One page short at the end, and at the start */
	EXPECT_ERR(ENOENT, copy_pages(self, 0, 1, NPAGES, IOMMU_MAP_RW));
	EXPECT_ERR(ENOENT, copy_pages(self, 0, -1, 2, IOMMU_MAP_RW));
	EXPECT_OK(dst_is_empty(self));
}

TEST_F(copy, hole_in_the_source_is_ENOENT)
{
	ASSERT_OK(iommu_map_at(self->fd, self->src, self->memory, self->page,
			       IOVA + (NPAGES + 1) * self->page, IOMMU_MAP_RW));
	EXPECT_ERR(ENOENT, copy_pages(self, 0, NPAGES - 1, 3, IOMMU_MAP_RW));
	EXPECT_OK(dst_is_empty(self));
}

TEST_F(copy, writing_to_what_was_mapped_for_reading_is_EPERM)
{
	__u64 readonly = IOVA + NPAGES * self->page;

	ASSERT_OK(iommu_map_at(self->fd, self->src, self->memory, self->page,
			       readonly, IOMMU_IOAS_MAP_READABLE));
	EXPECT_ERR(EPERM, iommu_copy_at(self->fd, self->dst, COPY, self->src,
					readonly, self->page, IOMMU_MAP_RW));
	/* Also when only the last of several mappings is like that */
	EXPECT_ERR(EPERM, copy_pages(self, 0, 0, NPAGES + 1, IOMMU_MAP_RW));
	EXPECT_OK(dst_is_empty(self));
	EXPECT_OK(copy_pages(self, 0, 0, NPAGES + 1, IOMMU_IOAS_MAP_READABLE));
}

TEST_F(copy, what_is_mapped_already_is_EEXIST)
{
	ASSERT_OK(copy_pages(self, 4, 0, 1, IOMMU_MAP_RW));
	EXPECT_ERR(EEXIST, copy_pages(self, 0, 0, 5, IOMMU_MAP_RW));
	EXPECT_ERR(EEXIST, copy_pages(self, 4, 0, 1, IOMMU_MAP_RW));
	EXPECT_OK(copy_pages(self, 0, 0, 4, IOMMU_MAP_RW));
}

TEST_F(copy, arguments_are_checked)
{
	const struct {
		__u64 length, dst, src;
		__u32 prot;
		int error;
	} rows[] = {
		{ self->page, COPY, IOVA, 0, EINVAL },
		{ 0, COPY, IOVA, IOMMU_MAP_RW, EINVAL },
		{ ~0ULL, COPY, IOVA, IOMMU_MAP_RW, EOVERFLOW },
		{ self->page, ~0ULL, IOVA, IOMMU_MAP_RW, EOVERFLOW },
		{ self->page, COPY, ~0ULL, IOMMU_MAP_RW, EOVERFLOW },
		{ -IOVA, COPY, 2 * IOVA, IOMMU_MAP_RW, EOVERFLOW },
		{ NPAGES * self->page, -self->page, IOVA, IOMMU_MAP_RW,
		  EOVERFLOW },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_ERR(rows[i].error,
			   iommu_copy_at(self->fd, self->dst, rows[i].dst,
					 self->src, rows[i].src,
					 rows[i].length, rows[i].prot)) {
			TH_LOG("row %u", i);
		}
	}
	EXPECT_OK(dst_is_empty(self));
}

TEST_F(copy, spaces_of_another_file_are_not_known_here)
{
	int other = iommu_open();
	__u32 id;

	ASSERT_LE(0, other);
	ASSERT_OK(iommu_ioas_alloc(other, &id));
	ASSERT_OK(iommu_ioas_alloc(other, &id));
	ASSERT_OK(iommu_ioas_alloc(other, &id));
	EXPECT_ERR(ENOENT, iommu_copy_at(self->fd, id, COPY, self->src, IOVA,
					 self->page, IOMMU_MAP_RW));
	close(other);
}

TEST_F(copy, thousands_of_small_mappings_are_copied_at_once)
{
	const unsigned int many = 5000;
	__u64 unmapped;
	unsigned int i;

	for (i = 0; i < many; i++) {
		ASSERT_OK(iommu_map_at(self->fd, self->src, self->memory,
				       self->page,
				       IOVA + (NPAGES + i) * self->page,
				       IOMMU_MAP_RW));
	}
	ASSERT_OK(copy_pages(self, 0, 0, NPAGES + many, IOMMU_MAP_RW));
	ASSERT_OK(iommu_unmap_count(self->fd, self->dst, 0, IOMMU_UNMAP_ALL,
				    &unmapped));
	EXPECT_EQ((NPAGES + many) * self->page, unmapped);
}

TEST_HARNESS_MAIN
