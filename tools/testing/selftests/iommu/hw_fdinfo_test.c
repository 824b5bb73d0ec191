// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fdinfo tells of devices, and of the memory that they can reach.
 */
#include "hw_dma_fixture.h"
#include "lib/fdinfo.h"

static long long value(struct _test_data_dma *self, const char *key)
{
	return fdinfo_value(self->hw.iommufd, key);
}

static long long pages_of(struct _test_data_dma *self, const char *key)
{
	long long bytes = value(self, key);

	return bytes < 0 ? bytes : bytes / (long long)self->page;
}

/* Mappings so far apart that each needs a table of its own */
#define NMAPPINGS 8
#define DISTANCE (1ULL << 30)

TEST_F(dma, device_and_page_table_are_counted_while_they_are_there)
{
	EXPECT_EQ(1, value(self, "device"));
	EXPECT_EQ(0, value(self, "hwpt"));
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, value(self, "hwpt"));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(0, value(self, "hwpt"));
	vfio_close(&self->hw.vfio);
	EXPECT_EQ(0, value(self, "device"));
	EXPECT_EQ(1, value(self, "ioas"));
}

TEST_F(dma, memory_is_pinned_while_a_device_can_reach_it)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_EQ(0, pages_of(self, "pinned"));
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_EQ(2, pages_of(self, "pinned"));
	ASSERT_OK(unmap(self, FAR_AWAY));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(0, pages_of(self, "pinned"));
}

TEST_F(dma, memory_that_areas_share_is_pinned_once)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->hw.iommufd, self->hw.ioas_id, FAR_AWAY,
				self->hw.ioas_id, IOVA, self->page,
				IOMMU_MAP_RW));
	EXPECT_EQ(2, value(self, "areas"));
	EXPECT_EQ(2, pages_of(self, "mapped"));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	ASSERT_OK(unmap(self, IOVA));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	ASSERT_OK(unmap(self, FAR_AWAY));
	EXPECT_EQ(0, pages_of(self, "pinned"));
}

TEST_F(dma, who_may_lock_everything_is_not_charged)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	EXPECT_EQ(0, pages_of(self, "charged"));
}

TEST_F(dma, charge_follows_the_pins)
{
	ASSERT_OK(limit_pages(2));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_EQ(0, pages_of(self, "charged"));
	ASSERT_OK(attach(self));
	EXPECT_EQ(1, pages_of(self, "charged"));
	EXPECT_EQ(mem_pinned_pages(), pages_of(self, "charged"));
	ASSERT_OK(unmap(self, IOVA));
	EXPECT_EQ(0, pages_of(self, "charged"));
}

TEST_F(dma, what_is_over_the_limit_does_not_count)
{
	ASSERT_OK(limit_pages(1));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(ENOMEM, map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_EQ(1, value(self, "areas"));
	EXPECT_EQ(1, pages_of(self, "pinned"));
	EXPECT_EQ(1, pages_of(self, "charged"));
}

TEST_F(dma, attach_that_fails_leaves_nothing_pinned)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, NULL, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, attach(self));
	EXPECT_EQ(0, pages_of(self, "pinned"));
	EXPECT_EQ(0, value(self, "hwpt"));
}

TEST_F(dma, page_tables_count_while_they_are_there)
{
	long long attached, mapped;
	int i;

	EXPECT_EQ(0, value(self, "tables"));
	ASSERT_OK(attach(self));
	attached = pages_of(self, "tables");
	EXPECT_LE(1, attached);
	for (i = 1; i <= NMAPPINGS; i++)
		ASSERT_OK(map(self, self->src, i * DISTANCE, IOMMU_MAP_RW));
	mapped = pages_of(self, "tables");
	EXPECT_LE(attached + NMAPPINGS, mapped);
	/* A table of the last level and one above it for each, at most */
	EXPECT_GE(attached + 2 * NMAPPINGS + 2, mapped);
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(0, value(self, "tables"));
}

TEST_F(dma, page_table_serves_again_where_it_is)
{
	long long before, with_tables;

	ASSERT_OK(attach(self));
	before = value(self, "tables");
	ASSERT_OK(map(self, self->src, DISTANCE, IOMMU_MAP_RW));
	with_tables = value(self, "tables");
	EXPECT_LT(before, with_tables);
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_GE(with_tables, value(self, "tables"));
	/* The same tables serve again */
	ASSERT_OK(map(self, self->src, DISTANCE, IOMMU_MAP_RW));
	EXPECT_EQ(with_tables, value(self, "tables"));
}

TEST_HARNESS_MAIN
