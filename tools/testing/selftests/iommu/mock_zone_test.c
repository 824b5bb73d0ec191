// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in areas that nothing may stay in for long is moved elsewhere before it
 * is pinned: so these can still be emptied, be it to unplug memory or to have a
 * large piece of it.
 */
#include <fcntl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/hugepage.h"
#include "lib/kind.h"
#include "lib/pagemap.h"
#include "lib/pins.h"
#include "lib/zone.h"

#define LENGTH (2 * MEM_2M)

/* How much other memory is used up before there is some in an area */
#define MORE (16UL << 20)
#define TRIES 40

FIXTURE_VARIANT(memory)
{
	int (*find)(struct zone *zone);
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, movable_small)
{
	.find = zone_find_movable, .kind = { 0 },
};

FIXTURE_VARIANT_ADD(memory, movable_thp)
{
	.find = zone_find_movable, .kind = { 0, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, movable_hugetlb)
{
	.find = zone_find_movable, .kind = { KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, movable_shared_file)
{
	.find = zone_find_movable, .kind = { KIND_FILE | KIND_SHARED },
};

FIXTURE_VARIANT_ADD(memory, cma_small)
{
	.find = zone_find_cma, .kind = { 0 },
};

FIXTURE_VARIANT_ADD(memory, cma_thp)
{
	.find = zone_find_cma, .kind = { 0, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, cma_shared_file)
{
	.find = zone_find_cma, .kind = { KIND_FILE | KIND_SHARED },
};

/* Huge pages of a pool are where they were when it was filled, or moved to */
static int refill_pool(void)
{
	long count = hugepage_count(MEM_2M);
	int rc = hugepage_set_count(MEM_2M, 0);

	return rc ? rc : hugepage_set_count(MEM_2M, count);
}

/* Have memory of the kind, some of it in the area */
static int place(const struct zone *zone, const struct kind *kind, char *memory)
{
	long count = 0;
	int i, rc = kind->flags & KIND_HUGETLB ? refill_pool() : 0;

	for (i = 0; !count && !rc && i < TRIES; i++) {
		rc = i ? zone_use_up(memory, LENGTH, MORE) : 0;
		rc = rc ? rc : kind_map(kind, memory, LENGTH);
		count = rc ? rc : zone_count(zone, memory, LENGTH);
	}
	return count > 0 ? 0 : count ?: -ENXIO;
}

FIXTURE_SETUP(memory)
{
	struct zone zone;

	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	if (variant->find(&zone))
		SKIP_FROM_SETUP("no such area: boot with movablecore= and cma=");
	if (kind_missing(&variant->kind, LENGTH))
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(place(&zone, &variant->kind, self->memory));
}

static long count_in_area(struct _test_data_memory *self,
			  int (*find)(struct zone *zone))
{
	struct zone zone;
	int rc = find(&zone);

	return rc ? rc : zone_count(&zone, self->memory, LENGTH);
}

/* Each page has a number of its own */
static void write_numbers(struct _test_data_memory *self)
{
	size_t at;

	for (at = 0; at < LENGTH; at += self->page)
		*(size_t *)(self->memory + at) = at;
}

static bool has_numbers(struct _test_data_memory *self)
{
	size_t at;

	for (at = 0; at < LENGTH; at += self->page)
		if (*(size_t *)(self->memory + at) != at)
			return false;
	return true;
}

static int check_device(struct _test_data_memory *self)
{
	int rc = pagemap_check_device(self->fd, self->dev.hwpt, IOVA,
				      self->memory, LENGTH);

	return rc ? rc : check_all(self);
}

TEST_F(memory, moves_away_before_it_is_pinned)
{
	long before, after;

	write_numbers(self);
	EXPECT_LT(0, count_in_area(self, variant->find));
	ASSERT_OK(pins_read(&before));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_EQ(0, count_in_area(self, variant->find));
	EXPECT_OK(check_device(self));
	EXPECT_TRUE(has_numbers(self));
	EXPECT_OK(check_refs(self, 0, LENGTH, 1));
	EXPECT_OK(unmap_and_check(self));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
}

TEST_F(memory, moves_away_before_it_is_pinned_for_reading)
{
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_EQ(0, count_in_area(self, variant->find));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
}

/* Whose address space it is not, and who gets no copy of it either */
TEST_F(memory, moves_away_before_another_process_has_it_pinned)
{
	struct mock_device dev;
	int status = -1;
	pid_t pid;
	__u32 ioas;

	write_numbers(self);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &ioas));
	ASSERT_OK(iommu_map_at(self->fd, ioas, self->memory, LENGTH, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_LT(0, count_in_area(self, variant->find));
	ASSERT_EQ(0, madvise(self->memory, LENGTH, MADV_DONTFORK));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(mock_attach(self->fd, ioas, &dev) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(0, count_in_area(self, variant->find));
	EXPECT_TRUE(has_numbers(self));
	EXPECT_OK(check_refs(self, 0, LENGTH, 1));
	ASSERT_OK(iommu_unmap_all(self->fd, ioas));
	EXPECT_OK(check_refs(self, 0, LENGTH, 0));
}

/* A page that is in the area; -1 if there is none */
static long find_in_area(struct _test_data_memory *self,
			 int (*find)(struct zone *zone))
{
	struct zone zone;
	size_t at;

	if (find(&zone))
		return -1;
	for (at = 0; at < LENGTH; at += self->page)
		if (zone_count(&zone, self->memory + at, self->page) == 1)
			return at;
	return -1;
}

/* A pipe takes a page up, and nobody knows for how long */
TEST_F(memory, is_ENOMEM_while_somebody_else_keeps_it_there)
{
	long at = find_in_area(self, variant->find), before, after;
	struct iovec part = {
		.iov_base = self->memory + at, .iov_len = self->page,
	};
	int ends[2];

	ASSERT_LE(0, at);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ((ssize_t)self->page, vmsplice(ends[1], &part, 1, 0));
	ASSERT_OK(pins_read(&before));
	EXPECT_ERR(ENOMEM, map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
	EXPECT_OK(check_account(self, 0));
	close(ends[0]);
	close(ends[1]);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_EQ(0, count_in_area(self, variant->find));
	EXPECT_OK(check_device(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_HARNESS_MAIN
