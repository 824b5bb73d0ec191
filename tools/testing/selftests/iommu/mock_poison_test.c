// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that fails: a page that a device has stays with it until it is
 * unmapped, and is pinned and paid for till then. What has failed before cannot
 * be mapped.
 *
 * Pages that fail here are lost for the machine.
 */
#include <errno.h>
#include <signal.h>

#include "memory_fixture.h"

#include "lib/kind.h"
#include "lib/pagemap.h"
#include "lib/pins.h"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

#define LENGTH (2 * MEM_2M)
/* A small page in the middle of the first huge one */
#define AT (MEM_2M / 2)

FIXTURE_VARIANT(memory)
{
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, small)
{
	.kind = { 0 },
};

FIXTURE_VARIANT_ADD(memory, thp)
{
	.kind = { 0, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, hugetlb)
{
	.kind = { KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, shared_file)
{
	.kind = { KIND_FILE | KIND_SHARED },
};

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	if (kind_missing(&variant->kind, 2 * LENGTH))
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(open_all(self, LENGTH));
	/* In pieces, since 6.1 warns when memory of a pool is cut in two */
	ASSERT_OK(kind_map(&variant->kind, self->memory, MEM_2M));
	ASSERT_OK(kind_map(&variant->kind, self->memory + MEM_2M, MEM_2M));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

/* Whether the kernel tells the process matters to the process only */
static int fail_page(struct _test_data_memory *self, size_t at)
{
	signal(SIGBUS, SIG_IGN);
	if (!madvise(self->memory + at, self->page, MADV_HWPOISON))
		return 0;
	return errno == EBUSY ? 0 : -errno;
}

static int soft_offline(struct _test_data_memory *self, size_t at)
{
	return madvise(self->memory + at, self->page, MADV_SOFT_OFFLINE) ?
	       -errno : 0;
}

/* The device has what it had: all that is known of pages that failed */
static int check_phys(struct _test_data_memory *self, __u64 before)
{
	__u64 now;
	int rc = mock_get_phys(self->fd, self->dev.hwpt, IOVA + AT,
			       MOCK_PAGE_SIZE, &now);

	return rc || now == before ? rc : -EIO;
}

TEST_F(memory, page_that_fails_stays_with_the_device_until_it_is_unmapped)
{
	long before, after;
	__u64 phys;

	ASSERT_OK(pins_read(&before));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(mock_get_phys(self->fd, self->dev.hwpt, IOVA + AT,
				MOCK_PAGE_SIZE, &phys));
	ASSERT_OK(fail_page(self, AT));
	EXPECT_OK(check_phys(self, phys));
	EXPECT_OK(check_part(self, MEM_2M, MEM_2M));
	EXPECT_OK(check_account(self, LENGTH));
	EXPECT_OK(unmap_all(self));
	EXPECT_OK(check_refs(self, MEM_2M, MEM_2M, 0));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
}

TEST_F(memory, page_that_has_failed_is_EFAULT)
{
	long before, after;

	ASSERT_OK(fail_page(self, AT));
	ASSERT_OK(pins_read(&before));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map_all(self, READABLE));
	EXPECT_OK(check_account(self, 0));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
	EXPECT_OK(check_refs(self, MEM_2M, MEM_2M, 0));
	/* What is next to it can be had */
	ASSERT_OK(map_part(self, MEM_2M, MEM_2M, IOMMU_MAP_RW));
	EXPECT_OK(check_part(self, MEM_2M, MEM_2M));
	EXPECT_OK(unmap_all(self));
}

TEST_F(memory, page_does_not_move_for_being_doubtful_while_a_device_has_it)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	mem_fill(self->memory + AT, self->page, 1);
	EXPECT_ERR(EBUSY, soft_offline(self, AT));
	EXPECT_OK(check_all(self));
	EXPECT_TRUE(mem_is_filled(self->memory + AT, self->page, 1));
	EXPECT_OK(check_account(self, LENGTH));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, page_moves_for_being_doubtful_before_it_is_mapped)
{
	uint64_t before, after;

	mem_fill(self->memory + AT, self->page, 1);
	ASSERT_OK(pagemap_read_pfns(self->memory + AT, &before, 1));
	ASSERT_OK(soft_offline(self, AT));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(pagemap_read_pfns(self->memory + AT, &after, 1));
	EXPECT_NE(before, after);
	EXPECT_OK(check_all(self));
	EXPECT_TRUE(mem_is_filled(self->memory + AT, self->page, 1));
	EXPECT_OK(unmap_and_check(self));
}

TEST_HARNESS_MAIN
