// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was unmapped is out of a real device's reach, also where the IOMMU has
 * cached it, and takes its page tables with it.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "hw_dma_fixture.h"

#include "lib/fdinfo.h"
#include "lib/kind.h"

/* In the second of the smallest tables below an entry of 1 GiB */
#define ROW (0x40000000ULL + MEM_2M)
#define LENGTH (2 * MEM_2M)
/* Odd, so that all pieces of a power of two have their turn */
#define STRIDE 5
/* To map each page by itself takes long */
#define PIECE 4

/* Pieces of a file, none of which follows the one before it in the file */
static char *scatter(struct _test_data_dma *self)
{
	size_t piece = PIECE * self->page, i, n = LENGTH / piece;
	int file = mem_file(LENGTH);
	char *p = mem_alloc(LENGTH);

	if (file < 0 || !p)
		return NULL;
	for (i = 0; i < n; i++) {
		if (mmap(p + i * piece, piece, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, file,
			 i * STRIDE % n * piece) == MAP_FAILED)
			return NULL;
	}
	close(file);
	return madvise(p, LENGTH, MADV_POPULATE_WRITE) ? NULL : p;
}

static int map_at(struct _test_data_dma *self, void *va, size_t length,
		  __u64 iova)
{
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id, va, length,
			    iova, IOMMU_MAP_RW);
}

static int unmap_at(struct _test_data_dma *self, size_t length, __u64 iova)
{
	return iommu_unmap(self->hw.iommufd, self->hw.ioas_id, iova, length);
}

static long long tables(struct _test_data_dma *self)
{
	return fdinfo_value(self->hw.iommufd, "tables") /
	       (long long)self->page;
}

/* Give the device the pattern of @from, and have it write that all over @iova */
static int store_all(struct _test_data_dma *self, char *from, __u64 iova,
		     size_t length)
{
	size_t at, step = MEM_2M / 4;
	int rc = edu_load(&self->hw.edu, IOVA + (from - self->src),
			  EDU_BUFFER_SIZE);

	for (at = 0; at < length && !rc; at += step)
		rc = store(self, iova + at);
	return rc ?: store(self, iova + length - EDU_BUFFER_SIZE);
}

static bool has_all(struct _test_data_dma *self, const char *pattern,
		    const char *memory, size_t length)
{
	size_t at, step = MEM_2M / 4;

	for (at = 0; at < length; at += step) {
		if (!same(pattern, memory + at))
			return false;
	}
	return same(pattern, memory + length - EDU_BUFFER_SIZE);
}

TEST_F(dma, tables_of_a_range_go_with_it)
{
	char *memory = scatter(self);
	long long before;

	ASSERT_NE(NULL, memory);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, ROW - self->page, IOMMU_MAP_RW));
	before = tables(self);
	ASSERT_OK(map_at(self, memory, LENGTH, ROW));
	EXPECT_EQ(before + 2, tables(self));
	ASSERT_OK(unmap_at(self, LENGTH, ROW));
	EXPECT_EQ(before, tables(self));
	mem_free(memory, LENGTH);
}

TEST_F(dma, table_that_others_use_stays)
{
	size_t part = MEM_2M - 2 * self->page;
	char *memory = scatter(self);
	long long before;

	ASSERT_NE(NULL, memory);
	ASSERT_OK(attach(self));
	ASSERT_OK(map_at(self, self->src, 4 * self->page, IOVA));
	ASSERT_OK(map(self, self->dst, ROW, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->spare, ROW + MEM_2M - self->page,
		      IOMMU_MAP_RW));
	before = tables(self);
	ASSERT_OK(map_at(self, memory, part, ROW + self->page));
	EXPECT_EQ(before, tables(self));
	ASSERT_OK(unmap_at(self, part, ROW + self->page));
	EXPECT_EQ(before, tables(self));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, ROW));
	ASSERT_OK(store(self, ROW + MEM_2M - self->page));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_TRUE(same(self->src, self->spare));
	mem_free(memory, LENGTH);
}

TEST_F(dma, new_memory_takes_the_place_of_many_extents)
{
	char *old = scatter(self), *new = scatter(self);

	ASSERT_TRUE(old && new);
	ASSERT_OK(attach(self));
	ASSERT_OK(map_at(self, self->src, 4 * self->page, IOVA));
	ASSERT_OK(map_at(self, old, LENGTH, ROW));
	ASSERT_OK(store_all(self, self->src, ROW, LENGTH));
	EXPECT_TRUE(has_all(self, self->src, old, LENGTH));
	ASSERT_OK(unmap_at(self, LENGTH, ROW));
	ASSERT_OK(map_at(self, new, LENGTH, ROW));
	ASSERT_OK(store_all(self, self->other, ROW, LENGTH));
	EXPECT_TRUE(has_all(self, self->other, new, LENGTH));
	EXPECT_TRUE(has_all(self, self->src, old, LENGTH));
	mem_free(old, LENGTH);
	mem_free(new, LENGTH);
}

/* Leaves of several sizes, and parts of tables, in one range */
TEST_F(dma, nothing_of_a_mixture_can_be_reached_any_more)
{
	size_t length = KIND_SLOTS * KIND_SLOT;
	char *row = mem_alloc_aligned(length, KIND_SLOT);

	ASSERT_NE(NULL, row);
	ASSERT_OK(kind_map_row(row));
	ASSERT_OK(attach(self));
	ASSERT_OK(map_at(self, self->src, 4 * self->page, IOVA));
	/* It begins and ends with pages, in the middle of a table */
	ASSERT_OK(map_at(self, row + MEM_2M / 2, length - MEM_2M,
			 ROW + MEM_2M / 2));
	ASSERT_OK(store_all(self, self->src, ROW + MEM_2M / 2,
			    length - MEM_2M));
	EXPECT_TRUE(has_all(self, self->src, row + MEM_2M / 2,
			    length - MEM_2M));
	ASSERT_OK(unmap_at(self, length - MEM_2M, ROW + MEM_2M / 2));
	ASSERT_OK(store_all(self, self->other, ROW + MEM_2M / 2,
			    length - MEM_2M));
	EXPECT_TRUE(has_all(self, self->src, row + MEM_2M / 2,
			    length - MEM_2M));
	mem_free(row, length);
}

TEST_HARNESS_MAIN
