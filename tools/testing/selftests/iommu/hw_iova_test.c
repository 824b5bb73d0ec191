// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOVAs a real device leaves usable: not the window of its message
 * signalled interrupts, and nothing beyond what its IOMMU translates.
 *
 * Needs an edu that drives all address lines (dma_mask=0xffffffffffffffff).
 */
#include "hw_dma_fixture.h"

#ifdef __aarch64__
/* Where the kernel maps interrupt doorbells behind an SMMU */
#define MSI_START 0x08000000ULL
#else
/* What the processors' interrupt controllers take */
#define MSI_START 0xfee00000ULL
#endif
#define MSI_LAST (MSI_START + 0xfffff)
#define NUM_RANGES 16

static int usable(struct _test_data_dma *self, __u64 start, __u64 last)
{
	return iommu_iova_usable(self->hw.iommufd, self->hw.ioas_id, start,
				 last);
}

/* Last of all usable IOVAs */
static __u64 highest(struct _test_data_dma *self)
{
	struct iommu_iova_range ranges[NUM_RANGES] = { };
	__u32 num = NUM_RANGES;
	__u64 alignment;

	if (iommu_iova_ranges(self->hw.iommufd, self->hw.ioas_id, ranges, &num,
			      &alignment) || !num || num > NUM_RANGES)
		return 0;
	return ranges[num - 1].last;
}

static __u64 alignment(struct _test_data_dma *self)
{
	__u64 alignment = 0;
	__u32 num = 0;

	iommu_iova_ranges(self->hw.iommufd, self->hw.ioas_id, NULL, &num,
			  &alignment);
	return alignment;
}

static int map_bytes(struct _test_data_dma *self, size_t offset, __u64 length,
		     __u64 iova)
{
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id,
			    self->src + offset, length, iova, IOMMU_MAP_RW);
}

TEST_F(dma, only_pages_can_be_mapped_while_attached)
{
	EXPECT_EQ(1, alignment(self));
	ASSERT_OK(attach(self));
	EXPECT_EQ(self->page, alignment(self));
	EXPECT_ERR(EINVAL, map_bytes(self, 0, self->page, IOVA + 1));
	EXPECT_ERR(EINVAL, map_bytes(self, 1, self->page, IOVA));
	EXPECT_ERR(EINVAL, map_bytes(self, 0, self->page - 1, IOVA));
	EXPECT_ERR(EINVAL, map_bytes(self, 8, self->page, IOVA + 8));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(1, alignment(self));
	EXPECT_OK(map_bytes(self, 8, 16, IOVA + 8));
}

TEST_F(dma, attach_with_less_than_a_page_mapped_is_EADDRINUSE)
{
	ASSERT_OK(map_bytes(self, 0, self->page, IOVA));
	ASSERT_OK(map_bytes(self, 8, 16, FAR_AWAY + 8));
	EXPECT_ERR(EADDRINUSE, attach(self));
	EXPECT_EQ(1, alignment(self));
	ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, FAR_AWAY + 8,
			      16));
	EXPECT_OK(attach(self));
}

TEST_F(dma, interrupt_window_is_unusable_only_while_attached)
{
	EXPECT_EQ(1, usable(self, MSI_START, MSI_LAST));
	ASSERT_OK(attach(self));
	EXPECT_EQ(0, usable(self, MSI_START, MSI_LAST));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(1, usable(self, MSI_START, MSI_LAST));
}

TEST_F(dma, interrupt_window_has_exact_ends)
{
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, usable(self, MSI_START - self->page, MSI_START - 1));
	EXPECT_EQ(1, usable(self, MSI_LAST + 1, MSI_LAST + self->page));
	EXPECT_OK(map(self, self->src, MSI_START - self->page, IOMMU_MAP_RW));
	EXPECT_OK(map(self, self->dst, MSI_LAST + 1, IOMMU_MAP_RW));
}

TEST_F(dma, mapping_in_the_interrupt_window_is_EINVAL)
{
	ASSERT_OK(attach(self));
	EXPECT_ERR(EINVAL, map(self, self->src, MSI_START, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, map(self, self->src, MSI_LAST + 1 - self->page,
			       IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, iommu_map_at(self->hw.iommufd, self->hw.ioas_id,
					self->src, 2 * self->page,
					MSI_START - self->page, IOMMU_MAP_RW));
}

TEST_F(dma, attach_over_a_mapping_in_the_window_is_EADDRINUSE)
{
	ASSERT_OK(map(self, self->src, MSI_START, IOMMU_MAP_RW));
	EXPECT_ERR(EADDRINUSE, attach(self));
	/* Nothing of the attempt is left: the window is still ours */
	EXPECT_OK(map(self, self->dst, MSI_START + self->page, IOMMU_MAP_RW));
	ASSERT_OK(unmap(self, MSI_START));
	ASSERT_OK(unmap(self, MSI_START + self->page));
	EXPECT_OK(attach(self));
}

TEST_F(dma, replace_by_a_space_with_a_mapping_in_the_window_changes_nothing)
{
	struct hw *hw = &self->hw;
	__u32 bad;

	ASSERT_OK(iommu_ioas_alloc(hw->iommufd, &bad));
	ASSERT_OK(iommu_map_at(hw->iommufd, bad, self->src, self->page,
			       MSI_START, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EADDRINUSE, vfio_attach(&hw->vfio, bad));
	EXPECT_EQ(0, usable(self, MSI_START, MSI_LAST));
	EXPECT_EQ(1, iommu_iova_usable(hw->iommufd, bad, MSI_START, MSI_LAST));
	EXPECT_ERR(EINVAL, map(self, self->src, MSI_START, IOMMU_MAP_RW));
}

TEST_F(dma, replace_by_the_same_space_keeps_the_window)
{
	ASSERT_OK(attach(self));
	EXPECT_OK(attach(self));
	EXPECT_EQ(0, usable(self, MSI_START, MSI_LAST));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(1, usable(self, MSI_START, MSI_LAST));
}

TEST_F(dma, replace_moves_the_window_to_the_other_space)
{
	struct hw *hw = &self->hw;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(hw->iommufd, &other));
	ASSERT_OK(attach(self));
	ASSERT_OK(vfio_attach(&hw->vfio, other));
	EXPECT_EQ(1, usable(self, MSI_START, MSI_LAST));
	EXPECT_EQ(0, iommu_iova_usable(hw->iommufd, other, MSI_START,
				       MSI_LAST));
}

TEST_F(dma, window_stays_until_the_last_device_leaves)
{
	struct hw second;

	if (hw_missing(1))
		SKIP(return, "no second edu device alone in its IOMMU group");
	EXPECT_OK(hw_up(&second, 1));
	vfio_close(&second.vfio);
	EXPECT_OK(vfio_open(&second.vfio, second.pci.name));
	EXPECT_OK(vfio_bind(&second.vfio, self->hw.iommufd));
	EXPECT_OK(vfio_attach(&second.vfio, self->hw.ioas_id));
	EXPECT_OK(attach(self));
	EXPECT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(0, usable(self, MSI_START, MSI_LAST));
	hw_down(&second);
	EXPECT_EQ(1, usable(self, MSI_START, MSI_LAST));
}

TEST_F(dma, space_ends_where_the_iommu_ends)
{
	__u64 last;

	EXPECT_EQ(~0ULL, highest(self));
	ASSERT_OK(attach(self));
	last = highest(self);
	/* No IOMMU has more than 57 bits; less than 39 is of no use to users */
	EXPECT_LE((1ULL << 39) - 1, last);
	EXPECT_GE((1ULL << 57) - 1, last);
	EXPECT_ERR(EINVAL, map(self, self->src, last + 1, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, iommu_map_at(self->hw.iommufd, self->hw.ioas_id,
					self->src, 2 * self->page,
					last + 1 - self->page, IOMMU_MAP_RW));
}

TEST_F(dma, highest_usable_page_is_reached)
{
	__u64 iova;

	ASSERT_OK(attach(self));
	iova = highest(self) + 1 - self->page;
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, iova, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, iova));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, mapping_beyond_the_iommu_makes_attach_fail)
{
	ASSERT_OK(map(self, self->src, 1ULL << 60, IOMMU_MAP_RW));
	EXPECT_ERR(EADDRINUSE, attach(self));
	ASSERT_OK(unmap(self, 1ULL << 60));
	EXPECT_OK(attach(self));
}

TEST_F(dma, iova_zero_is_reached_when_it_is_mapped)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, 0, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, 0));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_HARNESS_MAIN
