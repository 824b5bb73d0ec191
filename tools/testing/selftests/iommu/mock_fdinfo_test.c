// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fdinfo tells of page tables. Those of the mock take as much as a pointer
 * for each of their leaves.
 */
#include "mock_fixture.h"
#include "lib/fdinfo.h"

/* Leaves in all page tables of the context */
static long long leaves(struct _test_data_mock *self)
{
	long long bytes = fdinfo_value(self->fd, "tables");

	return bytes < 0 ? bytes : bytes / (long long)sizeof(void *);
}

/* Leaves for all memory */
static long long memory_leaves(struct _test_data_mock *self)
{
	return self->length / MOCK_PAGE_SIZE;
}

TEST_F(mock, without_a_page_table_nothing_is_mapped_in_one)
{
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_EQ(0, leaves(self));
}

TEST_F(mock, page_table_grows_and_shrinks_with_what_is_mapped)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_EQ(0, leaves(self));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_EQ(memory_leaves(self), leaves(self));
	ASSERT_OK(map_memory(self, OTHER));
	EXPECT_EQ(2 * memory_leaves(self), leaves(self));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	EXPECT_EQ(memory_leaves(self), leaves(self));
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_EQ(0, leaves(self));
}

TEST_F(mock, page_tables_of_all_spaces_are_added_up)
{
	struct mock_device here, there;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &here));
	ASSERT_OK(mock_attach(self->fd, other, &there));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory, self->page, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_EQ(memory_leaves(self) + (long long)self->page / MOCK_PAGE_SIZE,
		  leaves(self));
}

TEST_F(mock, each_page_table_of_a_space_counts)
{
	struct mock_device first, second;

	ASSERT_OK(mock_set_exclusive(true));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &first));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &second));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_EQ(2 * memory_leaves(self), leaves(self));
	ASSERT_OK(iommu_destroy(self->fd, second.stdev));
	EXPECT_EQ(memory_leaves(self), leaves(self));
	ASSERT_OK(iommu_destroy(self->fd, first.stdev));
	EXPECT_EQ(0, leaves(self));
}

TEST_F(mock, mapping_that_fails_leaves_the_page_table_as_it_was)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_ERR(EEXIST, map_memory(self, IOVA + self->page));
	EXPECT_ERR(EFAULT, iommu_map_at(self->fd, self->ioas, NULL,
					self->length, OTHER, IOMMU_MAP_RW));
	EXPECT_EQ(memory_leaves(self), leaves(self));
}

TEST_F(mock, page_tables_of_other_contexts_are_not_told)
{
	int other = iommu_open();
	struct mock_device dev;

	ASSERT_LE(0, other);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_EQ(0, fdinfo_value(other, "tables"));
	close(other);
}

TEST_HARNESS_MAIN
