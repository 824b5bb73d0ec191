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
 * number of pages less one above. 40 bits of 4 KiB frames are all that the
 * widest physical address in use (52 bits) can name.
 */
#define IOMMUFD_EXTENT_PFN_BITS		40
#define IOMMUFD_EXTENT_NPAGES_BITS	24
#define IOMMUFD_EXTENT_MAX_PAGES	BIT(IOMMUFD_EXTENT_NPAGES_BITS)

static_assert(IOMMUFD_EXTENT_PFN_BITS + IOMMUFD_EXTENT_NPAGES_BITS == 64);

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
 * @chunks: index of the chunks, in ascending order of pages
 * @embedded: the first extents
 */
struct iommufd_extents {
	unsigned long max_pages;
	unsigned long npages;
	unsigned long nr;
	unsigned long nr_chunks;
	unsigned long max_chunks;
	struct iommufd_extent_chunk *chunks;
	u64 embedded[IOMMUFD_EXTENTS_INLINE];
};

/**
 * struct iommufd_extent_iter - walk over a range of pages, run by run
 * @extents: what is walked; must not change until the walk is over
 * @index: extent that the next run lies in
 * @skip: pages of that extent before the next run
 * @left: pages of the range that are still to come
 * @pfn: first page frame of the current run
 * @npages: pages in the current run
 *
 * A run is an extent, clipped to the range at both ends.
 */
struct iommufd_extent_iter {
	const struct iommufd_extents *extents;
	unsigned long index;
	unsigned long skip;
	unsigned long left;
	unsigned long pfn;
	unsigned long npages;
};

void iommufd_extents_init(struct iommufd_extents *extents,
			  unsigned long max_pages);
void iommufd_extents_clear(struct iommufd_extents *extents);
int iommufd_extents_append(struct iommufd_extents *extents, unsigned long pfn,
			   unsigned long npages, unsigned long merge_limit);
size_t iommufd_extents_size(const struct iommufd_extents *extents);

void iommufd_extent_iter_start(struct iommufd_extent_iter *iter,
			       const struct iommufd_extents *extents,
			       unsigned long first_page, unsigned long npages);
bool iommufd_extent_iter_next(struct iommufd_extent_iter *iter);

#endif
