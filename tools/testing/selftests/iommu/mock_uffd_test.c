// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of which a userfaultfd provides the pages, or is asked before they are
 * written to: a map waits for it where the process itself would.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/call.h"
#include "lib/pins.h"
#include "lib/uffd.h"

#define NPAGES 40

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, NPAGES * mem_page_size()));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(NPAGES));
}

static int map_it(void *data)
{
	return map_all(data, IOMMU_MAP_RW);
}

static int watch(struct _test_data_memory *self, __u64 mode)
{
	return uffd_watch(self->memory, self->length, mode);
}

static int protect_all(struct _test_data_memory *self, int uffd, bool protect)
{
	return uffd_protect(uffd, self->memory, self->length, protect);
}

/* Where in the memory a fault was */
static size_t offset_of(struct _test_data_memory *self,
			const struct uffd_msg *msg)
{
	size_t at = msg->arg.pagefault.address - (uintptr_t)self->memory;

	return at - at % self->page;
}

static int provide(struct _test_data_memory *self, int uffd, size_t at)
{
	char buffer[self->page];

	mem_fill(buffer, self->page, at / self->page);
	return uffd_provide(uffd, self->memory + at, buffer, self->page);
}

static int provide_missing(int uffd, const struct uffd_msg *msg, void *data)
{
	return provide(data, uffd, offset_of(data, msg));
}

static int allow_write(int uffd, const struct uffd_msg *msg, void *data)
{
	struct _test_data_memory *self = data;

	if (!(msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP))
		return -EPROTO;
	return uffd_protect(uffd, self->memory + offset_of(self, msg),
			    self->page, false);
}

static int device_reads(struct _test_data_memory *self, int access, size_t at,
			__u32 seed)
{
	char buffer[self->page];
	int rc = access_rw(self->fd, access, IOVA + at, buffer, self->page, 0);

	return rc || mem_is_filled(buffer, self->page, seed) ? rc : -EIO;
}

static int device_reads_all(struct _test_data_memory *self, int access)
{
	size_t at;
	int rc = 0;

	for (at = 0; at < self->length && !rc; at += self->page)
		rc = device_reads(self, access, at, at / self->page);
	return rc;
}

static void fill_all(struct _test_data_memory *self)
{
	size_t at;

	for (at = 0; at < self->length; at += self->page)
		mem_fill(self->memory + at, self->page, at / self->page);
}

TEST_F(memory, map_waits_for_missing_pages_and_has_those_that_come)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_MISSING);
	int access = access_open(self->fd, self->ioas, 0);
	struct call map;

	ASSERT_LE(0, uffd);
	ASSERT_LE(0, access);
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(NPAGES, uffd_answer_all(uffd, &map, provide_missing, self));
	EXPECT_OK(call_end(&map));
	EXPECT_OK(device_reads_all(self, access));
	EXPECT_OK(check_all(self));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, other_maps_go_on_while_one_waits)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_MISSING);
	char *other = mem_alloc(self->page);
	struct call map;
	struct uffd_msg msg;
	__u32 ioas;

	ASSERT_LE(0, uffd);
	ASSERT_NE(NULL, other);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &ioas));
	ASSERT_OK(limit_locked_memory((NPAGES + 1) * self->page));
	ASSERT_OK(call_start(&map, map_it, self));
	ASSERT_OK(uffd_wait(uffd, &map, &msg));
	/* If it waited too, the harness would end the test */
	EXPECT_OK(iommu_map_at(self->fd, ioas, other, self->page, OTHER,
			       IOMMU_MAP_RW));
	EXPECT_FALSE(map.done);
	/* Nobody provides pages any longer: there are new ones */
	close(uffd);
	EXPECT_OK(call_end(&map));
	EXPECT_OK(check_all(self));
	EXPECT_OK(iommu_unmap_all(self->fd, ioas));
	EXPECT_OK(unmap_and_check(self));
	mem_free(other, self->page);
}

TEST_F(memory, memory_that_goes_away_while_a_map_waits_is_EFAULT)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_MISSING);
	const size_t half = self->length / 2;
	struct call map;
	struct uffd_msg msg;
	long before, after;
	size_t at;

	ASSERT_LE(0, uffd);
	ASSERT_OK(pins_read(&before));
	for (at = 0; at < half; at += self->page)
		ASSERT_OK(provide(self, uffd, at));
	ASSERT_OK(call_start(&map, map_it, self));
	ASSERT_OK(uffd_wait(uffd, &map, &msg));
	EXPECT_EQ(half, offset_of(self, &msg));
	ASSERT_EQ(0, munmap(self->memory + half, half));
	close(uffd);
	EXPECT_ERR(EFAULT, call_end(&map));
	EXPECT_OK(check_account(self, 0));
	EXPECT_OK(check_refs(self, 0, half, 0));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
}

TEST_F(memory, map_for_writing_waits_until_it_may_write)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	int access = access_open(self->fd, self->ioas, 0);
	struct call map;

	ASSERT_LE(0, uffd);
	ASSERT_LE(0, access);
	fill_all(self);
	ASSERT_OK(protect_all(self, uffd, true));
	ASSERT_OK(call_start(&map, map_it, self));
	EXPECT_EQ(NPAGES, uffd_answer_all(uffd, &map, allow_write, self));
	EXPECT_OK(call_end(&map));
	EXPECT_OK(device_reads_all(self, access));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, map_for_reading_does_not_ask_to_write)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	int access = access_open(self->fd, self->ioas, 0);
	struct uffd_msg msg;

	ASSERT_LE(0, uffd);
	ASSERT_LE(0, access);
	fill_all(self);
	ASSERT_OK(protect_all(self, uffd, true));
	/* If it waited, the harness would end the test */
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_ERR(ETIMEDOUT, uffd_next_fault(uffd, &msg));
	EXPECT_OK(device_reads_all(self, access));
	ASSERT_OK(protect_all(self, uffd, false));
	mem_fill(self->memory, self->page, NPAGES);
	EXPECT_OK(device_reads(self, access, 0, NPAGES));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_F(memory, page_that_is_protected_after_a_map_stays)
{
	int uffd = watch(self, UFFDIO_REGISTER_MODE_WP);
	int access = access_open(self->fd, self->ioas, 0);
	char buffer[self->page];
	struct uffd_msg msg;

	ASSERT_LE(0, uffd);
	ASSERT_LE(0, access);
	fill_all(self);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(protect_all(self, uffd, true));
	/* A device asks nobody */
	mem_fill(buffer, self->page, NPAGES);
	ASSERT_OK(access_rw(self->fd, access, IOVA, buffer, self->page,
			    MOCK_ACCESS_RW_WRITE));
	EXPECT_ERR(ETIMEDOUT, uffd_next_fault(uffd, &msg));
	EXPECT_TRUE(mem_is_filled(self->memory, self->page, NPAGES));
	ASSERT_OK(protect_all(self, uffd, false));
	mem_fill(self->memory, self->page, NPAGES + 1);
	EXPECT_OK(device_reads(self, access, 0, NPAGES + 1));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
	close(uffd);
}

TEST_HARNESS_MAIN
