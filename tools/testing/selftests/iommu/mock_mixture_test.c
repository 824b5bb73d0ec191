// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mapping of memory of many kinds, side by side.
 */
#include "memory_fixture.h"

#include "lib/kind.h"

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, KIND_SLOTS * KIND_SLOT));
	ASSERT_OK(kind_map_row(self->memory));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(self->length / self->page));
}

TEST_F(memory, one_mapping_has_all_kinds)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(check_all(self));
	EXPECT_OK(check_refs(self, 0, self->length, 1));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, one_mapping_has_all_kinds_for_reading)
{
	ASSERT_OK(map_all(self, READABLE));
	write_pages(self, self->memory);
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, mapping_begins_in_one_kind_and_ends_in_another)
{
	const size_t within = KIND_SLOT / 2 + self->page;
	const size_t length = KIND_SLOT - self->page;
	size_t at;

	for (at = within; at + length < self->length; at += KIND_SLOT) {
		ASSERT_OK(map_part(self, at, length, IOMMU_MAP_RW));
		EXPECT_OK(check_part(self, at, length));
		EXPECT_OK(check_account(self, length));
		ASSERT_OK(unmap_and_check(self));
	}
}

TEST_F(memory, part_of_a_mixture_is_copied_elsewhere)
{
	const size_t first = KIND_SLOT - self->page;
	const size_t length = self->length - 2 * KIND_SLOT;

	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, OTHER, self->ioas,
				IOVA + first, length, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_map(self->fd, self->dev.hwpt, OTHER,
				 self->memory + first, length));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_HARNESS_MAIN
