// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock IOMMU next to a real one: they share address spaces, and no page
 * tables.
 */
#include "hw_dma_fixture.h"

#include "lib/mock.h"

/* Where both of them can translate */
#define SHARED FAR_AWAY

static int attach_real(struct _test_data_dma *self, __u32 *hwpt)
{
	*hwpt = self->hw.ioas_id;
	return vfio_attach_pt(&self->hw.vfio, hwpt);
}

static int attach_mock(struct _test_data_dma *self, struct mock_device *dev)
{
	return mock_attach(self->hw.iommufd, self->hw.ioas_id, dev);
}

static int map_both(struct _test_data_dma *self)
{
	int rc = map(self, self->src, SHARED, IOMMU_MAP_RW);

	return rc ? rc : map(self, self->dst, SHARED + self->page,
			     IOMMU_MAP_RW);
}

TEST_F(dma, mapping_reaches_a_real_and_a_mock_device)
{
	struct mock_device dev;
	__u32 hwpt;

	ASSERT_OK(attach_real(self, &hwpt));
	ASSERT_OK(attach_mock(self, &dev));
	EXPECT_NE(hwpt, dev.hwpt);
	ASSERT_OK(map_both(self));
	ASSERT_OK(load(self, SHARED));
	ASSERT_OK(store(self, SHARED + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_OK(mock_check_map(self->hw.iommufd, dev.hwpt, SHARED, self->src,
				 2 * self->page));
}

TEST_F(dma, mock_device_that_leaves_does_not_disturb_the_real_one)
{
	struct mock_device dev;
	__u32 hwpt;

	ASSERT_OK(attach_mock(self, &dev));
	ASSERT_OK(attach_real(self, &hwpt));
	ASSERT_OK(map_both(self));
	ASSERT_OK(iommu_destroy(self->hw.iommufd, dev.stdev));
	ASSERT_OK(load(self, SHARED));
	ASSERT_OK(store(self, SHARED + self->page));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, memory_is_pinned_once_for_both)
{
	struct mock_device dev;
	__u32 hwpt;

	ASSERT_OK(attach_real(self, &hwpt));
	ASSERT_OK(attach_mock(self, &dev));
	ASSERT_OK(map_both(self));
	EXPECT_OK(mock_check_refs(self->hw.iommufd, self->src, 2 * self->page,
				  1));
}

TEST_F(dma, mock_device_cannot_use_a_real_page_table)
{
	struct mock_device dev;
	__u32 hwpt;

	ASSERT_OK(attach_real(self, &hwpt));
	EXPECT_ERR(EINVAL, mock_attach(self->hw.iommufd, hwpt, &dev));
	ASSERT_OK(attach_mock(self, &dev));
	EXPECT_ERR(EINVAL, mock_replace(self->hw.iommufd, dev.stdev, hwpt,
					NULL));
}

TEST_F(dma, real_device_cannot_use_a_mock_page_table)
{
	struct mock_device dev;

	ASSERT_OK(attach_mock(self, &dev));
	EXPECT_ERR(EINVAL, vfio_attach(&self->hw.vfio, dev.hwpt));
}

TEST_F(dma, real_page_table_cannot_be_looked_into)
{
	__u64 bitmap = ~0ULL, count;
	__u32 hwpt;

	ASSERT_OK(attach_real(self, &hwpt));
	ASSERT_OK(map_both(self));
	EXPECT_ERR(EINVAL, mock_check_map(self->hw.iommufd, hwpt, SHARED,
					  self->src, self->page));
	EXPECT_ERR(EINVAL, mock_mark_dirty(self->hw.iommufd, hwpt, SHARED,
					   self->page, self->page, &bitmap,
					   &count));
}

TEST_HARNESS_MAIN
