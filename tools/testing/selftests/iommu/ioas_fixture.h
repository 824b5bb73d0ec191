/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites about one address space, without a device. Include
 * once per suite.
 */
#ifndef SELFTESTS_IOMMU_IOAS_FIXTURE_H
#define SELFTESTS_IOMMU_IOAS_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/memory.h"

FIXTURE(ioas)
{
	int fd;
	__u32 id;
	size_t page;
	void *memory;	/* four pages */
};

FIXTURE_SETUP(ioas)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(4 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->id));
}

FIXTURE_TEARDOWN(ioas)
{
	close(self->fd);
	mem_free(self->memory, 4 * self->page);
}

#endif
