// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bitmaps of programs, part by part, against a naive model: no bit is lost where
 * two parts meet, none is set beside the bitmap, and a page that cannot be
 * pinned is told of.
 */
#include <linux/iova_bitmap.h>
#include <linux/mm.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/random.h"
#include "tap.h"

#define NPAGES	40
#define MAX_BITS (NPAGES / 2 * PAGE_SIZE * 8)
#define GUARD	0xa5

/* The program's memory, and from which byte on it cannot be written */
static u8 *memory;
static size_t writable;
static unsigned int most;	/* pages that are pinned at once */
static long pinned;

long pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int flags,
			 struct page **pages)
{
	unsigned long at = start & ~(PAGE_SIZE - 1);
	int n = 0, want = nr_pages;

	if (most && want > 1 + (int)random_below(most))
		want = 1 + random_below(most);
	if (!(flags & FOLL_WRITE))
		return -EINVAL;
	for (; n < want && n < nr_pages; n++, at += PAGE_SIZE) {
		if (at - (unsigned long)memory >= writable)
			break;
		pages[n] = (struct page *)at;
	}
	pinned += n;
	return n ?: -EFAULT;
}

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool make_dirty)
{
	/* Without it a file may never be written back. */
	if (make_dirty)
		pinned -= npages;
}

/**
 * struct world - What devices have written, and the program's bitmap
 * @iova: where it begins
 * @shift: of its pages, as a power of two
 * @nbits: how many
 * @leaf: pages of a leaf, which are dirty together
 * @dirty: of each leaf, the first one that reaches into the range first
 * @first_leaf: its number, in leaves from address 0
 * @data: the bitmap, somewhere in memory
 * @next: where the next part has to begin
 * @forgets: leaves that were told are clean, as in some devices; else those of
 *           which all was told
 */
static struct world {
	unsigned long iova;
	unsigned int shift;
	unsigned long nbits;
	unsigned long leaf;
	bool dirty[MAX_BITS + 1];
	unsigned long first_leaf;
	u8 *data;
	unsigned long next;
	bool forgets;
} w;

static unsigned long leaf_bytes(void)
{
	return w.leaf << w.shift;
}

static bool is_dirty(unsigned long bit)
{
	unsigned long page = (w.iova >> w.shift) + bit;

	return w.dirty[page / w.leaf - w.first_leaf];
}

static unsigned long nleaves(void)
{
	unsigned long last = (w.iova >> w.shift) + w.nbits - 1;

	return last / w.leaf - w.first_leaf + 1;
}

static void make_world(void)
{
	unsigned long i;

	w.shift = 12 + random_below(10);
	w.nbits = 1 + random_below(random_below(4) ? 2000 : MAX_BITS);
	w.leaf = 1UL << random_below(10);
	w.iova = (random_u64() >> 8) >> w.shift << w.shift;
	w.first_leaf = (w.iova >> w.shift) / w.leaf;
	for (i = 0; i < nleaves(); i++)
		w.dirty[i] = !random_below(3);
	memset(memory, 0, NPAGES * PAGE_SIZE);
	w.data = memory + 64 + random_below(4 * PAGE_SIZE);
	writable = NPAGES * PAGE_SIZE;
	most = random_below(5);
	w.next = w.iova;
	/* What is beside it: full bytes, as a bitmap ends with a byte */
	memset(memory, GUARD, w.data - memory);
	memset(w.data + DIV_ROUND_UP(w.nbits, 8), GUARD,
	       memory + NPAGES * PAGE_SIZE - w.data - DIV_ROUND_UP(w.nbits, 8));
}

static int tell(struct iova_bitmap *bitmap, unsigned long iova, size_t length,
		void *data)
{
	unsigned long leaf, first = iova / leaf_bytes();
	unsigned long last = (iova + length - 1) / leaf_bytes();

	if (iova != w.next)
		return -EPROTO;
	w.next = iova + length;
	for (leaf = first; leaf <= last; leaf++) {
		unsigned long start = leaf * leaf_bytes();
		bool whole = start >= iova &&
			     start + leaf_bytes() <= iova + length;
		bool *dirty = &w.dirty[leaf - w.first_leaf];
		unsigned long from = start < iova ? iova : start;
		unsigned long end = start + leaf_bytes();

		if (!*dirty)
			continue;
		if (w.forgets) {
			iova_bitmap_set(bitmap, start, leaf_bytes());
			*dirty = false;
			continue;
		}
		if (end > iova + length)
			end = iova + length;
		iova_bitmap_set(bitmap, from, end - from);
		*dirty = !whole;
	}
	return 0;
}

static int read_all(void)
{
	struct iova_bitmap *bitmap;
	int rc;

	w.next = w.iova;
	bitmap = iova_bitmap_alloc(w.iova, w.nbits << w.shift, 1UL << w.shift,
				   (u64 *)w.data);
	if (IS_ERR(bitmap))
		return PTR_ERR(bitmap);
	rc = iova_bitmap_for_each(bitmap, NULL, tell);
	iova_bitmap_free(bitmap);
	return rc;
}

static bool is_set(const u8 *data, unsigned long bit)
{
	return data[bit / 8] & 1 << bit % 8;
}

static void check_guards(void)
{
	u8 *p, *end = w.data + DIV_ROUND_UP(w.nbits, 8);
	unsigned long bit;

	for (p = memory; p < w.data; p++)
		check_eq(*p, GUARD);
	for (p = end; p < memory + NPAGES * PAGE_SIZE; p++)
		check_eq(*p, GUARD);
	for (bit = w.nbits; bit % 8; bit++)
		check(!is_set(w.data, bit));
}

static bool wanted[MAX_BITS];

static void remember_wanted(void)
{
	unsigned long bit;

	for (bit = 0; bit < w.nbits; bit++)
		wanted[bit] = is_dirty(bit);
}

static void check_all_are_there(void)
{
	unsigned long bit;

	for (bit = 0; bit < w.nbits; bit++)
		check_eq(is_set(w.data, bit), wanted[bit]);
	check_guards();
	check_eq(pinned, 0);
}

/* One that reaches across both parts is told once, and forgotten. */
static void no_bit_is_lost_where_two_parts_meet(void)
{
	int round;

	for (round = 0; round < 3000; round++) {
		make_world();
		w.forgets = true;
		remember_wanted();
		check_eq(read_all(), 0);
		check_eq(w.next, w.iova + (w.nbits << w.shift));
		check_all_are_there();
	}
}

static void leaves_that_are_told_in_parts_are_whole_in_the_end(void)
{
	int round;

	for (round = 0; round < 3000; round++) {
		make_world();
		w.forgets = false;
		remember_wanted();
		check_eq(read_all(), 0);
		check_all_are_there();
	}
}

static void what_cannot_be_delivered_stays_dirty(void)
{
	int round;

	for (round = 0; round < 3000; round++) {
		int rc;

		make_world();
		w.forgets = false;
		remember_wanted();
		writable = ALIGN_DOWN(random_below(w.data - memory +
						   w.nbits / 8 + 1),
				      PAGE_SIZE);
		rc = read_all();
		check(rc == 0 || rc == -EFAULT);
		check_eq(pinned, 0);
		writable = NPAGES * PAGE_SIZE;
		check_eq(read_all(), 0);
		check_all_are_there();
	}
}

static int note_part(struct iova_bitmap *bitmap, unsigned long iova,
		     size_t length, void *data)
{
	unsigned long *parts = data;

	if (iova != w.next)
		return -EPROTO;
	w.next = iova + length;
	if (w.next != w.iova + (400UL << 30) && w.next % SZ_1G)
		return -EDOM;
	(*parts)++;
	return 0;
}

/* Of 64 GiB, less what the bitmap's place in its first page takes */
static void parts_end_between_the_largest_leaves(void)
{
	size_t size = (400UL << 30) / PAGE_SIZE / 8 + 2 * PAGE_SIZE;
	u8 *small = memory;
	int offset;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(memory != MAP_FAILED);
	writable = size;
	most = 0;
	for (offset = 0; offset < 4096; offset += 8) {
		unsigned long parts = 0;
		struct iova_bitmap *bitmap;

		w.iova = 1UL << 40;
		w.next = w.iova;
		bitmap = iova_bitmap_alloc(w.iova, 400UL << 30, PAGE_SIZE,
					   (u64 *)(memory + offset));
		check(!IS_ERR(bitmap));
		check_eq(iova_bitmap_for_each(bitmap, &parts, note_part), 0);
		iova_bitmap_free(bitmap);
		check_eq(w.next, w.iova + (400UL << 30));
		check_eq(parts, 7);
	}
	munmap(memory, size);
	memory = small;
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "no bit is lost where two parts meet",
		  no_bit_is_lost_where_two_parts_meet },
		{ "leaves that are told in parts are whole in the end",
		  leaves_that_are_told_in_parts_are_whole_in_the_end },
		{ "what cannot be delivered stays dirty",
		  what_cannot_be_delivered_stays_dirty },
		{ "parts end between the largest leaves",
		  parts_end_between_the_largest_leaves },
	};

	memory = mmap(NULL, NPAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	return tap_run(tests, sizeof(tests) / sizeof(*tests));
}
