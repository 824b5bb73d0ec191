// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real device copies memory: it reaches what is mapped, in the directions
 * that were asked for, as long as it is mapped, and nothing else.
 *
 * Every test runs on a device that is alone in its group. The device cannot
 * tell whether a copy was let through, so each test looks at the memory.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "hw_dma_fixture.h"
#include "lib/hugepage.h"
#include "lib/kmsg.h"

TEST_F(dma, memory_mapped_after_attach_is_reached)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, IOVA + self->page, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, IOVA + self->page));
	EXPECT_EQ(mem_crc32(self->src, EDU_BUFFER_SIZE),
		  mem_crc32(self->dst, EDU_BUFFER_SIZE));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_TRUE(mem_is_filled(self->other, EDU_BUFFER_SIZE, 3));
}

TEST_F(dma, memory_mapped_before_attach_is_reached)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, memory_mapped_where_the_kernel_likes_is_reached)
{
	__u64 iova;

	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_map(self->hw.iommufd, self->hw.ioas_id, self->src,
			    2 * self->page, &iova, IOMMU_MAP_RW));
	ASSERT_OK(load(self, iova));
	ASSERT_OK(store(self, iova + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, pages_keep_their_order_within_a_mapping)
{
	/* Neighbours here, most likely not in physical memory */
	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, self->src,
			       4 * self->page, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA + 2 * self->page));
	ASSERT_OK(store(self, IOVA + 3 * self->page));
	EXPECT_TRUE(mem_is_filled(self->spare, EDU_BUFFER_SIZE, 3));
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, copy_at_an_odd_offset_crosses_into_the_next_page)
{
	const unsigned int offset = 0x7f1;

	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, self->src,
			       4 * self->page, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, IOVA + 2 * self->page + offset));
	EXPECT_EQ(0, memcmp(self->src, self->other + offset, EDU_BUFFER_SIZE));
	EXPECT_EQ(0, self->spare[offset + EDU_BUFFER_SIZE - self->page]);
}

TEST_F(dma, copy_across_two_mappings_finds_both)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	/* The second half of the copy goes to a page that lies before */
	ASSERT_OK(map(self, self->spare, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY + self->page, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY + self->page / 2));
	EXPECT_EQ(0, memcmp(self->spare + self->page / 2, self->src,
			    self->page / 2));
	EXPECT_EQ(0, memcmp(self->dst, self->src + self->page / 2,
			    self->page / 2));
}

TEST_F(dma, mapping_across_a_2M_boundary_is_reached_everywhere)
{
	const size_t length = 4 * MEM_2M;
	char *large = mem_alloc_aligned(length, MEM_2M);
	__u64 iova = 16 * MEM_2M;
	size_t at;

	ASSERT_NE(NULL, large);
	ASSERT_OK(hugepage_make(large, length));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	/* From a page before one boundary to a page behind another */
	at = MEM_2M - self->page;
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, large + at,
			       length - 2 * at, iova + at, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, iova + at));
	ASSERT_OK(store(self, iova + 2 * MEM_2M - self->page / 2));
	ASSERT_OK(store(self, iova + length - at - self->page));
	EXPECT_TRUE(same(self->src, large + at));
	EXPECT_TRUE(same(self->src, large + 2 * MEM_2M - self->page / 2));
	EXPECT_TRUE(same(self->src, large + length - at - self->page));
	EXPECT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	mem_free(large, length);
}

TEST_F(dma, large_page_is_reached_at_its_very_end)
{
	char *large = mem_alloc_aligned(MEM_2M, MEM_2M);
	__u64 iova = 16 * MEM_2M;

	ASSERT_NE(NULL, large);
	ASSERT_OK(hugepage_make(large, MEM_2M));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, large,
			       MEM_2M, iova, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, iova + MEM_2M - self->page));
	EXPECT_TRUE(same(self->src, large + MEM_2M - self->page));
	EXPECT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	mem_free(large, MEM_2M);
}

TEST_F(dma, huge_page_of_hugetlbfs_is_reached)
{
	__u64 iova = 16 * MEM_2M;
	char *huge;

	huge = mmap(NULL, 2 * MEM_2M, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (huge == MAP_FAILED)
		SKIP(return, "no free huge pages of 2 MiB");
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, huge,
			       2 * MEM_2M, iova, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, iova + MEM_2M - self->page / 2));
	EXPECT_TRUE(same(self->src, huge + MEM_2M - self->page / 2));
	EXPECT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	munmap(huge, 2 * MEM_2M);
}

TEST_F(dma, write_outside_faults_and_changes_nothing)
{
	char line[KMSG_LINE];
	int kmsg = kmsg_open(), rc = -ETIMEDOUT, try;

	ASSERT_LE(0, kmsg);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	mem_fill(self->src, EDU_BUFFER_SIZE, 2);
	for (try = 0; rc && try < KMSG_TRIES; try++) {
		ASSERT_OK(store(self, FAR_AWAY));
		rc = kmsg_wait_fault(kmsg, self->hw.pci.name, FAR_AWAY, line);
	}
	EXPECT_OK(rc);
	EXPECT_TRUE(mem_is_filled(self->src, EDU_BUFFER_SIZE, 2));
	EXPECT_TRUE(is_zero(self->dst));
	EXPECT_TRUE(mem_is_filled(self->other, EDU_BUFFER_SIZE, 3));
	close(kmsg);
}

TEST_F(dma, read_outside_does_not_get_at_the_neighbour)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, IOVA + 2 * self->page, IOMMU_MAP_RW));
	/* "other" is memory of ours, but not mapped at the hole between */
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(load(self, IOVA + self->page));
	ASSERT_OK(store(self, IOVA + 2 * self->page));
	EXPECT_FALSE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 3));
}

TEST_F(dma, copy_that_leaves_the_mapping_stops_at_its_end)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY + self->page / 2));
	EXPECT_TRUE(mem_is_filled(self->other, EDU_BUFFER_SIZE, 3));
	EXPECT_TRUE(is_zero(self->spare));
}

TEST_F(dma, device_cannot_write_what_is_mapped_for_reading)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->other, FAR_AWAY, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(mem_is_filled(self->other, EDU_BUFFER_SIZE, 3));
}

TEST_F(dma, device_can_read_what_is_mapped_for_reading)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, memory_is_out_of_reach_after_unmap)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	/* Once with success, so that the translation is cached */
	ASSERT_OK(store(self, FAR_AWAY));
	ASSERT_TRUE(same(self->src, self->dst));
	ASSERT_OK(unmap(self, FAR_AWAY));
	mem_fill(self->dst, EDU_BUFFER_SIZE, 4);
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 4));
}

TEST_F(dma, unmap_leaves_the_neighbours_alone)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, IOVA + self->page, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->spare, IOVA + 2 * self->page, IOMMU_MAP_RW));
	ASSERT_OK(unmap(self, IOVA + self->page));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, IOVA + 2 * self->page));
	EXPECT_TRUE(same(self->src, self->spare));
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, iova_that_is_mapped_anew_reaches_the_new_memory)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->spare, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	ASSERT_OK(unmap(self, FAR_AWAY));
	memset(self->spare, 0, self->page);
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_TRUE(is_zero(self->spare));
}

TEST_F(dma, memory_stays_reachable_when_the_process_unmaps_it)
{
	char *twice = mem_alloc(self->page);

	ASSERT_NE(NULL, twice);
	mem_fill(twice, EDU_BUFFER_SIZE, 5);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, twice, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	/* The device must not follow to whatever is mapped here next */
	mem_free(twice, self->page);
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 5));
}

TEST_HARNESS_MAIN
