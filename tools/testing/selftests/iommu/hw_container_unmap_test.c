// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmapping in the five ways to a device. Here they differ most: in whether a
 * mapping can be cut, and in what is said when it cannot or nothing is there.
 */
#include "hw_container_fixture.h"

TEST_F(container, unmapped_memory_is_not_reached)
{
	__u64 unmapped;

	ASSERT_OK(map(self, 0, 1, IOVA));
	ASSERT_OK(map(self, 1, 1, FAR_AWAY));
	ASSERT_OK(copy(self, IOVA, FAR_AWAY));
	EXPECT_OK(mode_unmap(&self->dev, FAR_AWAY, self->page, &unmapped));
	EXPECT_EQ(self->page, unmapped);
	EXPECT_FALSE(is_reached(self, 1, FAR_AWAY));
	/* The other one is as it was */
	EXPECT_OK(map(self, 2, 1, FAR_AWAY));
	EXPECT_OK(copy(self, IOVA, FAR_AWAY));
	EXPECT_TRUE(has_pattern(page_of(self, 2)));
}

TEST_F(container, range_takes_all_mappings_in_it)
{
	__u64 unmapped;

	ASSERT_OK(map(self, 0, 1, IOVA));
	ASSERT_OK(map(self, 1, 1, IOVA + self->page));
	ASSERT_OK(map(self, 2, 2, IOVA + 4 * self->page));
	ASSERT_OK(map(self, 4, 1, IOVA + 16 * self->page));
	EXPECT_OK(mode_unmap(&self->dev, IOVA, 16 * self->page, &unmapped));
	EXPECT_EQ(4 * self->page, unmapped);
	EXPECT_OK(mode_unmap(&self->dev, IOVA, 32 * self->page, &unmapped));
	EXPECT_EQ(self->page, unmapped);
}

TEST_F(container, range_without_mappings)
{
	const int nothing = mode_is_native(variant->mode) ? ENOENT : 0;
	__u64 unmapped = 0;

	EXPECT_ERR(nothing, mode_unmap(&self->dev, IOVA, self->page,
				       &unmapped));
	EXPECT_EQ(0, unmapped);
	ASSERT_OK(map(self, 0, 1, IOVA));
	EXPECT_ERR(nothing, mode_unmap(&self->dev, IOVA + self->page,
				       self->page, &unmapped));
	EXPECT_EQ(0, unmapped);
}

TEST_F(container, everything_is_unmapped_at_once)
{
	__u64 unmapped = 1;

	EXPECT_OK(mode_unmap_all(&self->dev, &unmapped));
	EXPECT_EQ(0, unmapped);
	ASSERT_OK(map(self, 0, 2, IOVA));
	ASSERT_OK(map(self, 2, 1, FAR_AWAY));
	ASSERT_OK(map(self, 3, 1, 0));
	EXPECT_OK(mode_unmap_all(&self->dev, &unmapped));
	EXPECT_EQ(4 * self->page, unmapped);
	EXPECT_FALSE(is_reached(self, 2, FAR_AWAY));
	EXPECT_OK(map(self, 0, 2, IOVA));
}

TEST_F(container, ranges_that_make_no_sense_are_refused)
{
	const bool native = mode_is_native(variant->mode);
	const int beyond = native ? EOVERFLOW : EINVAL;
	/* There it is just a range that cuts a mapping */
	const int uneven = native ? ENOENT : EINVAL;
	const __u64 last_page = -self->page;
	__u64 unmapped;

	ASSERT_OK(map(self, 0, 1, IOVA));
	EXPECT_ERR(EINVAL, mode_unmap(&self->dev, IOVA, 0, &unmapped));
	EXPECT_ERR(uneven, mode_unmap(&self->dev, IOVA, 16, &unmapped));
	EXPECT_ERR(uneven, mode_unmap(&self->dev, IOVA + 16, self->page,
				      &unmapped));
	EXPECT_ERR(beyond, mode_unmap(&self->dev, last_page, 2 * self->page,
				      &unmapped));
	EXPECT_ERR(beyond, mode_unmap(&self->dev, self->page, -self->page + 1,
				      &unmapped));
	ASSERT_OK(copy(self, IOVA, IOVA));
}

/*
 * What is unmapped of a mapping of 8 pages:
 *
 *			first half	second half	middle
 *	type 1		all		nothing		nothing
 *	on iommufd	this half	this half	these pages
 *	type 1 v2	EINVAL		EINVAL		EINVAL
 *	native		ENOENT		ENOENT		ENOENT
 */
static int refusal(enum mode mode)
{
	switch (mode) {
	case MODE_TYPE1V2:
	case MODE_COMPATV2:
		return -EINVAL;
	case MODE_NATIVE:
		return -ENOENT;
	default:
		return 0;
	}
}

/* Which pages are reached? A bit for each; that of page 0 is left out */
static unsigned int reached(struct _test_data_container *self)
{
	unsigned int mask = 0;
	int nth;

	for (nth = 1; nth < NPAGES; nth++) {
		if (is_reached(self, nth, IOVA + nth * self->page))
			mask |= 1U << nth;
	}
	return mask;
}

/* One mapping, and the device's buffer has the pattern */
static int map_whole(struct _test_data_container *self)
{
	return map(self, 0, NPAGES, IOVA) ?:
	       edu_load(&self->edu, IOVA, EDU_BUFFER_SIZE);
}

TEST_F(container, first_half_of_a_mapping)
{
	__u64 unmapped = 0;

	ASSERT_OK(map_whole(self));
	ASSERT_EQ(refusal(variant->mode),
		  mode_unmap(&self->dev, IOVA, NPAGES / 2 * self->page,
			     &unmapped));
	switch (variant->mode) {
	case MODE_TYPE1:
		EXPECT_EQ(NPAGES * self->page, unmapped);
		EXPECT_EQ(0, reached(self));
		break;
	case MODE_COMPAT:
		EXPECT_EQ(NPAGES / 2 * self->page, unmapped);
		EXPECT_EQ(0xf0, reached(self));
		EXPECT_OK(map(self, 0, NPAGES / 2, IOVA));
		break;
	default:
		EXPECT_EQ(0xfe, reached(self));
	}
}

TEST_F(container, second_half_of_a_mapping)
{
	__u64 unmapped = 0;

	ASSERT_OK(map_whole(self));
	ASSERT_EQ(refusal(variant->mode),
		  mode_unmap(&self->dev, IOVA + NPAGES / 2 * self->page,
			     NPAGES / 2 * self->page, &unmapped));
	if (variant->mode == MODE_COMPAT) {
		EXPECT_EQ(NPAGES / 2 * self->page, unmapped);
		EXPECT_EQ(0x0e, reached(self));
	} else {
		EXPECT_EQ(0, unmapped);
		EXPECT_EQ(0xfe, reached(self));
	}
}

TEST_F(container, middle_of_a_mapping)
{
	__u64 unmapped = 0;

	ASSERT_OK(map_whole(self));
	ASSERT_EQ(refusal(variant->mode),
		  mode_unmap(&self->dev, IOVA + 3 * self->page,
			     2 * self->page, &unmapped));
	if (variant->mode != MODE_COMPAT) {
		EXPECT_EQ(0, unmapped);
		EXPECT_EQ(0xfe, reached(self));
		return;
	}
	EXPECT_EQ(2 * self->page, unmapped);
	EXPECT_FALSE(is_reached(self, 3, IOVA + 3 * self->page));
	EXPECT_FALSE(is_reached(self, 4, IOVA + 4 * self->page));
	/* What is left are two mappings; both go at once */
	EXPECT_OK(mode_unmap(&self->dev, IOVA, NPAGES * self->page, &unmapped));
	EXPECT_EQ((NPAGES - 2) * self->page, unmapped);
	EXPECT_EQ(0, reached(self));
}

TEST_F(container, range_larger_than_a_mapping_takes_it)
{
	__u64 unmapped;

	ASSERT_OK(map_whole(self));
	EXPECT_OK(mode_unmap(&self->dev, IOVA - self->page,
			     (NPAGES + 2) * self->page, &unmapped));
	EXPECT_EQ(NPAGES * self->page, unmapped);
	EXPECT_EQ(0, reached(self));
}

TEST_HARNESS_MAIN
