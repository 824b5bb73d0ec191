/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An edu in each of the five ways, and memory for it. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_CONTAINER_FIXTURE_H
#define SELFTESTS_IOMMU_HW_CONTAINER_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/container.h"
#include "lib/hw.h"
#include "lib/memory.h"
#include "lib/mode.h"

#define IOVA 0x100000ULL
#define FAR_AWAY 0x4000000ULL
#define NPAGES 8

/* Which edu: the first one is not reset with each test, which takes its time */
#ifndef EDU
#define EDU 0
#endif

/*
 *	memory   +-------+-------+---    ---+-------+
 *	         | 0     | 1     |          | 7     |   NPAGES pages
 *	         +-------+-------+---    ---+-------+
 *
 * Page 0 has a pattern, the others are zero.
 */
FIXTURE(container)
{
	struct mode_dev dev;
	struct edu edu;
	size_t page;
	char *memory;
};

FIXTURE_VARIANT(container)
{
	enum mode mode;
};

FIXTURE_VARIANT_ADD(container, type1)
{
	.mode = MODE_TYPE1,
};

FIXTURE_VARIANT_ADD(container, type1v2)
{
	.mode = MODE_TYPE1V2,
};

FIXTURE_VARIANT_ADD(container, compat_type1)
{
	.mode = MODE_COMPAT,
};

FIXTURE_VARIANT_ADD(container, compat_type1v2)
{
	.mode = MODE_COMPATV2,
};

FIXTURE_VARIANT_ADD(container, native)
{
	.mode = MODE_NATIVE,
};

FIXTURE_SETUP(container)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(NPAGES * self->page);
	ASSERT_NE(NULL, self->memory);
	mem_fill(self->memory, EDU_BUFFER_SIZE, 1);
	if (hw_missing(EDU))
		SKIP_FROM_SETUP("no two edu devices alone in their groups");
	ASSERT_OK(mode_up(&self->dev, variant->mode, PCI_ID_EDU, EDU) ?:
		  edu_init(&self->edu, &self->dev.vfio)) {
		mode_down(&self->dev);
	}
}

FIXTURE_TEARDOWN(container)
{
	mode_down(&self->dev);
	mem_free(self->memory, NPAGES * self->page);
}

static inline char *page_of(struct _test_data_container *self, int nth)
{
	return self->memory + nth * self->page;
}

/* Map @count pages from the @nth on */
static inline int map(struct _test_data_container *self, int nth, int count,
		      __u64 iova)
{
	return mode_map(&self->dev, page_of(self, nth), count * self->page,
			iova, IOMMU_MAP_RW);
}

/* Have the device read at @from and write at @to */
static inline int copy(struct _test_data_container *self, __u64 from, __u64 to)
{
	return edu_load(&self->edu, from, EDU_BUFFER_SIZE) ?:
	       edu_store(&self->edu, to, EDU_BUFFER_SIZE);
}

static inline bool has_pattern(const char *p)
{
	return mem_is_filled(p, EDU_BUFFER_SIZE, 1);
}

/* Does page @nth have the pattern after the device has written to @to? */
static inline bool is_reached(struct _test_data_container *self, int nth,
			      __u64 to)
{
	memset(page_of(self, nth), 0, self->page);
	if (edu_store(&self->edu, to, EDU_BUFFER_SIZE))
		return false;
	return has_pattern(page_of(self, nth));
}

#endif
