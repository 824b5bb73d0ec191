// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of the hardware, and who pays for them: they can be as large as
 * what is mapped, if it is mapped far apart.
 */
#include "hw_dma_fixture.h"

#include "lib/cgroup.h"

#define GROUP "hw_memcg_test"
/* Of one page each, so far apart that each needs tables of its own */
#define NMAPPINGS 128
#define DISTANCE (1ULL << 30)
/* The kernel charges in batches of up to 64 pages a processor. */
#define SLACK_PAGES 128

/* Kernel memory that is charged to the group, in pages */
static long kernel_pages(struct _test_data_dma *self)
{
	long bytes = cgroup_read(GROUP, "memory.stat", "kernel");

	return bytes < 0 ? bytes : bytes / (long)self->page;
}

static int enter_group(void)
{
	int rc = cgroup_mount();

	if (rc)
		return rc;
	rc = cgroup_pass("", "+memory");
	if (rc)
		return rc;
	/* What a test left that died */
	cgroup_remove(GROUP);
	rc = cgroup_make(GROUP);
	return rc ? rc : cgroup_enter(GROUP);
}

static int leave_group(void)
{
	return cgroup_enter("");
}

static int map_apart(struct _test_data_dma *self)
{
	int i, rc;

	for (i = 1; i <= NMAPPINGS; i++) {
		rc = map(self, self->src, i * DISTANCE, IOMMU_MAP_RW);
		if (rc)
			return rc;
	}
	return 0;
}

TEST_F(dma, page_tables_are_charged_to_the_memory_cgroup_that_maps)
{
	long before, mapped, attached;

	ASSERT_OK(enter_group());
	before = kernel_pages(self);
	ASSERT_LE(0, before);
	ASSERT_OK(map_apart(self));
	mapped = kernel_pages(self);
	ASSERT_OK(attach(self));
	attached = kernel_pages(self);
	/* Two levels of tables for each of them */
	EXPECT_LE(mapped + 2 * NMAPPINGS - SLACK_PAGES, attached);
	EXPECT_GT(mapped + 4 * NMAPPINGS + SLACK_PAGES, attached);

	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_GT(mapped + SLACK_PAGES, kernel_pages(self));
	ASSERT_OK(leave_group());
}

TEST_F(dma, page_tables_of_what_is_mapped_while_attached_are_charged)
{
	long before;

	ASSERT_OK(attach(self));
	ASSERT_OK(enter_group());
	before = kernel_pages(self);
	ASSERT_LE(0, before);
	ASSERT_OK(map_apart(self));
	EXPECT_LE(before + 2 * NMAPPINGS - SLACK_PAGES, kernel_pages(self));
	ASSERT_OK(leave_group());
}

TEST_HARNESS_MAIN
