// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private memory that a device only reads, and that has no page of its own yet:
 * what the process writes to it later is there for the device.
 */
#include <errno.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/hugepage.h"

#define NPAGES 40

/* Patterns: what is in a file, and what others write */
enum { BEFORE = 1, PROCESS, DEVICE };

FIXTURE_VARIANT(memory)
{
	bool file;		/* else anonymous */
	size_t npages;		/* that are mapped, few are pinned otherwise */
};

FIXTURE_VARIANT_ADD(memory, zeroes) { .file = false, .npages = NPAGES };
FIXTURE_VARIANT_ADD(memory, page_of_zeroes) { .file = false, .npages = 1 };
FIXTURE_VARIANT_ADD(memory, file) { .file = true, .npages = NPAGES };
FIXTURE_VARIANT_ADD(memory, page_of_a_file) { .file = true, .npages = 1 };

static int fill_file(int file, size_t npages, size_t page)
{
	char buffer[page];
	size_t i;

	mem_fill(buffer, page, BEFORE);
	for (i = 0; i < npages; i++)
		if (pwrite(file, buffer, page, i * page) != (ssize_t)page)
			return -EIO;
	return 0;
}

FIXTURE_SETUP(memory)
{
	size_t length = variant->npages * mem_page_size();
	int file;

	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, length));
	if (variant->file) {
		file = mem_file(length);
		ASSERT_LE(0, file);
		ASSERT_OK(fill_file(file, variant->npages, self->page));
		ASSERT_EQ(self->memory,
			  mmap(self->memory, length, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_FIXED, file, 0));
		close(file);
	}
	/* Reading gives it pages that are not its own */
	ASSERT_EQ(0, madvise(self->memory, length, MADV_POPULATE_READ));
	if (!variant->file)
		ASSERT_OK(hugepage_is_zero(self->memory));
	ASSERT_OK(limit_pages(variant->npages));
}

static int device_reads(struct _test_data_memory *self, int access, size_t at,
			__u32 seed)
{
	char buffer[self->page];
	int rc = access_rw(self->fd, access, IOVA + at, buffer, self->page, 0);

	return rc || mem_is_filled(buffer, self->page, seed) ? rc : -EIO;
}

TEST_F(memory, what_the_process_writes_is_seen)
{
	const size_t last = self->length - self->page;
	int access = access_open(self->fd, self->ioas, 0);

	ASSERT_LE(0, access);
	ASSERT_OK(map_all(self, READABLE));
	if (variant->file)
		EXPECT_OK(device_reads(self, access, last, BEFORE));
	mem_fill(self->memory + last, self->page, PROCESS);
	EXPECT_OK(device_reads(self, access, last, PROCESS));
	EXPECT_OK(check_all(self));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_the_process_may_write_only_later_is_seen)
{
	const size_t last = self->length - self->page;
	int access = access_open(self->fd, self->ioas, 0);

	ASSERT_LE(0, access);
	ASSERT_EQ(0, mprotect(self->memory, self->length, PROT_READ));
	ASSERT_OK(map_all(self, READABLE));
	ASSERT_EQ(0, mprotect(self->memory, self->length,
			      PROT_READ | PROT_WRITE));
	mem_fill(self->memory + last, self->page, PROCESS);
	EXPECT_OK(device_reads(self, access, last, PROCESS));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_the_device_writes_is_seen_by_the_process)
{
	int access = access_open(self->fd, self->ioas, 0);
	char buffer[self->page];

	ASSERT_LE(0, access);
	mem_fill(buffer, self->page, DEVICE);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(access_rw(self->fd, access, IOVA, buffer, self->page,
			    MOCK_ACCESS_RW_WRITE));
	EXPECT_TRUE(mem_is_filled(self->memory, self->page, DEVICE));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_HARNESS_MAIN
