// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped in an address space is what its page tables say, whatever
 * comes first: the mapping or the device.
 */
#include "mock_fixture.h"

TEST_F(mock, mapping_reaches_a_device_that_is_attached)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
}

TEST_F(mock, device_that_attaches_reaches_what_is_mapped)
{
	struct mock_device dev;

	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
}

TEST_F(mock, each_page_is_where_it_belongs)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(mock_check_map(self->fd, dev.hwpt, IOVA + 7 * self->page,
				 self->memory + 7 * self->page, self->page));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt,
					  IOVA + 7 * self->page,
					  self->memory + 8 * self->page,
					  self->page));
}

TEST_F(mock, small_leaves_within_a_page_are_where_they_belong)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(mock_check_map(self->fd, dev.hwpt, IOVA + MOCK_PAGE_SIZE,
				 self->memory + MOCK_PAGE_SIZE,
				 self->page - MOCK_PAGE_SIZE));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt,
					  IOVA + MOCK_PAGE_SIZE, self->memory,
					  MOCK_PAGE_SIZE));
}

TEST_F(mock, unmapped_range_is_out_of_reach)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory, self->page));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt,
					  IOVA + self->length - self->page,
					  self->memory + self->length -
					  self->page, self->page));
}

TEST_F(mock, neighbours_stay_when_a_mapping_goes)
{
	struct mock_device dev;
	unsigned int i;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	for (i = 0; i < 3; i++)
		ASSERT_OK(iommu_map_at(self->fd, self->ioas,
				       self->memory + i * self->page,
				       self->page, IOVA + i * self->page,
				       IOMMU_MAP_RW));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA + self->page,
			      self->page));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, IOVA, self->memory,
				  self->page));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, IOVA + 2 * self->page,
				  self->memory + 2 * self->page, self->page));
}

TEST_F(mock, range_can_be_mapped_again)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory + self->page,
			       self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, IOVA,
				  self->memory + self->page, self->page));
}

TEST_F(mock, mapping_for_reading_only_reaches_the_device)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->length,
			       IOVA, IOMMU_IOAS_MAP_READABLE));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
}

TEST_F(mock, copy_reaches_a_device_in_another_space)
{
	struct mock_device dev;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(mock_attach(self->fd, other, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_copy_at(self->fd, other, OTHER, self->ioas,
				IOVA + self->page, 2 * self->page,
				IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, OTHER,
				  self->memory + self->page, 2 * self->page));
}

TEST_F(mock, spaces_do_not_see_each_other)
{
	struct mock_device dev, stranger;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(mock_attach(self->fd, other, &stranger));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_NE(dev.hwpt, stranger.hwpt);
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, stranger.hwpt, IOVA,
					  self->memory, self->page));
}

TEST_F(mock, devices_of_one_space_share_a_page_table)
{
	struct mock_device first, second;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &second));
	EXPECT_EQ(first.hwpt, second.hwpt);
	EXPECT_NE(first.stdev, second.stdev);
	EXPECT_NE(first.idev, second.idev);
}

TEST_HARNESS_MAIN
