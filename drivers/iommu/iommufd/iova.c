// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOVAs can be used: ranges that hardware takes away, and the choice of
 * a free one.
 *
 * "last" is inclusive throughout, so that a range can end at the last address.
 */
#include <linux/align.h>
#include <linux/interval_tree.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "area.h"
#include "iopt.h"
#include "iova.h"
#include "refuse.h"

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
 * @iopt: iova_rwsem is held, domains_rwsem for reading
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
		return iommufd_refuse(-EOVERFLOW, "range ends beyond 64 bits");
	if (!IS_ALIGNED(iova | length, iopt->alignment))
		return iommufd_refuse(-EINVAL, "IOVA is not aligned");
	if (overlap_locked(&iopt->reserved, iova, last))
		return iommufd_refuse(-EINVAL, "IOVAs are reserved");
	if (iommufd_area_first(iopt, iova, last))
		return iommufd_refuse(-EEXIST, "IOVAs are mapped already");
	return 0;
}

/*
 * The lowest hole of @length bytes within [@from, @to] with this alignment.
 * Each step passes one obstacle.
 */
static int lowest_hole_locked(struct iommufd_iopt *iopt, unsigned long from,
			      unsigned long to, unsigned long length,
			      unsigned long alignment, unsigned long offset,
			      unsigned long *iova)
{
	struct interval_tree_node *node;
	unsigned long start, last;
	struct iommufd_area *area;

	for (;;) {
		/* The lowest start >= from that is offset modulo alignment. */
		if (check_add_overflow(from, (offset - from) & (alignment - 1),
				       &start) ||
		    check_add_overflow(start, length - 1, &last) || last > to)
			return -ENOSPC;

		node = overlap_locked(&iopt->reserved, start, last);
		area = node ? NULL : iommufd_area_first(iopt, start, last);
		if (!node && !area) {
			*iova = start;
			return 0;
		}
		last = node ? node->last : area->last;
		if (last == ULONG_MAX)
			return -ENOSPC;
		from = last + 1;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/* The same in what is allowed: in everything, or in the ranges of the list. */
static int lowest_allowed_locked(struct iommufd_iopt *iopt, unsigned long from,
				 unsigned long length, unsigned long alignment,
				 unsigned long offset, unsigned long *iova)
{
	struct interval_tree_node *node =
		interval_tree_iter_first(&iopt->allowed, 0, ULONG_MAX);
	int rc;

	if (!node)
		return lowest_hole_locked(iopt, from, ULONG_MAX, length,
					  alignment, offset, iova);
	for (; node; node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		rc = lowest_hole_locked(iopt, max(from, node->start),
					node->last, length, alignment, offset,
					iova);
		if (rc != -ENOSPC)
			return rc;
		cond_resched();
	}
	return -ENOSPC;
}

/**
 * iommufd_iova_choose_locked() - Find room for a mapping
 * @iopt: iova_rwsem is held for writing, domains_rwsem for reading
 * @iova: The choice
 * @uptr: Where the memory is; the choice is congruent to it modulo the largest
 *        page size that the memory can have, where there is room like that
 * @length: Bytes, not 0
 *
 * Takes the lowest room, which keeps I/O page tables dense. Never 0, which
 * devices and programs take for "no address".
 *
 * Return: 0, -EINVAL misaligned, -EOVERFLOW too long, -ENOSPC, -EINTR
 */
int iommufd_iova_choose_locked(struct iommufd_iopt *iopt, unsigned long *iova,
			       unsigned long uptr, unsigned long length)
{
	const unsigned long alignments[] = { PUD_SIZE, PMD_SIZE, PAGE_SIZE,
					     iopt->alignment };
	unsigned long from = max(iopt->hole_hint, PAGE_SIZE);
	unsigned int i;
	int rc;

	lockdep_assert_held_write(&iopt->iova_rwsem);
	if (length >= ULONG_MAX / 2)
		return iommufd_refuse(-EOVERFLOW, "IOVA or length too large");
	if (!IS_ALIGNED(length | uptr, iopt->alignment))
		return iommufd_refuse(-EINVAL, "memory or length is not aligned");

	for (i = 0; i < ARRAY_SIZE(alignments); i++) {
		unsigned long alignment = alignments[i];

		if (length < alignment && alignment > PAGE_SIZE)
			continue;
		/* The last two can be the same. */
		if (i && alignment == alignments[i - 1])
			continue;
		rc = lowest_allowed_locked(iopt, from, length, alignment,
					   uptr & (alignment - 1), iova);
		if (rc == -EINTR)
			return iommufd_refuse(rc, "killed");
		if (rc)
			continue;
		/* At the hint itself: the hint was exact and moves on. */
		if (*iova == from)
			iopt->hole_hint = *iova + length;
		return 0;
	}
	return iommufd_refuse(-ENOSPC, "no room for this length");
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
 * Return: 0, -EADDRINUSE when part of it is mapped already or the program needs
 * it, -ENOMEM, -EINVAL when @last is below @start
 */
int iommufd_iova_reserve(struct iommufd_iopt *iopt, unsigned long start,
			 unsigned long last, const void *owner)
{
	struct reserved_range *range;

	if (start > last)
		return iommufd_refuse(-EINVAL, "reserved range is inverted");
	range = kzalloc(sizeof(*range), GFP_KERNEL_ACCOUNT);
	if (!range)
		return iommufd_refuse(-ENOMEM, "out of memory");
	range->node.start = start;
	range->node.last = last;
	range->owner = owner;

	down_write(&iopt->iova_rwsem);
	if (iommufd_area_first(iopt, start, last) ||
	    overlap_locked(&iopt->allowed, start, last)) {
		up_write(&iopt->iova_rwsem);
		kfree(range);
		return iommufd_refuse(-EADDRINUSE,
				      "hardware reserves IOVAs in use");
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

static void free_allowed(struct rb_root_cached *tree)
{
	struct interval_tree_node *node;

	while ((node = interval_tree_iter_first(tree, 0, ULONG_MAX))) {
		interval_tree_remove(node, tree);
		kfree(node);
		cond_resched();
	}
}

static int build_allowed(struct rb_root_cached *tree,
			 const struct iommu_iova_range *ranges, size_t count)
{
	struct interval_tree_node *node;
	size_t i;

	for (i = 0; i < count; i++) {
		if (ranges[i].start >= ranges[i].last ||
		    overlap_locked(tree, ranges[i].start, ranges[i].last))
			return iommufd_refuse(-EINVAL,
					      "ranges overlap or are inverted");
		node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
		if (!node)
			return iommufd_refuse(-ENOMEM, "out of memory");
		node->start = ranges[i].start;
		node->last = ranges[i].last;
		interval_tree_insert(node, tree);
		cond_resched();
	}
	return 0;
}

static bool any_reserved_locked(struct iommufd_iopt *iopt,
				struct rb_root_cached *tree)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(tree, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (overlap_locked(&iopt->reserved, node->start, node->last))
			return true;
		cond_resched();
	}
	return false;
}

/**
 * iommufd_iova_allow() - Replace the list of IOVAs that choices are made from
 * @iopt: Where
 * @ranges: The list, in any order
 * @count: Its length, 0 for no list
 *
 * Return: 0; -EINVAL when a range does not end above its start or two overlap;
 * -EADDRINUSE when a part is reserved; -ENOMEM. The list is as it was then
 */
int iommufd_iova_allow(struct iommufd_iopt *iopt,
		       const struct iommu_iova_range *ranges, size_t count)
{
	struct rb_root_cached tree = RB_ROOT_CACHED;
	int rc;

	rc = build_allowed(&tree, ranges, count);
	if (!rc) {
		down_write(&iopt->iova_rwsem);
		if (any_reserved_locked(iopt, &tree))
			rc = iommufd_refuse(-EADDRINUSE, "IOVAs are reserved");
		else
			swap(tree, iopt->allowed);
		up_write(&iopt->iova_rwsem);
	}
	free_allowed(&tree);
	return rc;
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
