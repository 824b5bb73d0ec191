/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a context uses, counted where it changes.
 */
#ifndef __IOMMUFD_USAGE_H
#define __IOMMUFD_USAGE_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct iommufd_usage - What the address spaces of a context hold
 * @areas: (a) Mapped ranges
 * @mapped: (a) Bytes of IOVA in them: memory counts wherever it is mapped
 * @pinned: (a) Pages that are pinned: each counts once, however many areas and
 *          domains show it
 * @charged: (a) Those of @pinned that somebody pays for
 *
 * (a) atomic: each is right by itself, two of them may be of different
 * instants.
 */
struct iommufd_usage {
	atomic64_t areas;
	atomic64_t mapped;
	atomic64_t pinned;
	atomic64_t charged;
};

/**
 * iommufd_usage_add_area() - An area has got its place
 * @usage: Of its context
 * @length: Bytes
 */
static inline void iommufd_usage_add_area(struct iommufd_usage *usage,
					  unsigned long length)
{
	atomic64_add(1, &usage->areas);
	atomic64_add(length, &usage->mapped);
}

/**
 * iommufd_usage_remove_area() - Undo iommufd_usage_add_area()
 * @usage: As then
 * @length: As then
 */
static inline void iommufd_usage_remove_area(struct iommufd_usage *usage,
					     unsigned long length)
{
	atomic64_sub(1, &usage->areas);
	atomic64_sub(length, &usage->mapped);
}

/**
 * iommufd_usage_change_pins() - Pages were pinned or unpinned
 * @usage: Of their context
 * @pinned: How many more are pinned, negative: fewer
 * @charged: How many more are charged, negative: fewer
 */
static inline void iommufd_usage_change_pins(struct iommufd_usage *usage,
					     long pinned, long charged)
{
	if (pinned)
		atomic64_add(pinned, &usage->pinned);
	if (charged)
		atomic64_add(charged, &usage->charged);
}

#endif
