// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges so large that their number of pages does not fit 32 bits. The memory is
 * a single page of 1 GiB, which the process has mapped at many addresses: that
 * takes hugepagesz=1G hugepages=1.
 */
#include <linux/memfd.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hw_dma_fixture.h"

#include "lib/kind.h"

#define MEM_1G (1UL << 30)
#define MEM_16T (1UL << 44)
/* As well aligned as the range is long */
#define RANGE MEM_16T

/* The page again and again, for @length bytes */
static char *repeat(size_t length)
{
	int file = memfd_create("repeated", MFD_HUGETLB | MFD_HUGE_1GB);
	char *p = mmap(NULL, length, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	/* It begins at the first multiple of the page */
	char *row = (char *)(((uintptr_t)p + MEM_1G - 1) & -MEM_1G);
	size_t at;

	if (file < 0 || p == MAP_FAILED || ftruncate(file, MEM_1G))
		return NULL;
	for (at = 0; at < length - MEM_1G; at += MEM_1G) {
		if (mmap(row + at, MEM_1G, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, file,
			 0) == MAP_FAILED)
			return NULL;
	}
	close(file);
	return row;
}

static void expect_out_of_reach(struct __test_metadata *_metadata,
				struct _test_data_dma *self, char *row,
				size_t length)
{
	__u64 last = RANGE + length - self->page;

	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, row, length,
			       RANGE, IOMMU_MAP_RW));
	/* The device has been there: the IOMMU has both in its cache */
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, RANGE));
	ASSERT_OK(store(self, last));
	EXPECT_TRUE(same(self->src, row));
	EXPECT_TRUE(same(self->src, row + MEM_1G - self->page));

	ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, RANGE,
			      length));
	memset(row, 0, self->page);
	memset(row + MEM_1G - self->page, 0, self->page);
	ASSERT_OK(store(self, RANGE));
	ASSERT_OK(store(self, last));
	EXPECT_TRUE(is_zero(row));
	EXPECT_TRUE(is_zero(row + MEM_1G - self->page));
}

TEST_F(dma, range_of_many_tebibytes_is_out_of_reach_when_unmapped)
{
	char *row = repeat(MEM_16T + 2 * MEM_1G);

	ASSERT_NE(NULL, row);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	expect_out_of_reach(_metadata, self, row, MEM_16T);
	expect_out_of_reach(_metadata, self, row, MEM_16T + MEM_1G);
}

TEST_HARNESS_MAIN
