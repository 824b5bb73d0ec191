// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and swap space: what was swapped out is back when it is mapped, and
 * what is mapped is not swapped out.
 */
#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/kind.h"
#include "lib/loop.h"
#include "lib/pagemap.h"
#include "lib/pins.h"
#include "lib/swap.h"

#define LENGTH (2 * MEM_2M)
#define SECONDS 10
#define MOST_SECONDS 60
#define FEWEST 2

FIXTURE_VARIANT(memory)
{
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, small) { .kind = { 0 } };
FIXTURE_VARIANT_ADD(memory, thp) { .kind = { .page = MEM_2M } };
FIXTURE_VARIANT_ADD(memory, shared_file)
{
	.kind = { KIND_FILE | KIND_SHARED },
};

/* Each page has a number of its own */
static void write_numbers(struct _test_data_memory *self, size_t first)
{
	size_t at;

	for (at = 0; at < LENGTH; at += self->page)
		*(size_t *)(self->memory + at) = first + at;
}

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	if (swap_on())
		SKIP_FROM_SETUP("no swap space to be had");
	ASSERT_OK(swap_enter());
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(kind_map(&variant->kind, self->memory, LENGTH));
	write_numbers(self, 0);
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

/* Does the device read what was written? */
static int device_reads(struct _test_data_memory *self, size_t first)
{
	int access = access_open(self->fd, self->ioas, 0), rc = 0;
	size_t at, number;

	if (access < 0)
		return access;
	for (at = 0; at < LENGTH && !rc; at += self->page) {
		rc = access_rw(self->fd, access, IOVA + at, &number,
			       sizeof(number), 0);
		if (!rc && number != first + at)
			rc = -EIO;
	}
	close(access);
	return rc;
}

static int check_device(struct _test_data_memory *self)
{
	int rc = pagemap_check_device(self->fd, self->dev.hwpt, IOVA,
				      self->memory, LENGTH);

	return rc ? rc : check_all(self);
}

TEST_F(memory, what_was_swapped_out_is_back_for_the_device)
{
	ASSERT_OK(swap_out(self->memory, LENGTH));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(device_reads(self, 0));
	EXPECT_OK(check_device(self));
	EXPECT_OK(check_refs(self, 0, LENGTH, 1));
	EXPECT_OK(check_account(self, LENGTH));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_was_swapped_out_is_back_for_a_device_that_reads)
{
	ASSERT_OK(swap_out(self->memory, LENGTH));
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_OK(device_reads(self, 0));
	write_numbers(self, 1);
	EXPECT_OK(device_reads(self, 1));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
}

/* Then it is in the swap space still, and the process may only read it */
TEST_F(memory, what_the_process_has_read_back_is_the_devices_page_too)
{
	ASSERT_OK(swap_out(self->memory, LENGTH));
	ASSERT_EQ(0, madvise(self->memory, LENGTH, MADV_POPULATE_READ));
	ASSERT_OK(map_all(self, READABLE));
	write_numbers(self, 1);
	EXPECT_OK(device_reads(self, 1));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_a_device_wrote_is_swapped_out_after_it_was_unmapped)
{
	int access = access_open(self->fd, self->ioas, 0);
	const size_t number = LENGTH;

	ASSERT_LE(0, access);
	/* Clean: on the disk, and as it is there */
	ASSERT_OK(swap_out(self->memory, LENGTH));
	ASSERT_EQ(0, madvise(self->memory, LENGTH, MADV_POPULATE_READ));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(access_rw(self->fd, access, IOVA, (void *)&number,
			    sizeof(number), MOCK_ACCESS_RW_WRITE));
	ASSERT_OK(unmap_and_check(self));
	ASSERT_OK(swap_out(self->memory, 2 * self->page));
	EXPECT_EQ(number, *(size_t *)self->memory);
	EXPECT_EQ(self->page, *(size_t *)(self->memory + self->page));
}

/*
 * The process gives it up, as far as it can know of what is in there. Who unpins
 * has to tell that there is more.
 */
TEST_F(memory, what_a_device_wrote_is_not_thrown_away)
{
	int access = access_open(self->fd, self->ioas, 0);
	const size_t number = LENGTH;

	ASSERT_LE(0, access);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	if (!variant->kind.flags)
		ASSERT_EQ(0, madvise(self->memory, LENGTH, MADV_FREE));
	ASSERT_OK(access_rw(self->fd, access, IOVA, (void *)&number,
			    sizeof(number), MOCK_ACCESS_RW_WRITE));
	ASSERT_OK(unmap_and_check(self));
	ASSERT_OK(swap_out(self->memory, 2 * self->page));
	EXPECT_EQ(number, *(size_t *)self->memory);
	EXPECT_EQ(self->page, *(size_t *)(self->memory + self->page));
}

TEST_F(memory, what_is_mapped_stays_where_it_is)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_ERR(EAGAIN, swap_out(self->memory, LENGTH));
	EXPECT_EQ((long)(LENGTH / self->page),
		  swap_resident(self->memory, LENGTH));
	EXPECT_OK(device_reads(self, 0));
	write_numbers(self, 1);
	EXPECT_OK(device_reads(self, 1));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	EXPECT_OK(swap_out(self->memory, LENGTH));
}

/* Memory next to it goes, so the kernel did look for some */
TEST_F(memory, what_is_mapped_stays_when_memory_is_short)
{
	char *other = mem_alloc_aligned(LENGTH, MEM_2M);
	const long npages = LENGTH / self->page;
	int try;

	ASSERT_NE(NULL, other);
	mem_fill(other, LENGTH, 1);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	for (try = 0; try < 50; try++) {
		swap_reclaim(LENGTH);
		if (swap_resident(other, LENGTH) < npages)
			break;
	}
	EXPECT_GT(npages, swap_resident(other, LENGTH));
	EXPECT_OK(device_reads(self, 0));
	write_numbers(self, 1);
	EXPECT_OK(device_reads(self, 1));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
	EXPECT_TRUE(mem_is_filled(other, LENGTH, 1));
	mem_free(other, LENGTH);
}

static atomic_long pages_out;

static int page_out(void *data)
{
	struct _test_data_memory *self = data;
	long resident;

	if (madvise(self->memory, LENGTH, MADV_PAGEOUT))
		return -errno;
	resident = swap_resident(self->memory, LENGTH);
	if (resident < 0)
		return resident;
	pages_out += LENGTH / self->page - resident;
	return 0;
}

/* On a slow machine it takes long until the two have met */
static bool goes_on(unsigned int rounds, time_t seconds)
{
	return rounds < FEWEST || seconds < SECONDS ||
	       (!pages_out && seconds < MOST_SECONDS);
}

TEST_F(memory, swapped_out_during_a_map)
{
	const time_t start = time(NULL);
	long before, after;
	unsigned int rounds;
	struct loop loop;

	ASSERT_OK(pins_read(&before));
	ASSERT_OK(loop_start(&loop, page_out, self));
	for (rounds = 0; goes_on(rounds, time(NULL) - start); rounds++) {
		ASSERT_OK(map_all(self, IOMMU_MAP_RW));
		ASSERT_OK(check_all(self));
		ASSERT_OK(device_reads(self, rounds));
		write_numbers(self, rounds + 1);
		ASSERT_OK(device_reads(self, rounds + 1));
		ASSERT_OK(unmap_all(self));
	}
	EXPECT_OK(loop_stop(&loop));
	TH_LOG("mapped %u times, %ld pages swapped out", rounds, pages_out);
	EXPECT_LT(0, pages_out);
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
}

TEST_HARNESS_MAIN
