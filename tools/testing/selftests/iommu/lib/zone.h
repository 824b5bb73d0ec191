/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas of physical memory that nothing may stay in for long: ZONE_MOVABLE, and
 * that of the contiguous memory allocator.
 */
#ifndef SELFTESTS_IOMMU_LIB_ZONE_H
#define SELFTESTS_IOMMU_LIB_ZONE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct zone - Such an area
 * @first: first page frame
 * @count: number of page frames
 */
struct zone {
	uint64_t first;
	uint64_t count;
};

int zone_find_movable(struct zone *zone);
int zone_find_cma(struct zone *zone);
long zone_count(const struct zone *zone, const void *p, size_t length);
int zone_use_up(void *p, size_t length, size_t more);

#endif
