/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is around the map of areas: one process, pages that can be mapped without
 * being there, and in-kernel users, that are one function here.
 */
#ifndef __IOVA_SHIM_WORLD_H
#define __IOVA_SHIM_WORLD_H

#include <linux/list.h>

#include "kernel.h"

struct iommufd_iopt;

/**
 * struct world - The state of all
 * @calls_left: Calls for pages that still succeed, -1: all
 * @max_leaf: That these calls have to name
 * @kill_after: Chances to be killed until it happens, -1: never
 * @killed: It happened
 * @evict: Stands for the in-kernel users, may be NULL
 */
struct world {
	long calls_left;
	size_t max_leaf;
	long kill_after;
	bool killed;
	int (*evict)(struct iommufd_iopt *iopt, struct list_head *areas);
};

extern struct world world;

struct iommufd_pages *world_new_pages(unsigned long uptr, unsigned long length,
				      bool writable);

#endif
