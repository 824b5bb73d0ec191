/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about trace events of address spaces: two of them,
 * and four pages, which are mapped at IOVA of the first. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_IOAS_TRACE_FIXTURE_H
#define SELFTESTS_IOMMU_IOAS_TRACE_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/fdinfo.h"
#include "lib/iommu.h"
#include "lib/memory.h"
#include "lib/trace.h"

#define IOVA 0x100000ULL

FIXTURE(traced)
{
	int fd;
	int context;	/* its number */
	int pipe;
	__u32 id;
	__u32 other;
	size_t page;
	char *memory;
	char told[TRACE_TEXT];
};

static void __attribute__((destructor)) after_all_tests(void)
{
	trace_remove();
}

FIXTURE_SETUP(traced)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(4 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	self->context = fdinfo_value(self->fd, "context");
	ASSERT_LT(0, self->context);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->id));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->other));
	ASSERT_OK(iommu_map_at(self->fd, self->id, self->memory,
			       4 * self->page, IOVA, IOMMU_MAP_RW));
	self->pipe = trace_start();
	ASSERT_LE(0, self->pipe);
}

FIXTURE_TEARDOWN(traced)
{
	close(self->pipe);
	close(self->fd);
	mem_free(self->memory, 4 * self->page);
}

#endif
