// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOVAs that cannot be mapped: reserved ones, and those outside of the mock's
 * aperture.
 */
#include "mock_fixture.h"

#define MAX_RANGES 8

static int list_ranges(struct _test_data_mock *self,
		       struct iommu_iova_range *ranges, __u32 *num)
{
	__u64 alignment;

	*num = MAX_RANGES;
	return iommu_iova_ranges(self->fd, self->ioas, ranges, num, &alignment);
}

static int map_page(struct _test_data_mock *self, __u64 iova)
{
	return iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			    iova, IOMMU_MAP_RW);
}

TEST_F(mock, reserved_range_cannot_be_mapped)
{
	ASSERT_OK(mock_reserve(self->fd, self->ioas, IOVA, 2 * self->page));
	EXPECT_OK(map_page(self, IOVA - self->page));
	EXPECT_ERR(EINVAL, map_page(self, IOVA));
	EXPECT_ERR(EINVAL, map_page(self, IOVA + self->page));
	EXPECT_OK(map_page(self, IOVA + 2 * self->page));
}

TEST_F(mock, reserved_range_is_no_longer_listed)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	__u32 num;

	ASSERT_OK(mock_reserve(self->fd, self->ioas, IOVA, self->page));
	ASSERT_OK(list_ranges(self, ranges, &num));
	ASSERT_EQ(2, num);
	EXPECT_EQ(0, ranges[0].start);
	EXPECT_EQ(IOVA - 1, ranges[0].last);
	EXPECT_EQ(IOVA + self->page, ranges[1].start);
	EXPECT_EQ(~0ULL, ranges[1].last);
}

TEST_F(mock, range_can_be_reserved_twice)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	__u32 num;

	ASSERT_OK(mock_reserve(self->fd, self->ioas, IOVA, 2 * self->page));
	ASSERT_OK(mock_reserve(self->fd, self->ioas, IOVA + self->page,
			       2 * self->page));
	ASSERT_OK(list_ranges(self, ranges, &num));
	ASSERT_EQ(2, num);
	EXPECT_EQ(IOVA - 1, ranges[0].last);
	EXPECT_EQ(IOVA + 3 * self->page, ranges[1].start);
}

TEST_F(mock, mapped_range_cannot_be_reserved)
{
	ASSERT_OK(map_page(self, IOVA));
	EXPECT_ERR(EADDRINUSE, mock_reserve(self->fd, self->ioas, IOVA, 1));
	EXPECT_ERR(EADDRINUSE, mock_reserve(self->fd, self->ioas,
					    IOVA - self->page,
					    3 * self->page));
	EXPECT_OK(mock_reserve(self->fd, self->ioas, IOVA + self->page,
			       self->page));
}

TEST_F(mock, allowed_range_cannot_be_reserved)
{
	struct iommu_iova_range allowed = { IOVA, IOVA + self->page - 1 };

	ASSERT_OK(iommu_allow_iovas(self->fd, self->ioas, &allowed, 1));
	EXPECT_ERR(EADDRINUSE, mock_reserve(self->fd, self->ioas, IOVA,
					    self->page));
}

TEST_F(mock, bad_ranges_cannot_be_reserved)
{
	EXPECT_ERR(EINVAL, mock_reserve(self->fd, self->ioas, IOVA, 0));
	EXPECT_ERR(EOVERFLOW, mock_reserve(self->fd, self->ioas, IOVA, ~0ULL));
	EXPECT_ERR(EOVERFLOW, mock_reserve(self->fd, self->ioas, ~0ULL, 2));
	EXPECT_ERR(ENOENT, mock_reserve(self->fd, 0, IOVA, self->page));
}

TEST_F(mock, whole_space_can_be_reserved)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	__u32 num;

	ASSERT_OK(mock_reserve(self->fd, self->ioas, 0, ~0ULL));
	ASSERT_OK(mock_reserve(self->fd, self->ioas, ~0ULL, 1));
	ASSERT_OK(list_ranges(self, ranges, &num));
	EXPECT_EQ(0, num);
}

TEST_F(mock, space_with_reserved_ranges_can_be_destroyed)
{
	ASSERT_OK(mock_reserve(self->fd, self->ioas, IOVA, self->page));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_F(mock, aperture_is_what_is_listed)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	struct mock_device dev;
	__u32 num;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(list_ranges(self, ranges, &num));
	ASSERT_EQ(1, num);
	EXPECT_EQ(MOCK_APERTURE_START, ranges[0].start);
	EXPECT_EQ(MOCK_APERTURE_LAST, ranges[0].last);
}

TEST_F(mock, all_addresses_are_back_when_the_device_is_gone)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	struct mock_device dev;
	__u32 num;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	ASSERT_OK(list_ranges(self, ranges, &num));
	ASSERT_EQ(1, num);
	EXPECT_EQ(0, ranges[0].start);
	EXPECT_EQ(~0ULL, ranges[0].last);
}

TEST_F(mock, aperture_can_be_mapped_to_both_ends)
{
	__u64 last_page = 1ULL + MOCK_APERTURE_LAST - self->page;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_page(self, MOCK_APERTURE_START));
	ASSERT_OK(map_page(self, last_page));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, MOCK_APERTURE_START,
				  self->memory, self->page));
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, last_page, self->memory,
				  self->page));
}

TEST_F(mock, outside_of_the_aperture_nothing_can_be_mapped)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EINVAL, map_page(self, MOCK_APERTURE_START - self->page));
	EXPECT_ERR(EINVAL, map_page(self, 1ULL + MOCK_APERTURE_LAST));
	EXPECT_ERR(EINVAL, map_page(self, 1ULL << 47));
}

TEST_F(mock, device_cannot_attach_to_what_it_does_not_translate)
{
	int before = mock_count_devices();
	struct mock_device dev;

	ASSERT_OK(map_page(self, 1ULL + MOCK_APERTURE_LAST));
	EXPECT_ERR(EADDRINUSE, mock_attach(self->fd, self->ioas, &dev));
	EXPECT_EQ(before, mock_count_devices());
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(mock_attach(self->fd, self->ioas, &dev));
}

TEST_F(mock, kernel_chooses_in_the_aperture)
{
	struct mock_device dev;
	__u64 iova;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(mock_reserve(self->fd, self->ioas, MOCK_APERTURE_START,
			       self->page));
	ASSERT_OK(iommu_map(self->fd, self->ioas, self->memory, self->page,
			    &iova, IOMMU_MAP_RW));
	EXPECT_EQ(MOCK_APERTURE_START + self->page, iova);
	EXPECT_OK(mock_check_ends(self->fd, dev.hwpt, iova, self->memory,
				  self->page));
}

/* The device's own range, from its first to its last page */
static int map_over_the_device(struct _test_data_mock *self, __u64 offset)
{
	return map_page(self, MOCK_RESERVED_START + offset);
}

TEST_F(mock, what_a_device_reserves_cannot_be_mapped_while_it_is_attached)
{
	__u64 last = MOCK_RESERVED_LENGTH - self->page;
	struct mock_device dev;

	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	EXPECT_ERR(EINVAL, map_over_the_device(self, 0));
	EXPECT_ERR(EINVAL, map_over_the_device(self, last));
	EXPECT_OK(map_over_the_device(self, last + self->page));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(map_over_the_device(self, last));
}

TEST_F(mock, replace_that_fails_in_one_space_keeps_what_is_reserved)
{
	struct mock_device dev, alone;
	__u32 hwpt;

	ASSERT_OK(mock_set_exclusive(true));
	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &alone));
	ASSERT_NE(dev.hwpt, alone.hwpt);

	EXPECT_ERR(EINVAL, mock_replace(self->fd, dev.stdev, alone.hwpt,
					&hwpt));
	EXPECT_ERR(EINVAL, map_over_the_device(self, 0));
}

TEST_F(mock, replace_within_one_space_keeps_what_is_reserved)
{
	struct mock_device dev, other;
	__u32 hwpt;

	ASSERT_OK(mock_set_exclusive(true));
	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &other));
	ASSERT_OK(mock_set_exclusive(false));

	ASSERT_OK(mock_replace(self->fd, dev.stdev, other.hwpt, &hwpt));
	EXPECT_EQ(other.hwpt, hwpt);
	EXPECT_ERR(EINVAL, map_over_the_device(self, 0));
}

TEST_F(mock, search_for_a_page_table_keeps_what_is_reserved)
{
	struct mock_device alone, dev;

	ASSERT_OK(mock_set_exclusive(true));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &alone));
	/* Tries that of the other device first, and is refused there */
	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	EXPECT_NE(alone.hwpt, dev.hwpt);
	EXPECT_ERR(EINVAL, map_over_the_device(self, 0));
}

TEST_F(mock, device_that_moves_takes_its_reserved_range_along)
{
	struct mock_device dev;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	ASSERT_OK(mock_replace(self->fd, dev.stdev, other, &hwpt));
	EXPECT_OK(map_over_the_device(self, 0));
	EXPECT_ERR(EINVAL, iommu_map_at(self->fd, other, self->memory,
					self->page, MOCK_RESERVED_START,
					IOMMU_MAP_RW));
}

TEST_F(mock, device_cannot_move_to_where_its_range_is_mapped)
{
	struct mock_device dev;
	__u32 other, hwpt;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory, self->page,
			       MOCK_RESERVED_START, IOMMU_MAP_RW));
	ASSERT_OK(mock_attach_flags(self->fd, self->ioas,
				    MOCK_FLAGS_DEVICE_RESERVED, &dev));
	EXPECT_ERR(EADDRINUSE, mock_replace(self->fd, dev.stdev, other,
					    &hwpt));
	EXPECT_ERR(EINVAL, map_over_the_device(self, 0));
}

TEST_HARNESS_MAIN
