// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real device reads and writes memory made of pages of all sizes, at both
 * ends and across their borders.
 *
 * Pages of 1 GiB come from a pool that a kernel only has when it was told so at
 * boot: hugepagesz=1G hugepages=1.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/kind.h"
#include "lib/limit.h"

#define MEM_1G (1UL << 30)
/* Beyond 32 bits, and as well aligned as the largest page */
#define IOVA (4ULL * MEM_1G)
/* Where the device gets at two pages of ordinary memory */
#define SMALL 0x100000ULL

/*
 *	IOVA                border                            IOVA + length
 *	+-------------------+-------------------+---------------+
 *	| 2 MiB             | 2 MiB             | ...           |
 *	+-------------------+-------------------+---------------+
 *	 <>        <>      <>         <>                      <>
 *	 first     inside  middle     outside                 last: one copy each
 */
FIXTURE(memory)
{
	struct hw hw;
	size_t page;
	size_t length;
	char *memory;
	char *first;
	char *inside;
	char *middle;
	char *outside;
	char *last;
	char *src;	/* two pages of ordinary memory */
	char *dst;
};

FIXTURE_VARIANT(memory)
{
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, thp)
{
	.kind = { 0, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, hugetlb)
{
	.kind = { KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, hugetlb_1G)
{
	.kind = { KIND_HUGETLB, MEM_1G },
};

FIXTURE_VARIANT_ADD(memory, private_file)
{
	.kind = { KIND_FILE },
};

FIXTURE_VARIANT_ADD(memory, shared_hugetlb)
{
	.kind = { KIND_FILE | KIND_SHARED | KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, shared_hugetlb_1G)
{
	.kind = { KIND_FILE | KIND_SHARED | KIND_HUGETLB, MEM_1G },
};

static void choose_places(struct _test_data_memory *self)
{
	self->first = self->memory;
	self->inside = self->memory + MEM_2M / 2;
	self->middle = self->memory + MEM_2M - EDU_BUFFER_SIZE / 2;
	self->outside = self->memory + MEM_2M + MEM_2M / 2;
	self->last = self->memory + self->length - EDU_BUFFER_SIZE;
}

FIXTURE_SETUP(memory)
{
	size_t page = variant->kind.page;

	self->page = mem_page_size();
	self->length = page == MEM_1G ? MEM_1G : 3 * MEM_2M;
	self->memory = mem_alloc_aligned(self->length, page ? page : MEM_2M);
	ASSERT_NE(NULL, self->memory);
	choose_places(self);
	self->src = mem_alloc(2 * self->page);
	ASSERT_NE(NULL, self->src);
	self->dst = self->src + self->page;
	mem_fill(self->src, EDU_BUFFER_SIZE, 1);
	if (hw_missing(0))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	if (kind_missing(&variant->kind, self->length))
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(kind_map(&variant->kind, self->memory, self->length));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(self->length / self->page + 2));
	ASSERT_OK(hw_up(&self->hw, 0)) {
		hw_down(&self->hw);
	}
	ASSERT_OK(vfio_attach(&self->hw.vfio, self->hw.ioas_id));
	ASSERT_OK(iommu_map_at(self->hw.iommufd, self->hw.ioas_id, self->src,
			       2 * self->page, SMALL, IOMMU_MAP_RW));
}

FIXTURE_TEARDOWN(memory)
{
	hw_down(&self->hw);
	mem_free(self->memory, self->length);
	mem_free(self->src, 2 * self->page);
}

static int map_part(struct _test_data_memory *self, const char *from,
		    const char *to, __u32 prot)
{
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id, from, to - from,
			    IOVA + (from - self->memory), prot);
}

static int map_all(struct _test_data_memory *self, __u32 prot)
{
	return map_part(self, self->memory, self->memory + self->length, prot);
}

/* Where the device finds what the process finds at @p */
static __u64 iova_of(struct _test_data_memory *self, const char *p)
{
	return p == self->src || p == self->dst ?
	       SMALL + (p - self->src) : IOVA + (p - self->memory);
}

/* The device reads here */
static int load(struct _test_data_memory *self, const char *from)
{
	return edu_load(&self->hw.edu, iova_of(self, from), EDU_BUFFER_SIZE);
}

/* The device writes there what it has read */
static int store(struct _test_data_memory *self, const char *to)
{
	return edu_store(&self->hw.edu, iova_of(self, to), EDU_BUFFER_SIZE);
}

static bool has(const char *p, __u32 seed)
{
	return mem_is_filled(p, EDU_BUFFER_SIZE, seed);
}

/* All is unmapped, and nothing but the two small pages is pinned: else -EIO */
static int check_end(struct _test_data_memory *self, size_t length)
{
	__u64 unmapped;
	int rc = iommu_unmap_count(self->hw.iommufd, self->hw.ioas_id, IOVA,
				   self->length, &unmapped);

	if (rc)
		return rc;
	return unmapped == length && mem_pinned_pages() == 2 ? 0 : -EIO;
}

TEST_F(memory, device_reaches_both_ends_and_the_middle)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_EQ(self->length / self->page + 2, mem_pinned_pages());
	ASSERT_OK(load(self, self->src));
	ASSERT_OK(store(self, self->first));
	ASSERT_OK(store(self, self->middle));
	ASSERT_OK(store(self, self->last));
	EXPECT_TRUE(has(self->first, 1));
	EXPECT_TRUE(has(self->middle, 1));
	EXPECT_TRUE(has(self->last, 1));
	mem_fill(self->last, EDU_BUFFER_SIZE, 2);
	ASSERT_OK(load(self, self->last));
	ASSERT_OK(store(self, self->first));
	EXPECT_TRUE(has(self->first, 2));
	EXPECT_OK(check_end(self, self->length));
}

TEST_F(memory, device_stays_within_a_part_of_a_page)
{
	/* From the copy inside on, up to the one outside */
	ASSERT_OK(map_part(self, self->inside, self->outside, IOMMU_MAP_RW));
	EXPECT_EQ(MEM_2M / self->page + 2, mem_pinned_pages());
	mem_fill(self->outside, EDU_BUFFER_SIZE, 3);
	mem_fill(self->inside - EDU_BUFFER_SIZE, EDU_BUFFER_SIZE, 3);
	ASSERT_OK(load(self, self->src));
	ASSERT_OK(store(self, self->inside));
	ASSERT_OK(store(self, self->middle));
	ASSERT_OK(store(self, self->outside - EDU_BUFFER_SIZE));
	EXPECT_TRUE(has(self->inside, 1));
	EXPECT_TRUE(has(self->middle, 1));
	EXPECT_TRUE(has(self->outside - EDU_BUFFER_SIZE, 1));
	ASSERT_OK(store(self, self->outside));
	ASSERT_OK(store(self, self->inside - EDU_BUFFER_SIZE));
	EXPECT_TRUE(has(self->outside, 3));
	EXPECT_TRUE(has(self->inside - EDU_BUFFER_SIZE, 3));
	EXPECT_OK(check_end(self, MEM_2M));
}

TEST_F(memory, device_and_process_share_pages_over_fork)
{
	pid_t pid;

	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	/* The child gets copies of what is pinned: there is no other 1G */
	if (variant->kind.page != MEM_1G)
		ASSERT_LE(0, pid);
	mem_fill(self->first, EDU_BUFFER_SIZE, 4);
	ASSERT_OK(load(self, self->first));
	ASSERT_OK(store(self, self->middle));
	EXPECT_TRUE(has(self->middle, 4));
	if (pid > 0) {
		kill(pid, SIGKILL);
		EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	}
	EXPECT_OK(check_end(self, self->length));
}

TEST_F(memory, device_reads_what_is_written_after_a_map_for_reading)
{
	ASSERT_OK(map_all(self, IOMMU_IOAS_MAP_READABLE));
	mem_fill(self->middle, EDU_BUFFER_SIZE, 5);
	ASSERT_OK(load(self, self->middle));
	ASSERT_OK(store(self, self->dst));
	EXPECT_TRUE(has(self->dst, 5));
	/* And cannot write it */
	ASSERT_OK(load(self, self->src));
	ASSERT_OK(store(self, self->middle));
	EXPECT_TRUE(has(self->middle, 5));
	EXPECT_OK(check_end(self, self->length));
}

TEST_HARNESS_MAIN
