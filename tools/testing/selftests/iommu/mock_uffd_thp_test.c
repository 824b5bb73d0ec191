// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge pages in memory of which a userfaultfd provides the pages, or is asked
 * before they are written to: it is asked as often as its user made pieces, and
 * what is huge still can be.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/call.h"
#include "lib/hugepage.h"
#include "lib/pagemap.h"
#include "lib/uffd.h"

#define LENGTH (2 * MEM_2M)
/* Some small pages in the middle of the first huge one */
#define AT (MEM_2M / 2)
#define NPAGES 4

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(hugepage_make(self->memory, LENGTH));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

static int map_it(void *data)
{
	return map_all(data, IOMMU_MAP_RW);
}

static int watch(struct _test_data_memory *self, __u64 mode)
{
	return uffd_watch(self->memory, LENGTH, mode);
}

static int check_device(struct _test_data_memory *self)
{
	int rc = pagemap_check_device(self->fd, self->dev.hwpt, IOVA,
				      self->memory, LENGTH);

	return rc ? rc : check_all(self);
}

/* Answer a fault for as much around it as @unit says */
static int answer(int uffd, const struct uffd_msg *msg,
		  struct _test_data_memory *self, size_t unit)
{
	size_t at = msg->arg.pagefault.address - (uintptr_t)self->memory;
	char *piece = self->memory + at / unit * unit;
	char *buffer;
	int rc;

	if (msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		return uffd_protect(uffd, piece, unit, false);
	buffer = mem_alloc(unit);
	if (!buffer)
		return -ENOMEM;
	mem_fill(buffer, unit, at / unit);
	rc = uffd_provide(uffd, piece, buffer, unit);
	mem_free(buffer, unit);
	return rc;
}

static int answer_small(int uffd, const struct uffd_msg *msg, void *data)
{
	struct _test_data_memory *self = data;

	return answer(uffd, msg, self, self->page);
}

static int answer_huge(int uffd, const struct uffd_msg *msg, void *data)
{
	return answer(uffd, msg, data, MEM_2M);
}

TEST_F(memory, map_waits_for_what_is_missing_of_a_huge_page)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_MISSING);
	struct call map;
	size_t i, at;

	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, madvise(self->memory + AT, NPAGES * self->page,
			     MADV_DONTNEED));
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(NPAGES, uffd_answer_all(uffd, &map, answer_small, self));
	EXPECT_OK(call_end(&map));
	for (i = 0; i < NPAGES; i++) {
		at = AT + i * self->page;
		EXPECT_TRUE(mem_is_filled(self->memory + at, self->page,
					  at / self->page));
	}
	EXPECT_OK(check_device(self));
	EXPECT_OK(check_account(self, LENGTH));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, map_waits_once_for_two_megabytes_that_come_at_once)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_MISSING);
	struct call map;

	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, madvise(self->memory, LENGTH, MADV_DONTNEED));
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(LENGTH / MEM_2M,
		  uffd_answer_all(uffd, &map, answer_huge, self));
	EXPECT_OK(call_end(&map));
	EXPECT_TRUE(mem_is_filled(self->memory + MEM_2M, MEM_2M, 1));
	EXPECT_OK(check_device(self));
	EXPECT_OK(check_account(self, LENGTH));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, map_waits_until_it_may_write_to_a_huge_page)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	struct call map;

	ASSERT_LE(0, uffd);
	ASSERT_OK(uffd_protect(uffd, self->memory, LENGTH, true));
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(LENGTH / MEM_2M,
		  uffd_answer_all(uffd, &map, answer_huge, self));
	EXPECT_OK(call_end(&map));
	EXPECT_OK(hugepage_check(self->memory, LENGTH, MEM_2M));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, map_waits_for_the_small_pages_it_may_not_write_to)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	struct call map;

	ASSERT_LE(0, uffd);
	ASSERT_OK(uffd_protect(uffd, self->memory + AT, NPAGES * self->page,
			       true));
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(NPAGES, uffd_answer_all(uffd, &map, answer_small, self));
	EXPECT_OK(call_end(&map));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, map_for_reading_of_a_huge_page_does_not_ask_to_write)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	struct uffd_msg msg;

	ASSERT_LE(0, uffd);
	ASSERT_OK(uffd_protect(uffd, self->memory, LENGTH, true));
	/* If it waited, the harness would end the test */
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_ERR(ETIMEDOUT, uffd_next_fault(uffd, &msg));
	ASSERT_OK(uffd_protect(uffd, self->memory, LENGTH, false));
	write_pages(self, self->memory);
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, huge_page_that_is_protected_after_a_map_stays_and_stays_huge)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);

	ASSERT_LE(0, uffd);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(uffd_protect(uffd, self->memory, LENGTH, true));
	ASSERT_OK(uffd_protect(uffd, self->memory, AT, false));
	mem_fill(self->memory, AT, 1);
	ASSERT_OK(uffd_protect(uffd, self->memory, LENGTH, false));
	write_pages(self, self->memory);
	EXPECT_OK(hugepage_check(self->memory, LENGTH, MEM_2M));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_HARNESS_MAIN
