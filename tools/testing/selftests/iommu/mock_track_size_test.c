// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices write is reported, no more and no less, whatever the size of the
 * memory, of the leaves, and of the pages of the bitmap.
 */
#include "track_fixture.h"

FIXTURE_VARIANT(track)
{
	size_t length;
	bool huge;
};

FIXTURE_VARIANT_ADD(track, kib8)
{
	.length = 8 << 10,
	.huge = false,
};

FIXTURE_VARIANT_ADD(track, kib64)
{
	.length = 64 << 10,
	.huge = false,
};

FIXTURE_VARIANT_ADD(track, mib1)
{
	.length = 1 << 20,
	.huge = false,
};

FIXTURE_VARIANT_ADD(track, mib16)
{
	.length = 16 << 20,
	.huge = false,
};

FIXTURE_VARIANT_ADD(track, mib128)
{
	.length = 128 << 20,
	.huge = false,
};

FIXTURE_VARIANT_ADD(track, huge_mib1)
{
	.length = 1 << 20,
	.huge = true,
};

FIXTURE_VARIANT_ADD(track, huge_mib16)
{
	.length = 16 << 20,
	.huge = true,
};

FIXTURE_VARIANT_ADD(track, huge_mib128)
{
	.length = 128 << 20,
	.huge = true,
};

FIXTURE_SETUP(track)
{
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(track_open(self, variant->length, variant->huge));
	ASSERT_OK(iommu_track(self->fd, self->hwpt, true));
}

static int check_all(struct _test_data_track *self, size_t page_size,
		     __u32 flags)
{
	return track_check(self, 0, self->length, page_size, flags);
}

TEST_F(track, clean_memory_has_no_bit)
{
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
}

TEST_F(track, all_of_it_is_reported_once)
{
	ASSERT_OK(track_write(self, 1));
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
	track_forget(self, 0, self->nleaves);
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
}

TEST_F(track, some_of_it_is_reported_once)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_OK(track_write(self, 3));
		EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
		track_forget(self, 0, self->nleaves);
		EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
	}
}

TEST_F(track, what_is_left_noted_is_reported_again)
{
	__u32 keep = IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR;

	ASSERT_OK(track_write(self, 3));
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, keep));
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, keep));
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
	track_forget(self, 0, self->nleaves);
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, keep));
}

TEST_F(track, pages_of_the_bitmap_have_any_size)
{
	__u32 keep = IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR;
	size_t page_size;

	ASSERT_OK(track_write(self, 30));
	for (page_size = MOCK_PAGE_SIZE; page_size <= self->length;
	     page_size *= 2)
		EXPECT_OK(check_all(self, page_size, keep)) {
			TH_LOG("page size %zu", page_size);
		}
}

TEST_F(track, range_begins_and_ends_anywhere)
{
	__u32 keep = IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR;
	size_t npages = self->length / MOCK_PAGE_SIZE;
	int i;

	ASSERT_OK(track_write(self, 3));
	for (i = 0; i < 8; i++) {
		size_t first = random() % npages;
		size_t count = 1 + random() % (npages - first);

		EXPECT_OK(track_check(self, first * MOCK_PAGE_SIZE,
				      count * MOCK_PAGE_SIZE, MOCK_PAGE_SIZE,
				      keep)) {
			TH_LOG("pages %zu, from %zu on", count, first);
		}
	}
}

/* Whole leaves are clean then, and the others as they were. */
TEST_F(track, reading_in_two_parts_reports_all)
{
	size_t npages = self->length / MOCK_PAGE_SIZE;
	size_t half = npages / 2 / (self->leaf / MOCK_PAGE_SIZE) *
		      self->leaf;

	ASSERT_OK(track_write(self, 3));
	if (half) {
		EXPECT_OK(track_check(self, 0, half, MOCK_PAGE_SIZE, 0));
		track_forget(self, 0, half / self->leaf);
	}
	EXPECT_OK(track_check(self, half, self->length - half, MOCK_PAGE_SIZE,
			      0));
	track_forget(self, 0, self->nleaves);
	EXPECT_OK(check_all(self, MOCK_PAGE_SIZE, 0));
}

TEST_HARNESS_MAIN
