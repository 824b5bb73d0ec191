// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real device goes from one kind of memory to the next within one mapping.
 */
#include "hw_dma_fixture.h"

#include "lib/kind.h"

#define LENGTH (KIND_SLOTS * KIND_SLOT)
#define ROW 0x40000000ULL
#define HALF (EDU_BUFFER_SIZE / 2)

/* A row of kinds, of which the device has all */
static char *map_row(struct _test_data_dma *self, __u32 prot)
{
	char *row = mem_alloc_aligned(LENGTH, KIND_SLOT);

	if (!row || kind_map_row(row) ||
	    /* What is paid for twice does not fit */
	    limit_pages(LENGTH / self->page + 1) || attach(self) ||
	    iommu_map_at(self->hw.iommufd, self->hw.ioas_id, row, LENGTH, ROW,
			 prot))
		return NULL;
	return row;
}

static int unmap_row(struct _test_data_dma *self, char *row)
{
	int rc = iommu_unmap(self->hw.iommufd, self->hw.ioas_id, ROW, LENGTH);

	mem_free(row, LENGTH);
	return rc;
}

TEST_F(dma, device_writes_across_all_borders)
{
	char *row = map_row(self, IOMMU_MAP_RW);
	size_t at;

	ASSERT_NE(NULL, row);
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, ROW));
	ASSERT_OK(store(self, ROW + LENGTH - EDU_BUFFER_SIZE));
	EXPECT_TRUE(same(self->src, row));
	EXPECT_TRUE(same(self->src, row + LENGTH - EDU_BUFFER_SIZE));
	for (at = KIND_SLOT; at < LENGTH; at += KIND_SLOT) {
		ASSERT_OK(store(self, ROW + at - HALF));
		EXPECT_TRUE(same(self->src, row + at - HALF));
	}
	EXPECT_OK(unmap_row(self, row));
	EXPECT_EQ(1, mem_pinned_pages());
}

TEST_F(dma, device_reads_across_all_borders)
{
	char *row = map_row(self, IOMMU_IOAS_MAP_READABLE);
	size_t at;

	ASSERT_NE(NULL, row);
	ASSERT_OK(map(self, self->dst, IOVA, IOMMU_MAP_RW));
	for (at = KIND_SLOT; at < LENGTH; at += KIND_SLOT) {
		/* After the map, which must not have let it have old pages */
		mem_fill(row + at - HALF, EDU_BUFFER_SIZE, at);
		ASSERT_OK(load(self, ROW + at - HALF));
		ASSERT_OK(store(self, IOVA));
		EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, at));
	}
	EXPECT_OK(unmap_row(self, row));
	EXPECT_EQ(1, mem_pinned_pages());
}

TEST_HARNESS_MAIN
