/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites with mock devices: an address space with memory to
 * map in it. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_MOCK_FIXTURE_H
#define SELFTESTS_IOMMU_MOCK_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/memory.h"
#include "lib/mock.h"

/* In the mock's aperture, and far from its ends */
#define IOVA 0x10000000ULL
#define OTHER 0x20000000ULL
#define NPAGES 16

FIXTURE(mock)
{
	int fd;
	__u32 ioas;
	size_t page;
	size_t length;	/* of NPAGES pages */
	char *memory;	/* these, with a page on either side */
};

FIXTURE_SETUP(mock)
{
	self->page = mem_page_size();
	self->length = NPAGES * self->page;
	self->memory = mem_alloc(self->length + 2 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->memory += self->page;
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas));
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(mock_reset());
}

FIXTURE_TEARDOWN(mock)
{
	mock_reset();
	close(self->fd);
	mem_free(self->memory - self->page, self->length + 2 * self->page);
}

/* Map all memory at @iova of the address space */
static inline int map_memory(struct _test_data_mock *self, __u64 iova)
{
	return iommu_map_at(self->fd, self->ioas, self->memory, self->length,
			    iova, IOMMU_MAP_RW);
}

/* All memory is at @iova of @hwpt, and nothing is next to it */
static inline int check_memory(struct _test_data_mock *self, __u32 hwpt,
			       __u64 iova)
{
	return mock_check_ends(self->fd, hwpt, iova, self->memory,
			       self->length);
}

#endif
