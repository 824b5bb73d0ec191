// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents: a sequence of runs of page frames.
 *
 * The first few extents lie in struct iommufd_extents, so that a small range
 * allocates nothing. The others fill 4 KiB chunks, and an index of the chunks
 * says which page each one begins with. Memory that is nothing but single
 * 4 KiB pages thus takes 2 MiB of chunks and some KiB of index a GiB.
 *
 * A page is found by bisection in the index and then by adding up extents in
 * one chunk, which is 4 KiB of consecutive memory at most.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "extent.h"

#define PFN_MASK IOMMUFD_EXTENT_PFN_MASK
#define LEAF IOMMUFD_EXTENT_LEAF

static u64 pack(u64 pfn, u64 npages)
{
	return pfn | (npages - 1) << IOMMUFD_EXTENT_PFN_BITS;
}

static unsigned long extent_pfn(u64 extent)
{
	return extent & PFN_MASK;
}

static unsigned long extent_npages(u64 extent)
{
	return ((extent & ~LEAF) >> IOMMUFD_EXTENT_PFN_BITS) + 1;
}

/* The slot of extent @index; its chunk must exist. */
static u64 *slot(const struct iommufd_extents *extents, unsigned long index)
{
	if (index < IOMMUFD_EXTENTS_INLINE)
		return (u64 *)&extents->embedded[index];

	index -= IOMMUFD_EXTENTS_INLINE;
	return &extents->chunks[index / IOMMUFD_EXTENTS_PER_CHUNK]
			.extents[index % IOMMUFD_EXTENTS_PER_CHUNK];
}

/**
 * iommufd_extents_init() - start with an empty sequence
 * @extents: to initialize
 * @max_pages: no more pages than this will ever be appended
 */
void iommufd_extents_init(struct iommufd_extents *extents,
			  unsigned long max_pages)
{
	extents->max_pages = max_pages;
	extents->npages = 0;
	extents->nr = 0;
	extents->nr_chunks = 0;
	extents->max_chunks = 0;
	extents->room = 0;
	extents->last = NULL;
	extents->chunks = NULL;
}

/**
 * iommufd_extents_clear() - forget all extents and free their memory
 * @extents: afterwards as iommufd_extents_init() left it
 *
 * Never fails and never allocates.
 */
void iommufd_extents_clear(struct iommufd_extents *extents)
{
	unsigned long i;

	for (i = 0; i < extents->nr_chunks; i++)
		kfree(extents->chunks[i].extents);
	kvfree(extents->chunks);
	iommufd_extents_init(extents, extents->max_pages);
}

static int grow_index(struct iommufd_extents *extents)
{
	unsigned long max = extents->max_chunks ? extents->max_chunks * 2 : 1;
	struct iommufd_extent_chunk *chunks;

	chunks = kvmalloc_array(max, sizeof(*chunks), GFP_KERNEL_ACCOUNT);
	if (!chunks)
		return -ENOMEM;

	if (extents->nr_chunks)
		memcpy(chunks, extents->chunks,
		       extents->nr_chunks * sizeof(*chunks));
	kvfree(extents->chunks);
	extents->chunks = chunks;
	extents->max_chunks = max;
	return 0;
}

/*
 * Add a chunk for extents that begin at page @first_page. An extent has at least
 * one page: the pages that are left bound the extents that are left.
 */
static int add_chunk(struct iommufd_extents *extents, unsigned long first_page)
{
	unsigned long size = min_t(unsigned long, IOMMUFD_EXTENTS_PER_CHUNK,
				   extents->max_pages - first_page);
	struct iommufd_extent_chunk *chunk;
	int rc;

	if (extents->nr_chunks == extents->max_chunks) {
		rc = grow_index(extents);
		if (rc)
			return rc;
	}

	chunk = &extents->chunks[extents->nr_chunks];
	chunk->extents = kmalloc_array(size, sizeof(u64), GFP_KERNEL_ACCOUNT);
	if (!chunk->extents)
		return -ENOMEM;
	chunk->first_page = first_page;
	extents->nr_chunks++;
	return 0;
}

/* Drop the extents from @nr on, which never were handed to anyone. */
static void truncate(struct iommufd_extents *extents, unsigned long nr,
		     unsigned long npages)
{
	while (extents->nr_chunks &&
	       extents->chunks[extents->nr_chunks - 1].first_page >= npages)
		kfree(extents->chunks[--extents->nr_chunks].extents);
	extents->nr = nr;
	extents->npages = npages;
	extents->last = nr ? slot(extents, nr - 1) : NULL;
	extents->room = 0;
	if (nr)
		extents->room = IOMMUFD_EXTENTS_INLINE - nr +
				extents->nr_chunks * IOMMUFD_EXTENTS_PER_CHUNK;
}

static int add_extent(struct iommufd_extents *extents, unsigned long pfn,
		      unsigned long npages, u64 leaf)
{
	int rc;

	if (extents->room) {
		extents->last++;
	} else if (!extents->nr) {
		extents->last = extents->embedded;
		extents->room = IOMMUFD_EXTENTS_INLINE;
	} else {
		rc = add_chunk(extents, extents->npages);
		if (rc)
			return rc;
		extents->last = slot(extents, extents->nr);
		extents->room = IOMMUFD_EXTENTS_PER_CHUNK;
	}
	*extents->last = pack(pfn, npages) | leaf;
	extents->room--;
	extents->nr++;
	extents->npages += npages;
	return 0;
}

static int check_room(const struct iommufd_extents *extents, unsigned long pfn,
		      unsigned long npages)
{
	if (!npages || npages > extents->max_pages - extents->npages)
		return -EINVAL;
	if (pfn > PFN_MASK || npages - 1 > PFN_MASK - pfn)
		return -EOVERFLOW;
	return 0;
}

/**
 * iommufd_extents_append_leaf() - add pages that belong together at the end
 * @extents: sequence that nobody reads at the moment
 * @pfn: first page frame
 * @npages: number of pages, not 0
 *
 * They become one extent, which no other one is merged with.
 *
 * Return: as iommufd_extents_append(); -EOVERFLOW as well when there are too
 * many pages for one extent.
 */
int iommufd_extents_append_leaf(struct iommufd_extents *extents,
				unsigned long pfn, unsigned long npages)
{
	int rc;

	rc = check_room(extents, pfn, npages);
	if (rc)
		return rc;
	if (npages > IOMMUFD_EXTENT_MAX_PAGES)
		return -EOVERFLOW;
	return add_extent(extents, pfn, npages, LEAF);
}

/**
 * iommufd_extents_append() - add a run of pages at the end
 * @extents: sequence that nobody reads at the moment
 * @pfn: first page frame
 * @npages: number of pages, not 0
 * @merge_limit: no extent gets longer than this many pages by merging, and
 *	longer runs are cut; 1 to IOMMUFD_EXTENT_MAX_PAGES
 *
 * A run that continues the last extent makes it longer, unless that one is a
 * leaf. All or nothing.
 *
 * Return: 0; -ENOMEM; -EOVERFLOW when a page frame number does not fit in an
 * extent; -EINVAL when there would be more pages than announced.
 */
int iommufd_extents_append(struct iommufd_extents *extents, unsigned long pfn,
			   unsigned long npages, unsigned long merge_limit)
{
	unsigned long old_npages = extents->npages;
	unsigned long old_nr = extents->nr;
	u64 old_last = 0;
	int rc;

	rc = check_room(extents, pfn, npages);
	if (rc)
		return rc;

	if (old_nr) {
		u64 *last = extents->last;
		unsigned long have = extent_npages(*last);

		old_last = *last;
		if (extent_pfn(*last) + have == pfn && have < merge_limit &&
		    !(*last & LEAF)) {
			unsigned long n = min(npages, merge_limit - have);

			*last = pack(extent_pfn(*last), have + n);
			extents->npages += n;
			pfn += n;
			npages -= n;
		}
	}

	while (npages) {
		unsigned long n = min(npages, merge_limit);

		rc = add_extent(extents, pfn, n, 0);
		if (rc)
			goto err_truncate;
		pfn += n;
		npages -= n;
	}
	return 0;

err_truncate:
	truncate(extents, old_nr, old_npages);
	if (old_nr)
		*slot(extents, old_nr - 1) = old_last;
	return rc;
}

/**
 * iommufd_extents_size() - memory that the bookkeeping takes
 * @extents: sequence
 *
 * Return: bytes that are allocated besides struct iommufd_extents itself.
 */
size_t iommufd_extents_size(const struct iommufd_extents *extents)
{
	size_t size = extents->max_chunks * sizeof(*extents->chunks);
	unsigned long i;

	for (i = 0; i < extents->nr_chunks; i++)
		size += sizeof(u64) *
			min_t(unsigned long, IOMMUFD_EXTENTS_PER_CHUNK,
			      extents->max_pages - extents->chunks[i].first_page);
	return size;
}

/* Find the extent that has page @page, and the page that extent begins with. */
static unsigned long find(const struct iommufd_extents *extents,
			  unsigned long page, unsigned long *first_page)
{
	unsigned long lo = 0, hi = extents->nr_chunks;
	unsigned long index = 0, first = 0;

	/* Chunks below lo begin at or before the page, those from hi on behind it. */
	while (lo < hi) {
		unsigned long mid = lo + (hi - lo) / 2;

		if (extents->chunks[mid].first_page <= page)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo) {
		index = IOMMUFD_EXTENTS_INLINE +
			(lo - 1) * IOMMUFD_EXTENTS_PER_CHUNK;
		first = extents->chunks[lo - 1].first_page;
	}

	for (;;) {
		unsigned long npages = extent_npages(*slot(extents, index));

		if (page - first < npages)
			break;
		first += npages;
		index++;
	}
	*first_page = first;
	return index;
}

/**
 * iommufd_extent_iter_start() - begin to walk over a range of pages
 * @iter: to set up; stands before the first run
 * @extents: what to walk
 * @first_page: index of the first page
 * @npages: pages to walk over; those that are not in @extents are left out
 */
void iommufd_extent_iter_start(struct iommufd_extent_iter *iter,
			       const struct iommufd_extents *extents,
			       unsigned long first_page, unsigned long npages)
{
	unsigned long begin, index;

	*iter = (struct iommufd_extent_iter){ .extents = extents };
	if (first_page >= extents->npages)
		return;

	iter->left = min(npages, extents->npages - first_page);
	index = find(extents, first_page, &begin);
	iter->skip = first_page - begin;
	iter->at = slot(extents, index);
	if (index < IOMMUFD_EXTENTS_INLINE) {
		iter->end = extents->embedded + IOMMUFD_EXTENTS_INLINE;
		return;
	}
	index -= IOMMUFD_EXTENTS_INLINE;
	iter->next_chunk = index / IOMMUFD_EXTENTS_PER_CHUNK + 1;
	iter->end = extents->chunks[iter->next_chunk - 1].extents +
		    IOMMUFD_EXTENTS_PER_CHUNK;
}
