// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is mapped while another thread has its pages made huge, broken up and
 * given up, or while the kernel has merged them. A map that succeeds has the
 * pages of the process, and none is left pinned after it.
 */
#include <errno.h>
#include <time.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/hugepage.h"
#include "lib/ksm.h"
#include "lib/loop.h"
#include "lib/pins.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define LENGTH (2 * MEM_2M)
#define AT (MEM_2M / 2)

/* As often as time permits, and so often at least */
#define SECONDS 10
#define FEWEST 5

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(hugepage_make(self->memory, LENGTH));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

/* Neither works while a device has the page, and both when it does not */
static int split_and_collapse(void *data)
{
	struct _test_data_memory *self = data;
	int rc = hugepage_split(self->memory, LENGTH);

	if (!rc)
		madvise(self->memory, LENGTH, MADV_COLLAPSE);
	return rc;
}

/* To protect a part breaks up the mapping of a huge page, not the page */
static int protect_a_part(void *data)
{
	struct _test_data_memory *self = data;

	if (mprotect(self->memory + AT, AT, PROT_READ) ||
	    mprotect(self->memory + AT, AT, PROT_READ | PROT_WRITE))
		return -errno;
	return split_and_collapse(data);
}

static int give_a_part_up(void *data)
{
	struct _test_data_memory *self = data;
	size_t at;

	for (at = 0; at < LENGTH; at += AT)
		if (madvise(self->memory + at, AT, MADV_DONTNEED))
			return -errno;
	madvise(self->memory, LENGTH, MADV_POPULATE_WRITE);
	return 0;
}

/* Map, check if that makes sense, unmap: as often as time permits */
static int map_for_a_while(struct _test_data_memory *self, __u32 prot,
			   bool check, unsigned int *rounds)
{
	const time_t end = time(NULL) + SECONDS;
	int rc = 0;

	for (*rounds = 0;
	     !rc && (*rounds < FEWEST || time(NULL) < end); (*rounds)++) {
		rc = map_all(self, prot);
		if (!rc && check)
			rc = check_all(self);
		rc = rc ? rc : check_account(self, LENGTH);
		rc = rc ? rc : unmap_all(self);
	}
	return rc;
}

/*
 * The same while a thread does @step: -EIO if that leaves pins behind, -ENODATA
 * if it did not get round to it
 */
static int map_against(struct _test_data_memory *self, __u32 prot, bool check,
		       int (*step)(void *data))
{
	unsigned int rounds = 0;
	struct loop loop;
	long before, after;
	int rc = pins_read(&before), other;

	rc = rc ? rc : loop_start(&loop, step, self);
	if (rc)
		return rc;
	rc = map_for_a_while(self, prot, check, &rounds);
	other = loop_stop(&loop);
	ksft_print_msg("mapped %u times, against %u steps\n", rounds,
		       loop.rounds);
	rc = rc ? rc : other;
	if (!rc && !loop.rounds)
		rc = -ENODATA;
	rc = rc ? rc : pins_read(&after);
	if (!rc && before != after)
		rc = -EIO;
	return rc ? rc : check_refs(self, 0, LENGTH, 0);
}

TEST_F(memory, huge_pages_that_come_and_go_are_mapped)
{
	EXPECT_OK(map_against(self, IOMMU_MAP_RW, true, split_and_collapse));
}

TEST_F(memory, huge_pages_that_are_protected_in_part_are_mapped_for_reading)
{
	EXPECT_OK(map_against(self, READABLE, true, protect_a_part));
}

TEST_F(memory, pages_given_up_during_a_map_are_not_left_pinned)
{
	EXPECT_OK(map_against(self, IOMMU_MAP_RW, false, give_a_part_up));
}

TEST_F(memory, device_writes_to_a_huge_page_that_is_mapped_by_small_ones_now)
{
	int access = access_open(self->fd, self->ioas, 0);
	char buffer[self->page];

	ASSERT_LE(0, access);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_EQ(0, mprotect(self->memory + AT, self->page, PROT_READ));
	ASSERT_EQ(0, madvise(self->memory, AT, MADV_FREE));
	mem_fill(buffer, self->page, 1);
	ASSERT_OK(access_rw(self->fd, access, IOVA + AT, buffer, self->page,
			    MOCK_ACCESS_RW_WRITE));
	EXPECT_TRUE(mem_is_filled(self->memory + AT, self->page, 1));
	ASSERT_OK(access_rw(self->fd, access, IOVA, buffer, self->page,
			    MOCK_ACCESS_RW_WRITE));
	EXPECT_TRUE(mem_is_filled(self->memory, self->page, 1));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_a_device_writes_to_a_merged_page_is_for_one_only)
{
	char *one = self->memory, *other = self->memory + MEM_2M;
	int access = access_open(self->fd, self->ioas, 0);
	char buffer[self->page];

	ASSERT_LE(0, access);
	ASSERT_OK(hugepage_split(self->memory, LENGTH));
	ASSERT_OK(ksm_merge(one, other, self->page));
	ASSERT_OK(map_part(self, 0, self->page, IOMMU_MAP_RW));
	mem_fill(buffer, self->page, 2);
	ASSERT_OK(access_rw(self->fd, access, IOVA, buffer, self->page,
			    MOCK_ACCESS_RW_WRITE));
	EXPECT_TRUE(mem_is_filled(one, self->page, 2));
	EXPECT_TRUE(mem_is_filled(other, self->page, 1));
	EXPECT_OK(check_part(self, 0, self->page));
	EXPECT_OK(unmap_and_check(self));
	EXPECT_OK(ksm_stop());
}

TEST_HARNESS_MAIN
