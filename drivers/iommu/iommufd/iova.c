// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOVAs can be used: ranges that hardware takes away, and the choice of
 * a free one.
 *
 * "last" is inclusive throughout, so that a range can end at the last address.
 */
#include <linux/align.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "iopt.h"
#include "iova.h"

/**
 * struct reserved_range - IOVAs that cannot be mapped
 * @node: (v) The range, in iopt->reserved
 * @owner: (i) Who reserved it and will take it back
 */
struct reserved_range {
	struct interval_tree_node node;
	const void *owner;
};

static struct interval_tree_node *
overlap_locked(struct rb_root_cached *tree, unsigned long start,
	       unsigned long last)
{
	return interval_tree_iter_first(tree, start, last);
}

/**
 * iommufd_iova_check_locked() - May this range be mapped?
 * @iopt: iova_rwsem is held
 * @iova: First address
 * @length: Bytes, not 0
 *
 * Return: 0, -EINVAL misaligned or reserved, -EOVERFLOW beyond the last
 * address, -EEXIST when part of it is mapped
 */
int iommufd_iova_check_locked(struct iommufd_iopt *iopt, unsigned long iova,
			      unsigned long length)
{
	unsigned long last;

	lockdep_assert_held(&iopt->iova_rwsem);
	if (check_add_overflow(iova, length - 1, &last))
		return -EOVERFLOW;
	if (!IS_ALIGNED(iova | length, IOMMUFD_IOVA_ALIGNMENT))
		return -EINVAL;
	if (overlap_locked(&iopt->reserved, iova, last))
		return -EINVAL;
	if (overlap_locked(&iopt->areas, iova, last))
		return -EEXIST;
	return 0;
}

/*
 * The lowest hole of @length bytes at or above @from with this alignment. Each
 * step passes one obstacle.
 */
static int lowest_hole_locked(struct iommufd_iopt *iopt, unsigned long from,
			      unsigned long length, unsigned long alignment,
			      unsigned long offset, unsigned long *iova)
{
	struct interval_tree_node *node;
	unsigned long start, last;

	for (;;) {
		/* The lowest start >= from that is offset modulo alignment. */
		if (check_add_overflow(from, (offset - from) & (alignment - 1),
				       &start) ||
		    check_add_overflow(start, length - 1, &last))
			return -ENOSPC;

		node = overlap_locked(&iopt->reserved, start, last);
		if (!node)
			node = overlap_locked(&iopt->areas, start, last);
		if (!node) {
			*iova = start;
			return 0;
		}
		if (node->last == ULONG_MAX)
			return -ENOSPC;
		from = node->last + 1;
		cond_resched();
	}
}

/**
 * iommufd_iova_choose_locked() - Find room for a mapping
 * @iopt: iova_rwsem is held for writing
 * @iova: The choice
 * @uptr: Where the memory is; the choice is congruent to it modulo the largest
 *        page size that the memory can have, where there is room like that
 * @length: Bytes, not 0
 *
 * Takes the lowest room, which keeps I/O page tables dense. Never 0, which
 * devices and programs take for "no address".
 *
 * Return: 0, -EINVAL misaligned, -EOVERFLOW too long, -ENOSPC
 */
int iommufd_iova_choose_locked(struct iommufd_iopt *iopt, unsigned long *iova,
			       unsigned long uptr, unsigned long length)
{
	static const unsigned long alignments[] = { PUD_SIZE, PMD_SIZE,
						    PAGE_SIZE };
	unsigned long from = max(iopt->hole_hint, PAGE_SIZE);
	unsigned int i;

	lockdep_assert_held_write(&iopt->iova_rwsem);
	if (length >= ULONG_MAX / 2)
		return -EOVERFLOW;
	if (!IS_ALIGNED(length, IOMMUFD_IOVA_ALIGNMENT))
		return -EINVAL;

	for (i = 0; i < ARRAY_SIZE(alignments); i++) {
		unsigned long alignment = alignments[i];

		if (length < alignment && alignment != PAGE_SIZE)
			continue;
		if (lowest_hole_locked(iopt, from, length, alignment,
				       uptr & (alignment - 1), iova))
			continue;
		/* One page at the hint: the hint was exact and moves on. */
		if (*iova == from)
			iopt->hole_hint = *iova + length;
		return 0;
	}
	return -ENOSPC;
}

static void unreserve_locked(struct iommufd_iopt *iopt, const void *owner)
{
	struct interval_tree_node *node, *next;

	lockdep_assert_held_write(&iopt->iova_rwsem);
	for (node = interval_tree_iter_first(&iopt->reserved, 0, ULONG_MAX);
	     node; node = next) {
		struct reserved_range *range =
			container_of(node, struct reserved_range, node);

		next = interval_tree_iter_next(node, 0, ULONG_MAX);
		if (range->owner != owner)
			continue;
		iopt->hole_hint = min(iopt->hole_hint, node->start);
		interval_tree_remove(node, &iopt->reserved);
		kfree(range);
	}
}

/**
 * iommufd_iova_reserve() - Keep a range of IOVAs from being mapped
 * @iopt: Where
 * @start: First address
 * @last: Last address
 * @owner: Names all ranges of the caller's for iommufd_iova_unreserve()
 *
 * Return: 0, -EADDRINUSE when part of it is mapped already, -ENOMEM, -EINVAL
 * when @last is below @start
 */
int iommufd_iova_reserve(struct iommufd_iopt *iopt, unsigned long start,
			 unsigned long last, const void *owner)
{
	struct reserved_range *range;

	if (start > last)
		return -EINVAL;
	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return -ENOMEM;
	range->node.start = start;
	range->node.last = last;
	range->owner = owner;

	down_write(&iopt->iova_rwsem);
	if (overlap_locked(&iopt->areas, start, last)) {
		up_write(&iopt->iova_rwsem);
		kfree(range);
		return -EADDRINUSE;
	}
	interval_tree_insert(&range->node, &iopt->reserved);
	up_write(&iopt->iova_rwsem);
	return 0;
}

/**
 * iommufd_iova_unreserve() - Take back all that an owner reserved
 * @iopt: Where
 * @owner: As given to iommufd_iova_reserve(); need not have reserved anything
 */
void iommufd_iova_unreserve(struct iommufd_iopt *iopt, const void *owner)
{
	down_write(&iopt->iova_rwsem);
	unreserve_locked(iopt, owner);
	up_write(&iopt->iova_rwsem);
}

/* Note a usable range down, or only count it when there is no room left. */
static void note_range(struct iommu_iova_range *ranges, size_t room,
		       size_t *count, unsigned long start, unsigned long last)
{
	if (*count < room) {
		ranges[*count].start = start;
		ranges[*count].last = last;
	}
	(*count)++;
}

/**
 * iommufd_iova_ranges() - List the IOVAs that are not reserved
 * @iopt: Where
 * @ranges: Array for the first of them, sorted
 * @room: Its length
 *
 * Return: how many there are, which may be more than @room
 */
size_t iommufd_iova_ranges(struct iommufd_iopt *iopt,
			   struct iommu_iova_range *ranges, size_t room)
{
	struct interval_tree_node *node;
	unsigned long start = 0;
	bool at_end = false;
	size_t count = 0;

	down_read(&iopt->iova_rwsem);
	for (node = interval_tree_iter_first(&iopt->reserved, 0, ULONG_MAX);
	     node && !at_end;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (node->start > start)
			note_range(ranges, room, &count, start, node->start - 1);
		if (node->last == ULONG_MAX)
			at_end = true;
		else
			start = max(start, node->last + 1);
	}
	if (!at_end)
		note_range(ranges, room, &count, start, ULONG_MAX);
	up_read(&iopt->iova_rwsem);
	return count;
}
