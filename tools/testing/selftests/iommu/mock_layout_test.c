// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of random layouts: pieces of many kinds, cut up at random, of which a
 * random part is mapped at a random address. From one layout to the next there
 * are more cuts, and now and then a piece is made anew. Page by page the device
 * has what /proc/self/pagemap says.
 *
 * All of them follow from one seed, which is shown. LAYOUT_SEED in the
 * environment sets it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/hugepage.h"
#include "lib/kind.h"
#include "lib/pagemap.h"
#include "lib/pins.h"

#define SLOTS 3
#define CUTS 4
#define LENGTH (SLOTS * KIND_SLOT)

/* So many, or as many as time permits: but some at least */
#define MAPPED 500
#define REFUSED 100
#define SECONDS 60
#define FEWEST 10

/* Most layouts are of few pages */
#define FEW 64

/* What is at @from is mapped at @iova */
struct layout {
	unsigned int first_seed;
	unsigned int seed;	/* what comes next of a random sequence */
	time_t end;
	unsigned int round;
	bool hugetlb[SLOTS];
	char *memory;
	size_t page;
	size_t from;
	size_t length;
	__u64 iova;
	__u32 prot;
	bool read_only;		/* some of it, so that it cannot be written */
};

FIXTURE_VARIANT(memory)
{
	bool huge;
};

FIXTURE_VARIANT_ADD(memory, small_leaves) { .huge = false };
FIXTURE_VARIANT_ADD(memory, huge_leaves) { .huge = true };

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(variant->huge))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	if (hugepage_count(MEM_2M) < 2 * SLOTS)
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(open_all(self, LENGTH));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

static size_t any(struct layout *layout, size_t below)
{
	return rand_r(&layout->seed) % below;
}

/* A slot of memory that nobody has touched, or read only, or written a bit */
static int map_sparse(struct layout *layout, char *at)
{
	size_t i, stride = 1 + any(layout, 40);

	if (mmap(at, KIND_SLOT, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	if (any(layout, 2) && madvise(at, KIND_SLOT, MADV_POPULATE_READ))
		return -errno;
	for (i = 0; i < KIND_SLOT; i += stride * layout->page)
		at[i] = i;
	return 0;
}

static int fill_slot(struct layout *layout, size_t slot)
{
	static const struct kind kinds[] = {
		{ 0 },
		{ .page = MEM_2M },
		{ .page = MEM_2M },
		{ KIND_HUGETLB, MEM_2M },
		{ KIND_HUGETLB | KIND_FILE | KIND_SHARED, MEM_2M },
		{ KIND_FILE | KIND_SHARED },
		{ KIND_FILE },
	};
	const size_t nr = ARRAY_SIZE(kinds);
	char *at = layout->memory + slot * KIND_SLOT;
	size_t i = any(layout, nr + 1);

	layout->hugetlb[slot] = i < nr && kinds[i].flags & KIND_HUGETLB;
	return i < nr ? kind_map(&kinds[i], at, KIND_SLOT) :
			map_sparse(layout, at);
}

/* A part of a slot that can be cut; its start is returned */
static size_t choose_part(struct layout *layout, size_t slot, size_t *length)
{
	size_t most = any(layout, 4) ? 16 : KIND_SLOT / layout->page;
	size_t npages = 1 + any(layout, most);

	*length = npages * layout->page;
	return slot * KIND_SLOT +
	       any(layout, KIND_SLOT / layout->page - npages + 1) *
	       layout->page;
}

/* Move a part elsewhere, and have new memory where it was */
static int move_part(struct layout *layout, size_t from, size_t length)
{
	size_t slot = any(layout, SLOTS), to;
	char *p = layout->memory;

	to = slot * KIND_SLOT + any(layout, (KIND_SLOT - length) /
				    layout->page + 1) * layout->page;
	if (layout->hugetlb[slot] || (from < to + length && to < from + length))
		return 0;
	if (mremap(p + from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p + to) != p + to) {
		/* Not all of one mapping; what was at @to is gone already */
		if (errno != EFAULT)
			return -errno;
		from = to;
	}
	return mmap(p + from, length, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	       MAP_FAILED ? -errno : 0;
}

static int cut(struct layout *layout)
{
	size_t slot = any(layout, SLOTS), at, length;
	int rc = 0;
	char *p;

	at = choose_part(layout, slot, &length);
	p = layout->memory + at;
	if (layout->hugetlb[slot])
		return 0;
	switch (any(layout, 6)) {
	case 0:
		rc = madvise(p, length, MADV_DONTNEED);
		break;
	case 1:
		return move_part(layout, at, length);
	case 2:
		layout->read_only = true;
		rc = mprotect(p, length, PROT_READ);
		break;
	case 3:
		rc = mprotect(p, length, PROT_NONE) ||
		     mprotect(p, length, PROT_READ | PROT_WRITE);
		break;
	case 4:
		rc = madvise(p, length, MADV_DONTNEED) ||
		     madvise(p, length, MADV_POPULATE_READ);
		break;
	default:
		return hugepage_split(p, length);
	}
	return rc ? -errno : 0;
}

/* Where all of it can be read and, for a writable mapping, be written */
static int make_layout(struct layout *layout)
{
	size_t i, cuts, npages = LENGTH / layout->page;
	int rc = 0;

	layout->read_only = false;
	if (!any(layout, 4))
		rc = fill_slot(layout, any(layout, SLOTS));
	cuts = any(layout, CUTS + 1);
	for (i = 0; i < cuts && !rc; i++)
		rc = cut(layout);
	layout->from = any(layout, npages);
	npages -= layout->from;
	if (any(layout, 8) && npages > FEW)
		npages = FEW;
	npages = 1 + any(layout, npages);
	layout->from *= layout->page;
	layout->length = npages * layout->page;
	layout->iova = IOVA + any(layout, 4096) * layout->page;
	layout->prot = layout->read_only || any(layout, 2) ?
		       READABLE : IOMMU_MAP_RW;
	return rc;
}

/* Make what was read-only writable, a mapping after the other */
static int allow_writes(struct layout *layout)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (!layout->hugetlb[i] &&
		    mprotect(layout->memory + i * KIND_SLOT, KIND_SLOT,
			     PROT_READ | PROT_WRITE))
			return -errno;
	return 0;
}

static uint64_t *tag_of(const struct layout *layout, char *memory, size_t at)
{
	return (uint64_t *)(memory + at + at / layout->page % 500 * 8);
}

static void write_tags(const struct layout *layout, char *memory, uint64_t tag)
{
	size_t at;

	for (at = 0; at < layout->length; at += layout->page)
		*tag_of(layout, memory, at) = tag + at;
}

static int check_tags(const struct layout *layout, char *memory, uint64_t tag)
{
	size_t at;

	for (at = 0; at < layout->length; at += layout->page)
		if (*tag_of(layout, memory, at) !=
		    tag + at)
			return -EIO;
	return 0;
}

/* What the process writes is read from the IOAS, and the other way round */
static int check_data(int fd, int access, struct layout *layout, char *buffer)
{
	char *memory = layout->memory + layout->from;
	int rc = allow_writes(layout);

	if (rc)
		return rc;
	write_tags(layout, memory, layout->seed);
	rc = access_rw(fd, access, layout->iova, buffer, layout->length, 0);
	rc = rc ? rc : check_tags(layout, buffer, layout->seed);
	if (rc || layout->prot == READABLE)
		return rc;
	write_tags(layout, buffer, ~(uint64_t)layout->seed);
	rc = access_rw(fd, access, layout->iova, buffer, layout->length,
		       MOCK_ACCESS_RW_WRITE);
	return rc ? rc : check_tags(layout, memory, ~(uint64_t)layout->seed);
}

static int map_layout(struct _test_data_memory *self, struct layout *layout)
{
	return iommu_map_at(self->fd, self->ioas, layout->memory + layout->from,
			    layout->length, layout->iova, layout->prot);
}

static int check_layout(struct _test_data_memory *self, int access,
			struct layout *layout, char *buffer)
{
	const char *memory = layout->memory + layout->from;
	int rc = map_layout(self, layout);

	if (rc)
		return rc;
	rc = pagemap_check_device(self->fd, self->dev.hwpt, layout->iova,
				  memory, layout->length);
	rc = rc ? rc : mock_check_ends(self->fd, self->dev.hwpt, layout->iova,
				       memory, layout->length);
	rc = rc ? rc : check_data(self->fd, access, layout, buffer);
	rc = rc ? rc : check_account(self, layout->length);
	return rc ? rc : unmap_all(self);
}

static int refuse_layout(struct _test_data_memory *self, struct layout *layout)
{
	size_t hole = any(layout, layout->length / layout->page) * layout->page;
	size_t slot = (layout->from + hole) / KIND_SLOT;
	int rc;

	if (layout->hugetlb[slot])
		rc = munmap(layout->memory + slot * KIND_SLOT, KIND_SLOT);
	else
		rc = munmap(layout->memory + layout->from + hole, layout->page);
	if (rc)
		return -errno;
	rc = map_layout(self, layout);
	if (rc != -EFAULT)
		return rc ? rc : -EEXIST;
	rc = check_account(self, 0);
	rc = rc ? rc : fill_slot(layout, slot);
	return rc ? rc : allow_writes(layout);
}

static int start_layouts(struct _test_data_memory *self, struct layout *layout)
{
	const char *seed = getenv("LAYOUT_SEED");
	size_t i;
	int rc = 0;

	memset(layout, 0, sizeof(*layout));
	layout->first_seed = seed ? strtoul(seed, NULL, 0) : time(NULL);
	layout->seed = layout->first_seed;
	layout->end = time(NULL) + SECONDS;
	layout->memory = self->memory;
	layout->page = self->page;
	for (i = 0; i < SLOTS && !rc; i++)
		rc = fill_slot(layout, i);
	return rc;
}

static bool go_on(const struct layout *layout, unsigned int most)
{
	return layout->round < FEWEST ||
	       (layout->round < most && time(NULL) < layout->end);
}

#define LOG_ROUND() \
	TH_LOG("layout %u of LAYOUT_SEED=%u", layout.round, layout.first_seed)

TEST_F(memory, any_layout_is_mapped_page_by_page)
{
	int access = access_open(self->fd, self->ioas, 0);
	char *buffer = mem_alloc(LENGTH);
	struct layout layout;
	long before, after;

	ASSERT_LE(0, access);
	ASSERT_NE(NULL, buffer);
	ASSERT_OK(start_layouts(self, &layout));
	ASSERT_OK(pins_read(&before));
	for (; go_on(&layout, MAPPED); layout.round++) {
		ASSERT_OK(make_layout(&layout))
			LOG_ROUND();
		ASSERT_OK(check_layout(self, access, &layout, buffer))
			LOG_ROUND();
		ASSERT_OK(pins_read(&after));
		ASSERT_EQ(before, after)
			LOG_ROUND();
	}
	LOG_ROUND();
	close(access);
	mem_free(buffer, LENGTH);
}

TEST_F(memory, any_layout_with_a_hole_is_EFAULT_and_leaves_no_pin)
{
	struct layout layout;
	long before, after;

	ASSERT_OK(start_layouts(self, &layout));
	ASSERT_OK(pins_read(&before));
	for (; go_on(&layout, REFUSED); layout.round++) {
		ASSERT_OK(make_layout(&layout))
			LOG_ROUND();
		ASSERT_OK(refuse_layout(self, &layout))
			LOG_ROUND();
		ASSERT_OK(pins_read(&after));
		ASSERT_EQ(before, after)
			LOG_ROUND();
	}
	LOG_ROUND();
}

TEST_HARNESS_MAIN
