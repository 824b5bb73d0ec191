// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_TEST_OP_DIRTY: devices that write.
 */
#include <sys/mman.h>

#include "mock_fixture.h"

/* Bits for the small leaves of all memory, and then some */
struct bitmap {
	__u64 words[4];
};

static int mark(struct _test_data_mock *self, __u32 hwpt, __u64 iova,
		__u64 page_size, const struct bitmap *bitmap, __u64 *count)
{
	return mock_mark_dirty(self->fd, hwpt, iova, self->length, page_size,
			       bitmap, count);
}

TEST_F(mock, each_bit_of_what_is_mapped_counts)
{
	struct bitmap bitmap = { { 0x80000005 } };
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mark(self, dev.hwpt, IOVA, MOCK_PAGE_SIZE, &bitmap, &count));
	EXPECT_EQ(3, count);
	ASSERT_OK(mark(self, dev.hwpt, IOVA, self->page, &bitmap, &count));
	EXPECT_EQ(2, count);
}

TEST_F(mock, bits_behind_the_range_do_not_count)
{
	struct bitmap bitmap = { { ~0ULL, ~0ULL, ~0ULL, ~0ULL } };
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(map_memory(self, IOVA + self->length));
	ASSERT_OK(mark(self, dev.hwpt, IOVA, self->page, &bitmap, &count));
	EXPECT_EQ(NPAGES, count);
}

TEST_F(mock, bits_of_what_is_not_mapped_do_not_count)
{
	struct bitmap bitmap = { { ~0ULL, ~0ULL, ~0ULL, ~0ULL } };
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       IOVA + self->page, IOMMU_MAP_RW));
	ASSERT_OK(mark(self, dev.hwpt, IOVA, self->page, &bitmap, &count));
	EXPECT_EQ(1, count);
}

TEST_F(mock, marking_does_not_change_where_a_mapping_leads)
{
	struct bitmap bitmap = { { ~0ULL, ~0ULL, ~0ULL, ~0ULL } };
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mark(self, dev.hwpt, IOVA, self->page, &bitmap, &count));
	EXPECT_OK(check_memory(self, dev.hwpt, IOVA));
	EXPECT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
}

TEST_F(mock, bad_ranges_cannot_be_marked)
{
	struct bitmap bitmap = {};
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt, IOVA, 0, &bitmap, &count));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt, IOVA, 1, &bitmap, &count));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt, IOVA + 1, self->page, &bitmap,
				&count));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt, 0, self->page, &bitmap,
				&count));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt,
				1ULL + MOCK_APERTURE_LAST - self->page,
				self->page, &bitmap, &count));
	EXPECT_ERR(EINVAL, mock_mark_dirty(self->fd, dev.hwpt, IOVA, 0,
					   self->page, &bitmap, &count));
	EXPECT_ERR(EINVAL, mock_mark_dirty(self->fd, dev.hwpt, IOVA,
					   -self->page, self->page, &bitmap,
					   &count));
}

TEST_F(mock, bitmap_that_cannot_be_read_marks_nothing)
{
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_EQ(0, mprotect(self->memory, self->page, PROT_NONE));
	EXPECT_ERR(EINVAL, mark(self, dev.hwpt, IOVA, self->page, NULL,
				&count));
	EXPECT_ERR(EFAULT, mark(self, dev.hwpt, IOVA, self->page,
				(void *)self->memory, &count));
}

TEST_F(mock, only_hwpts_can_be_marked)
{
	struct bitmap bitmap = {};
	struct mock_device dev;
	__u64 count;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, mark(self, 0, IOVA, self->page, &bitmap, &count));
	EXPECT_ERR(ENOENT, mark(self, self->ioas, IOVA, self->page, &bitmap,
				&count));
	EXPECT_ERR(ENOENT, mark(self, dev.stdev, IOVA, self->page, &bitmap,
				&count));
}

TEST_HARNESS_MAIN
