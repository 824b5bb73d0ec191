/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about users in the kernel: an address space that
 * has memory mapped, and a user of it that pins. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_ACCESS_FIXTURE_H
#define SELFTESTS_IOMMU_ACCESS_FIXTURE_H

#include "../kselftest_harness.h"

#include <linux/capability.h>
#include <sys/mman.h>

#include "lib/access.h"
#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/limit.h"
#include "lib/memory.h"
#include "lib/mock.h"

/* In the mock's aperture */
#define IOVA 0x10000000ULL
#define OTHER 0x20000000ULL
#define NPAGES 8
#define PINS MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES
#define WRITE MOCK_FLAGS_ACCESS_WRITE

FIXTURE(access)
{
	int fd;
	__u32 ioas;
	size_t page;
	size_t length;	/* of NPAGES pages */
	char *memory;	/* these, with a page on either side */
	int user;
};

FIXTURE_SETUP(access)
{
	self->page = mem_page_size();
	self->length = NPAGES * self->page;
	self->memory = mem_alloc(self->length + 2 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->memory += self->page;
	/* There, and never moved */
	mem_fill(self->memory, self->length, 1);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas));
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no test commands in this kernel");
	ASSERT_OK(mock_reset());
	self->user = access_open(self->fd, self->ioas, PINS);
	ASSERT_LE(0, self->user);
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory,
			       self->length, IOVA, IOMMU_MAP_RW));
}

FIXTURE_TEARDOWN(access)
{
	close(self->user);
	close(self->fd);
	mem_free(self->memory - self->page, self->length + 2 * self->page);
}

/* Pin pages of the fixture's memory */
static inline int pin(struct _test_data_access *self, unsigned int first,
		      unsigned int npages, __u32 *id)
{
	return access_pin(self->fd, self->user, IOVA + first * self->page,
			  npages * self->page,
			  self->memory + first * self->page, WRITE, id);
}

static inline int unpin(struct _test_data_access *self, __u32 id)
{
	return access_unpin(self->fd, self->user, id);
}

/* Is each of these pages pinned this often? */
static inline int check_refs(struct _test_data_access *self,
			     unsigned int first, unsigned int npages,
			     __u32 refs)
{
	return mock_check_refs(self->fd, self->memory + first * self->page,
			       npages * self->page, refs);
}

#endif
