/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the suites that copy memory: a bound edu, an address space
 * that it is not attached to yet, and four pages. Include once per suite.
 */
#ifndef SELFTESTS_IOMMU_HW_DMA_FIXTURE_H
#define SELFTESTS_IOMMU_HW_DMA_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/limit.h"

#define IOVA 0x100000ULL
#define FAR_AWAY 0x4000000ULL

/*
 *	memory   +-------+-------+-------+-------+
 *	         | src   | dst   | other | spare |   one page each
 *	         +-------+-------+-------+-------+
 */
FIXTURE(dma)
{
	struct hw hw;
	size_t page;
	char *src;
	char *dst;
	char *other;
	char *spare;
};

FIXTURE_SETUP(dma)
{
	self->page = mem_page_size();
	self->src = mem_alloc(4 * self->page);
	ASSERT_NE(NULL, self->src);
	self->dst = self->src + self->page;
	self->other = self->dst + self->page;
	self->spare = self->other + self->page;
	mem_fill(self->src, EDU_BUFFER_SIZE, 1);
	mem_fill(self->other, EDU_BUFFER_SIZE, 3);
	if (hw_missing(0))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	ASSERT_OK(hw_up(&self->hw, 0)) {
		hw_down(&self->hw);
	}
}

FIXTURE_TEARDOWN(dma)
{
	hw_down(&self->hw);
	mem_free(self->src, 4 * self->page);
}

static inline int attach(struct _test_data_dma *self)
{
	return vfio_attach(&self->hw.vfio, self->hw.ioas_id);
}

static inline int map(struct _test_data_dma *self, void *va, __u64 iova,
		      __u32 prot)
{
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id, va, self->page,
			    iova, prot);
}

static inline int unmap(struct _test_data_dma *self, __u64 iova)
{
	return iommu_unmap(self->hw.iommufd, self->hw.ioas_id, iova,
			   self->page);
}

/* Fill the device's buffer with the pattern of src, by way of @iova */
static inline int load(struct _test_data_dma *self, __u64 iova)
{
	return edu_load(&self->hw.edu, iova, EDU_BUFFER_SIZE);
}

/* Write the device's buffer to @iova, if the IOMMU lets it */
static inline int store(struct _test_data_dma *self, __u64 iova)
{
	return edu_store(&self->hw.edu, iova, EDU_BUFFER_SIZE);
}

static inline bool same(const void *a, const void *b)
{
	return !memcmp(a, b, EDU_BUFFER_SIZE);
}

static inline bool is_zero(const char *p)
{
	size_t i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++) {
		if (p[i])
			return false;
	}
	return true;
}

#endif
