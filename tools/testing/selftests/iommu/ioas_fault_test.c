// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands whose allocations fail, one after the other: ENOMEM, and all is as
 * it was.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/fault.h"
#include "lib/iommu.h"
#include "lib/memory.h"

#define IOVA 0x100000ULL
#define COPY 0x40000000ULL
#define NAREAS 4

FIXTURE(fault)
{
	int fd;
	__u32 id;
	size_t page;
	void *memory;
};

FIXTURE_SETUP(fault)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(self->page);
	ASSERT_NE(NULL, self->memory);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->id));
	if (fault_prepare())
		SKIP_FROM_SETUP("no fault injection in this kernel");
}

FIXTURE_TEARDOWN(fault)
{
	close(self->fd);
	mem_free(self->memory, self->page);
}

/* All that is mapped in the space, which is empty then */
static __u64 take_back(struct _test_data_fault *self)
{
	__u64 unmapped;

	if (iommu_unmap_count(self->fd, self->id, 0, IOMMU_UNMAP_ALL,
			      &unmapped))
		return ~0ULL;
	return unmapped;
}

TEST_F(fault, ioas_alloc)
{
	struct fault_sweep sweep = {};
	__u32 id;
	int rc;

	while (fault_next(&sweep)) {
		rc = iommu_ioas_alloc(self->fd, &id);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		if (!rc)
			ASSERT_OK(iommu_destroy(self->fd, id));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(fault, ioas_map)
{
	struct fault_sweep sweep = {};
	int rc;

	while (fault_next(&sweep)) {
		rc = iommu_map_at(self->fd, self->id, self->memory, self->page,
				  IOVA, IOMMU_MAP_RW);
		sweep.fired = fault_disarm();
		ASSERT_EQ(rc ? 0 : self->page, take_back(self));
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_F(fault, ioas_copy_of_several_mappings)
{
	struct fault_sweep sweep = {};
	unsigned int i;
	__u32 source;
	int rc;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &source));
	for (i = 0; i < NAREAS; i++) {
		ASSERT_OK(iommu_map_at(self->fd, source, self->memory,
				       self->page, IOVA + i * self->page,
				       IOMMU_MAP_RW));
	}
	while (fault_next(&sweep)) {
		rc = iommu_copy_at(self->fd, self->id, COPY, source, IOVA,
				   NAREAS * self->page, IOMMU_MAP_RW);
		sweep.fired = fault_disarm();
		ASSERT_EQ(rc ? 0 : NAREAS * self->page, take_back(self));
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
	}
	EXPECT_FALSE(sweep.fired);
	/* Each of the new mappings is one at least */
	EXPECT_LT(NAREAS, sweep.nth);
}

TEST_F(fault, ioas_allow_iovas)
{
	struct iommu_iova_range ranges[] = {
		{ COPY, COPY + self->page - 1 }, { 2 * COPY, 3 * COPY },
	};
	struct iommu_iova_range old = { IOVA, IOVA + self->page - 1 };
	struct fault_sweep sweep = {};
	__u64 iova;
	int rc;

	while (fault_next(&sweep)) {
		fault_arm(0);
		ASSERT_OK(iommu_allow_iovas(self->fd, self->id, &old, 1));
		fault_arm(sweep.nth);
		rc = iommu_allow_iovas(self->fd, self->id, ranges, 2);
		sweep.fired = fault_disarm();
		/* Which list there is shows in what the kernel chooses */
		ASSERT_OK(iommu_map(self->fd, self->id, self->memory,
				    self->page, &iova, IOMMU_MAP_RW));
		ASSERT_EQ(rc ? IOVA : COPY, iova);
		ASSERT_EQ(self->page, take_back(self));
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

TEST_HARNESS_MAIN
