/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extents: where pinned memory is, as runs of page frames.
 *
 * A plain data structure: it knows numbers, neither struct page nor an IOMMU,
 * and takes no lock. It is written once, by appending, and then read by any
 * number of readers; the owner keeps these two phases apart.
 */
#ifndef __IOMMUFD_EXTENT_H
#define __IOMMUFD_EXTENT_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/*
 * One extent in 8 bytes: the first page frame number in the low bits, the
 * number of pages less one above, and on top whether it is a leaf. 40 bits of
 * 4 KiB frames are all that the widest physical address in use (52 bits) can
 * name.
 */
#define IOMMUFD_EXTENT_PFN_BITS		40
#define IOMMUFD_EXTENT_NPAGES_BITS	23
#define IOMMUFD_EXTENT_MAX_PAGES	BIT(IOMMUFD_EXTENT_NPAGES_BITS)
#define IOMMUFD_EXTENT_PFN_MASK		(BIT(IOMMUFD_EXTENT_PFN_BITS) - 1)
#define IOMMUFD_EXTENT_LEAF		BIT_ULL(63)

static_assert(IOMMUFD_EXTENT_PFN_BITS + IOMMUFD_EXTENT_NPAGES_BITS + 1 == 64);

/* Extents that need no memory of their own, and extents in a full chunk. */
#define IOMMUFD_EXTENTS_INLINE		4
#define IOMMUFD_EXTENTS_PER_CHUNK	(4096 / sizeof(u64))

/**
 * struct iommufd_extent_chunk - entry of the chunk index
 * @first_page: page index of the chunk's first page in the whole sequence
 * @extents: the chunk: an array of packed extents
 *
 * All chunks but the last one are full.
 */
struct iommufd_extent_chunk {
	unsigned long first_page;
	u64 *extents;
};

/**
 * struct iommufd_extents - a sequence of extents
 * @max_pages: no more pages than this will be appended; bounds the size of the
 *	last chunk, so that small ranges cost little
 * @npages: pages in all extents
 * @nr: extents
 * @nr_chunks: chunks behind the inline extents
 * @max_chunks: room in @chunks
 * @room: extents that fit behind @last, which is not NULL then
 * @last: the last extent, NULL when there is none
 * @chunks: index of the chunks, in ascending order of pages
 * @embedded: the first extents
 */
struct iommufd_extents {
	unsigned long max_pages;
	unsigned long npages;
	unsigned long nr;
	unsigned long nr_chunks;
	unsigned long max_chunks;
	unsigned long room;
	u64 *last;
	struct iommufd_extent_chunk *chunks;
	u64 embedded[IOMMUFD_EXTENTS_INLINE];
};

/**
 * struct iommufd_extent_iter - walk over a range of pages, run by run
 * @extents: what is walked; must not change until the walk is over
 * @at: extent that the next run lies in, unless that is @end
 * @end: end of the chunk, or of the embedded extents, that @at is in
 * @next_chunk: the one behind that
 * @skip: pages of that extent before the next run
 * @left: pages of the range that are still to come
 * @pfn: first page frame of the current run
 * @npages: pages in the current run
 * @leaf: the current run is a leaf, or a part of one
 *
 * A run is an extent, clipped to the range at both ends.
 */
struct iommufd_extent_iter {
	const struct iommufd_extents *extents;
	const u64 *at;
	const u64 *end;
	unsigned long next_chunk;
	unsigned long skip;
	unsigned long left;
	unsigned long pfn;
	unsigned long npages;
	bool leaf;
};

void iommufd_extents_init(struct iommufd_extents *extents,
			  unsigned long max_pages);
void iommufd_extents_clear(struct iommufd_extents *extents);
int iommufd_extents_append(struct iommufd_extents *extents, unsigned long pfn,
			   unsigned long npages, unsigned long merge_limit);
int iommufd_extents_append_leaf(struct iommufd_extents *extents,
				unsigned long pfn, unsigned long npages);
size_t iommufd_extents_size(const struct iommufd_extents *extents);

/**
 * iommufd_extents_first() - where the first page is
 * @extents: sequence that is not empty
 *
 * Return: its page frame.
 */
static inline unsigned long
iommufd_extents_first(const struct iommufd_extents *extents)
{
	return extents->embedded[0] & IOMMUFD_EXTENT_PFN_MASK;
}

void iommufd_extent_iter_start(struct iommufd_extent_iter *iter,
			       const struct iommufd_extents *extents,
			       unsigned long first_page, unsigned long npages);

/**
 * iommufd_extent_iter_next() - go to the next run
 * @iter: iter->pfn and iter->npages are the run
 *
 * Return: false when the walk is over.
 */
static inline bool iommufd_extent_iter_next(struct iommufd_extent_iter *iter)
{
	u64 extent;

	if (!iter->left)
		return false;

	if (iter->at == iter->end) {
		iter->at = iter->extents->chunks[iter->next_chunk++].extents;
		iter->end = iter->at + IOMMUFD_EXTENTS_PER_CHUNK;
	}
	extent = *iter->at++;
	iter->pfn = (extent & IOMMUFD_EXTENT_PFN_MASK) + iter->skip;
	iter->npages = (extent << 1 >> (IOMMUFD_EXTENT_PFN_BITS + 1)) + 1 -
		       iter->skip;
	if (iter->npages > iter->left)
		iter->npages = iter->left;
	iter->left -= iter->npages;
	iter->leaf = extent & IOMMUFD_EXTENT_LEAF;
	iter->skip = 0;
	return true;
}

#endif
