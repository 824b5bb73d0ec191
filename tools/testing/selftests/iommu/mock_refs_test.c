// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages are pinned while a page table has them, and not longer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mock_fixture.h"

#include "lib/fdinfo.h"
#include "lib/hugepage.h"

static int pinned(struct _test_data_mock *self, __u32 refs)
{
	return mock_check_refs(self->fd, self->memory, self->length, refs);
}

TEST_F(mock, memory_that_nobody_maps_is_not_pinned)
{
	EXPECT_OK(pinned(self, 0));
	EXPECT_ERR(EIO, pinned(self, 1));
}

TEST_F(mock, mapping_without_a_device_pins_nothing)
{
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(pinned(self, 0));
}

TEST_F(mock, mapping_with_a_device_pins_once)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	EXPECT_OK(pinned(self, 1));
	EXPECT_ERR(EIO, pinned(self, 0));
	EXPECT_ERR(EIO, pinned(self, 2));
}

TEST_F(mock, attach_pins_and_destroy_unpins)
{
	struct mock_device dev;

	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(pinned(self, 1));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(pinned(self, 0));
}

TEST_F(mock, pages_next_to_a_mapping_are_not_pinned)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory + self->page,
			       2 * self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_refs(self->fd, self->memory, self->page, 0));
	EXPECT_OK(mock_check_refs(self->fd, self->memory + self->page,
				  2 * self->page, 1));
	EXPECT_OK(mock_check_refs(self->fd, self->memory + 3 * self->page,
				  self->page, 0));
}

TEST_F(mock, mappings_of_the_same_memory_pin_each)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(map_memory(self, OTHER));
	EXPECT_OK(pinned(self, 2));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	EXPECT_OK(pinned(self, 1));
}

TEST_F(mock, copies_share_one_pin)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(iommu_copy_at(self->fd, self->ioas, OTHER, self->ioas, IOVA,
				self->length, IOMMU_MAP_RW));
	EXPECT_OK(pinned(self, 1));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, self->length));
	EXPECT_OK(pinned(self, 1));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, OTHER, self->length));
	EXPECT_OK(pinned(self, 0));
}

TEST_F(mock, replace_leaves_nothing_pinned_behind)
{
	struct mock_device dev;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(mock_replace(self->fd, dev.stdev, other, NULL));
	EXPECT_OK(pinned(self, 0));
}

TEST_F(mock, failed_map_leaves_nothing_pinned)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_EQ(0, mprotect(self->memory + self->length - self->page,
			      self->page, PROT_NONE));
	EXPECT_ERR(EFAULT, map_memory(self, IOVA));
	EXPECT_OK(mock_check_refs(self->fd, self->memory,
				  self->length - self->page, 0));
	EXPECT_ERR(EINVAL, mock_check_map(self->fd, dev.hwpt, IOVA,
					  self->memory, self->page));
}

TEST_F(mock, memory_that_can_only_be_written_is_not_for_reading)
{
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_EQ(0, mprotect(self->memory, self->length, PROT_WRITE));
	EXPECT_ERR(EFAULT, iommu_map_at(self->fd, self->ioas, self->memory,
					self->length, IOVA,
					IOMMU_IOAS_MAP_READABLE));
	EXPECT_EQ(0, fdinfo_value(self->fd, "pinned"));
	EXPECT_EQ(0, fdinfo_value(self->fd, "areas"));
}

/* The kernel's own pages, which all processes read; none has a struct page */
static void *find_vvar(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[256];
	void *p = NULL;

	if (!f)
		return NULL;
	while (!p && fgets(line, sizeof(line), f))
		if (strstr(line, "[vvar]"))
			p = (void *)strtoul(line, NULL, 16);
	fclose(f);
	return p;
}

TEST_F(mock, address_that_is_not_memory_is_EFAULT)
{
	void *vvar = find_vvar();
	struct mock_device dev;

	ASSERT_NE(NULL, vvar);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(EFAULT, iommu_map_at(self->fd, self->ioas, vvar, self->page,
					IOVA, IOMMU_IOAS_MAP_READABLE));
	EXPECT_EQ(0, fdinfo_value(self->fd, "pinned"));
	EXPECT_EQ(0, fdinfo_value(self->fd, "areas"));
}

TEST_F(mock, huge_page_is_pinned_while_it_is_mapped)
{
	char *huge = mem_alloc_aligned(MEM_2M, MEM_2M);
	struct mock_device dev;

	ASSERT_NE(NULL, huge);
	ASSERT_OK(hugepage_make(huge, MEM_2M));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, huge, MEM_2M, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_OK(mock_check_refs(self->fd, huge, MEM_2M, 1));
	EXPECT_OK(mock_check_map(self->fd, dev.hwpt, IOVA, huge, MEM_2M));
	ASSERT_OK(iommu_unmap(self->fd, self->ioas, IOVA, MEM_2M));
	EXPECT_OK(mock_check_refs(self->fd, huge, MEM_2M, 0));
	mem_free(huge, MEM_2M);
}

TEST_F(mock, bad_ranges_cannot_be_checked_for_pins)
{
	EXPECT_ERR(EINVAL, mock_check_refs(self->fd, self->memory + 1,
					   self->page, 0));
	EXPECT_ERR(EINVAL, mock_check_refs(self->fd, self->memory,
					   MOCK_PAGE_SIZE, 0));
	EXPECT_ERR(EOVERFLOW, mock_check_refs(self->fd, self->memory,
					      -self->page, 0));
	EXPECT_ERR(EFAULT, mock_check_refs(self->fd, NULL, self->page, 0));
}

TEST_HARNESS_MAIN
