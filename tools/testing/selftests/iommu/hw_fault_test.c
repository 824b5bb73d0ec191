// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail while memory is pinned and mapped for a device: all is
 * as it was, and the device reaches what it reached.
 */
#include "hw_dma_fixture.h"
#include "lib/fault.h"

#define COPY 0x6000000ULL
#define MANY_PAGES 1000

/* The device still copies from the first page to the second */
static bool dma_works(struct _test_data_dma *self)
{
	memset(self->dst, 0, self->page);
	return !load(self, IOVA) && !store(self, IOVA + self->page) &&
	       same(self->src, self->dst);
}

/*
 * IOMMU drivers leave a reserved region out of their list when they have no
 * memory for it. The one for interrupts is missed: the device has other needs
 * than its hardware can meet.
 */
static bool is_shortage(int rc)
{
	return rc == -ENOMEM || rc == -EINVAL;
}

/* Pinned memory is only counted for who has a limit */
static int map_two(struct _test_data_dma *self)
{
	int rc = limit_pages(MANY_PAGES);

	if (rc)
		return rc;
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id, self->src,
			    2 * self->page, IOVA, IOMMU_MAP_RW);
}

TEST_F(dma, map_for_an_attached_device)
{
	struct fault_sweep sweep = {};
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_two(self));
	ASSERT_OK(attach(self));
	while (fault_next(&sweep)) {
		/* Far from all else, so that page tables are needed */
		rc = iommu_map_at(self->hw.iommufd, self->hw.ioas_id,
				  self->other, 2 * self->page,
				  (__u64)sweep.nth << 30, IOMMU_MAP_RW);
		sweep.fired = fault_disarm();
		ASSERT_EQ(rc ? 2 : 4, mem_pinned_pages());
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (rc)
			continue;
		ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id,
				      (__u64)sweep.nth << 30, 2 * self->page));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	EXPECT_TRUE(dma_works(self));
}

TEST_F(dma, copy_for_an_attached_device)
{
	struct fault_sweep sweep = {};
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_two(self));
	ASSERT_OK(attach(self));
	while (fault_next(&sweep)) {
		rc = iommu_copy_at(self->hw.iommufd, self->hw.ioas_id, COPY,
				   self->hw.ioas_id, IOVA, 2 * self->page,
				   IOMMU_MAP_RW);
		sweep.fired = fault_disarm();
		ASSERT_EQ(2, mem_pinned_pages());
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (rc)
			continue;
		ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, COPY,
				      2 * self->page));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	EXPECT_TRUE(dma_works(self));
}

TEST_F(dma, attach_to_a_space_with_mappings)
{
	struct fault_sweep sweep = {};
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_two(self));
	while (fault_next(&sweep)) {
		rc = attach(self);
		sweep.fired = fault_disarm();
		ASSERT_EQ(rc ? 0 : 2, mem_pinned_pages());
		if (rc) {
			ASSERT_TRUE(sweep.fired);
			ASSERT_TRUE(is_shortage(rc));
			continue;
		}
		if (sweep.fired)
			ASSERT_OK(vfio_detach(&self->hw.vfio));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	EXPECT_TRUE(dma_works(self));
}

TEST_F(dma, replace_by_a_space_with_mappings)
{
	struct fault_sweep sweep = {};
	__u32 other;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_two(self));
	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &other));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, other, self->other,
			       2 * self->page, IOVA, IOMMU_MAP_RW));
	while (fault_next(&sweep)) {
		rc = vfio_attach(&self->hw.vfio, other);
		sweep.fired = fault_disarm();
		ASSERT_EQ(2, mem_pinned_pages());
		if (rc) {
			ASSERT_TRUE(sweep.fired);
			ASSERT_TRUE(is_shortage(rc));
			/* Still in the old one */
			ASSERT_TRUE(dma_works(self));
			continue;
		}
		ASSERT_OK(attach(self));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	EXPECT_TRUE(dma_works(self));
}

TEST_F(dma, replace_by_a_page_table)
{
	struct fault_sweep sweep = {};
	__u32 other, table;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	ASSERT_OK(map_two(self));
	ASSERT_OK(attach(self));
	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &other));
	while (fault_next(&sweep)) {
		table = 0;
		rc = iommu_hwpt_alloc(self->hw.iommufd, self->hw.vfio.dev_id,
				      other, &table);
		if (!rc)
			rc = vfio_attach(&self->hw.vfio, table);
		sweep.fired = fault_disarm();
		if (rc) {
			ASSERT_TRUE(sweep.fired);
			ASSERT_TRUE(is_shortage(rc));
			/* Still in the old one */
			ASSERT_TRUE(dma_works(self));
		} else {
			ASSERT_OK(attach(self));
		}
		if (table)
			ASSERT_OK(iommu_destroy(self->hw.iommufd, table));
	}
	EXPECT_TRUE(fault_swept(&sweep));
	EXPECT_TRUE(dma_works(self));
}

TEST_HARNESS_MAIN
