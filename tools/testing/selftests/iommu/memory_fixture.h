/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about kinds of memory on the mock IOMMU: a device
 * that is attached, and memory for the suite to make something of. Include once
 * per suite, which has the setup and the variants.
 */
#ifndef SELFTESTS_IOMMU_MEMORY_FIXTURE_H
#define SELFTESTS_IOMMU_MEMORY_FIXTURE_H

#include "../kselftest_harness.h"

#include <sys/mman.h>

#include "lib/check.h"
#include "lib/fdinfo.h"
#include "lib/iommu.h"
#include "lib/limit.h"
#include "lib/memory.h"
#include "lib/mock.h"

#define READABLE IOMMU_IOAS_MAP_READABLE

/* In the mock's aperture, and aligned to huge pages */
#define IOVA 0x10000000ULL
#define OTHER 0x20000000ULL

/* What is at @memory + n belongs at IOVA + n */
FIXTURE(memory)
{
	int fd;
	__u32 ioas;
	struct mock_device dev;	/* has leaves of both sizes */
	size_t page;
	size_t length;
	char *memory;		/* with a huge page of room around it */
};

static inline int open_all(struct _test_data_memory *self, size_t length)
{
	int rc;

	self->page = mem_page_size();
	self->length = length;
	self->memory = mem_alloc_aligned(length + 2 * MEM_2M, MEM_2M);
	if (!self->memory)
		return -ENOMEM;
	self->memory += MEM_2M;
	self->fd = iommu_open();
	if (self->fd < 0)
		return self->fd;
	rc = iommu_ioas_alloc(self->fd, &self->ioas);
	return rc ? rc : mock_attach(self->fd, self->ioas, &self->dev);
}

FIXTURE_TEARDOWN(memory)
{
	mock_reset();
	close(self->fd);
	mem_free(self->memory - MEM_2M, self->length + 2 * MEM_2M);
}

static inline int map_part(struct _test_data_memory *self, size_t offset,
			   size_t length, __u32 prot)
{
	return iommu_map_at(self->fd, self->ioas, self->memory + offset, length,
			    IOVA + offset, prot);
}

static inline int map_all(struct _test_data_memory *self, __u32 prot)
{
	return map_part(self, 0, self->length, prot);
}

/* Does the device have the pages there that the process has now? */
static inline int check_part(struct _test_data_memory *self, size_t offset,
			     size_t length)
{
	return mock_check_map(self->fd, self->dev.hwpt, IOVA + offset,
			      self->memory + offset, length);
}

static inline int check_all(struct _test_data_memory *self)
{
	return check_part(self, 0, self->length);
}

static inline int check_refs(struct _test_data_memory *self, size_t offset,
			     size_t length, __u32 refs)
{
	return mock_check_refs(self->fd, self->memory + offset, length, refs);
}

/* Is this what is pinned, and paid for? -EIO when not. */
static inline int check_account(struct _test_data_memory *self, size_t bytes)
{
	return fdinfo_value(self->fd, "pinned") == bytes &&
	       fdinfo_value(self->fd, "charged") == bytes &&
	       mem_pinned_pages() == bytes / self->page ? 0 : -EIO;
}

/* Take all mappings back: nothing is pinned or paid for */
static inline int unmap_all(struct _test_data_memory *self)
{
	int rc = iommu_unmap_all(self->fd, self->ioas);

	return rc ? rc : check_account(self, 0);
}

/* The same, of memory without a hole: it can be seen to be free of pins */
static inline int unmap_and_check(struct _test_data_memory *self)
{
	int rc = unmap_all(self);

	return rc ? rc : check_refs(self, 0, self->length, 0);
}

/* The process writes to each of its pages */
static inline void write_pages(struct _test_data_memory *self, char *memory)
{
	size_t at;

	for (at = 0; at < self->length; at += self->page)
		((volatile char *)memory)[at]++;
}

#endif
