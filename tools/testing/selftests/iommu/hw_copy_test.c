// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that several address spaces map, seen by devices: reached through each
 * of them, pinned and charged once.
 */
#include "hw_dma_fixture.h"

#define COPY 0x6000000ULL

/* Copy pages of what is mapped at IOVA of space @src */
static int copy_to(struct _test_data_dma *self, __u32 dst, __u32 src,
		   __u64 first, __u64 npages, __u32 prot)
{
	return iommu_copy_at(self->hw.iommufd, dst, COPY, src,
			     IOVA + first * self->page, npages * self->page,
			     prot);
}

static int map_all(struct _test_data_dma *self, __u32 id)
{
	return iommu_map_at(self->hw.iommufd, id, self->src, 4 * self->page,
			    IOVA, IOMMU_MAP_RW);
}

static int new_space(struct _test_data_dma *self, __u32 *id)
{
	return iommu_ioas_alloc(self->hw.iommufd, id);
}

TEST_F(dma, copy_made_before_attach_is_reached)
{
	__u32 other;

	ASSERT_OK(new_space(self, &other));
	ASSERT_OK(map_all(self, other));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, other, 0, 4, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(load(self, COPY));
	ASSERT_OK(store(self, COPY + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, copy_made_after_attach_is_reached)
{
	__u32 other;

	ASSERT_OK(new_space(self, &other));
	ASSERT_OK(map_all(self, other));
	ASSERT_OK(attach(self));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, other, 0, 4, IOMMU_MAP_RW));
	ASSERT_OK(load(self, COPY));
	ASSERT_OK(store(self, COPY + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, copy_of_a_part_shows_that_part)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, self->hw.ioas_id, 2, 1,
			  IOMMU_MAP_RW));
	ASSERT_OK(load(self, COPY));
	ASSERT_OK(store(self, IOVA + self->page));
	EXPECT_TRUE(same(self->other, self->dst));
}

TEST_F(dma, copy_is_reached_after_its_source_is_gone)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, self->hw.ioas_id, 0, 4,
			  IOMMU_MAP_RW));
	ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, IOVA,
			      4 * self->page));
	ASSERT_OK(load(self, COPY));
	ASSERT_OK(store(self, COPY + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, device_cannot_write_a_copy_for_reading)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, self->hw.ioas_id, 0, 4,
			  IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(load(self, COPY));
	store(self, COPY + self->page);
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, copies_are_pinned_and_charged_once)
{
	__u32 other;

	ASSERT_OK(limit_pages(4));
	ASSERT_OK(attach(self));
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	ASSERT_OK(copy_to(self, self->hw.ioas_id, self->hw.ioas_id, 0, 4,
			  IOMMU_MAP_RW));
	ASSERT_OK(new_space(self, &other));
	ASSERT_OK(copy_to(self, other, self->hw.ioas_id, 0, 4, IOMMU_MAP_RW));
	EXPECT_EQ(4, mem_pinned_pages());
	/* Until the last of them is gone */
	ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, IOVA,
			      4 * self->page));
	EXPECT_EQ(4, mem_pinned_pages());
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(dma, two_devices_reach_the_same_memory_through_spaces_of_their_own)
{
	struct hw second;
	__u32 other;

	if (hw_missing(1))
		SKIP(return, "no second edu device alone in its group");
	ASSERT_OK(new_space(self, &other));
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	ASSERT_OK(copy_to(self, other, self->hw.ioas_id, 0, 4, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(hw_up(&second, 1)) {
		hw_down(&second);
	}
	EXPECT_OK(hw_join(&second, self->hw.iommufd, other));
	EXPECT_OK(edu_load(&second.edu, COPY, EDU_BUFFER_SIZE));
	/* The first one leaves: the memory stays where it is */
	EXPECT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_OK(edu_store(&second.edu, COPY + self->page, EDU_BUFFER_SIZE));
	EXPECT_TRUE(same(self->src, self->dst));
	hw_down(&second);
}

TEST_F(dma, device_that_would_take_allowed_iovas_cannot_attach)
{
	struct iommu_iova_range all = { 0, ~0ULL };

	ASSERT_OK(iommu_allow_iovas(self->hw.iommufd, self->hw.ioas_id, &all,
				    1));
	EXPECT_ERR(EADDRINUSE, attach(self));
	ASSERT_OK(iommu_allow_iovas(self->hw.iommufd, self->hw.ioas_id, NULL,
				    0));
	EXPECT_OK(attach(self));
}

TEST_F(dma, what_a_device_takes_cannot_be_allowed)
{
	struct iommu_iova_range all = { 0, ~0ULL };
	struct iommu_iova_range some = { COPY, COPY + 4 * self->page - 1 };
	__u64 iova;

	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_allow_iovas(self->hw.iommufd, self->hw.ioas_id, &some,
				    1));
	EXPECT_ERR(EADDRINUSE, iommu_allow_iovas(self->hw.iommufd,
						 self->hw.ioas_id, &all, 1));
	/* The list is as it was */
	ASSERT_OK(iommu_map(self->hw.iommufd, self->hw.ioas_id, self->src,
			    4 * self->page, &iova, IOMMU_MAP_RW));
	EXPECT_EQ(COPY, iova);
	ASSERT_OK(load(self, COPY));
}

TEST_F(dma, large_memory_is_reached_without_huge_pages)
{
	size_t length = 2 * MEM_2M;
	char *large = mem_alloc_aligned(length, MEM_2M);

	ASSERT_NE(NULL, large);
	ASSERT_OK(iommu_option_set(self->hw.iommufd, IOMMU_OPTION_HUGE_PAGES,
				   self->hw.ioas_id, 0));
	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, large,
			       length, COPY, IOMMU_MAP_RW));
	mem_fill(large + length - self->page, EDU_BUFFER_SIZE, 7);
	ASSERT_OK(load(self, COPY + length - self->page));
	ASSERT_OK(store(self, COPY + MEM_2M - self->page));
	EXPECT_TRUE(same(large + length - self->page,
			 large + MEM_2M - self->page));
	EXPECT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, COPY,
			      length));
	mem_free(large, length);
}

TEST_F(dma, huge_pages_cannot_be_turned_off_under_a_mapping)
{
	ASSERT_OK(map_all(self, self->hw.ioas_id));
	/* Without a device nothing uses pages of any size */
	ASSERT_OK(iommu_option_set(self->hw.iommufd, IOMMU_OPTION_HUGE_PAGES,
				   self->hw.ioas_id, 0));
	ASSERT_OK(iommu_option_set(self->hw.iommufd, IOMMU_OPTION_HUGE_PAGES,
				   self->hw.ioas_id, 1));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EINVAL, iommu_option_set(self->hw.iommufd,
					    IOMMU_OPTION_HUGE_PAGES,
					    self->hw.ioas_id, 0));
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_OK(iommu_option_set(self->hw.iommufd, IOMMU_OPTION_HUGE_PAGES,
				   self->hw.ioas_id, 0));
}

TEST_HARNESS_MAIN
