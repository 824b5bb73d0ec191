/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps of areas with their models: random addresses for them, trouble, and
 * whether both hold the same.
 */
#ifndef __IOVA_TEST_H
#define __IOVA_TEST_H

#include "area.h"
#include "iopt.h"
#include "usage.h"

#include "iova_model.h"
#include "iova_shim/world.h"
#include "shim/random.h"
#include "tap.h"

/* At each end of the addresses there is one. */
#define ZONE_PAGES	96
#define ZONE		(ZONE_PAGES * PAGE_SIZE)

struct map {
	struct iommufd_iopt iopt;
	struct model model;
	struct iommufd_iopt_domain idomains[MODEL_DOMAINS];
	struct iommu_domain domains[MODEL_DOMAINS];
};

static struct map maps[2];
static struct iommufd_usage usage;
/* Addresses are multiples of this, mostly. */
static unsigned long unit;

static inline bool one_in(unsigned long n)
{
	return !random_below(n);
}

static inline struct map *random_map(void)
{
	return &maps[random_below(2)];
}

static inline unsigned long random_iova(void)
{
	unsigned long at = random_below(ZONE / unit) * unit;

	switch (random_below(32)) {
	case 0:
		return random_u64();
	case 1:
		return BIT(63) + at;
	case 2:
		return at + random_below(PAGE_SIZE);
	case 3 ... 17:
		return at - ZONE;
	default:
		return at;
	}
}

static inline unsigned long random_length(void)
{
	switch (random_below(64)) {
	case 0:
		return ULONG_MAX / 2 - 1 + random_below(3);
	case 1:
		return ULONG_MAX - random_below(2 * PAGE_SIZE);
	case 2:
		return 1 + random_below(4 * PAGE_SIZE);
	case 3 ... 15:
		return (1 + random_below(8)) * unit;
	case 16 ... 25:
		return PUD_SIZE * (1 + random_below(2));
	default:
		return (1 + random_below(10)) * PAGE_SIZE;
	}
}

/* From the start of an area to the end of this or a later one, or next to it. */
static inline void random_range(const struct model *model,
				unsigned long *start, unsigned long *last)
{
	unsigned int first, end;

	if (!model->nr_areas || one_in(16)) {
		*start = random_iova();
		*last = *start + random_length() - 1;
	} else {
		first = random_below(model->nr_areas);
		end = first + random_below(6) / 4;
		if (end >= model->nr_areas)
			end = model->nr_areas - 1;
		*start = model->areas[first].start;
		*last = model->areas[end].last;
		if (one_in(5))
			*start += (random_below(9) - 4) * unit;
		if (one_in(5))
			*last += (random_below(9) - 4) * unit;
		if (one_in(8))
			*start -= one_in(2) ? 1 : -1;
		if (one_in(8))
			*last -= one_in(2) ? 1 : -1;
	}
	if (*last < *start)
		*last = ULONG_MAX;
}

/* Something that makes the next call fail, perhaps. */
static inline void begin_trouble(struct map *map)
{
	switch (random_below(32)) {
	case 0:
		world.calls_left = random_below(16);
		break;
	case 1:
		world.kill_after = 1 + random_below(8);
		break;
	case 2:
		shim_allocs_left = random_below(4);
		break;
	}
	world.max_leaf = map->model.huge_pages ? SZ_1G : PAGE_SIZE;
	map->model.calls_left = world.calls_left;
	map->model.allocs_left = shim_allocs_left;
}

/* Tells whether the call was cut short, and then must not have done anything. */
static inline bool end_trouble(int rc)
{
	bool killed = world.killed;

	world.calls_left = -1;
	world.kill_after = -1;
	world.killed = false;
	shim_allocs_left = -1;
	return killed && rc == -EINTR;
}

static inline void check_unlocked(struct iommufd_iopt *iopt)
{
	check(!iopt->domains_rwsem.held && !iopt->iova_rwsem.held);
}

static inline void check_mapping(const struct mapping *mapping,
				 const struct mapping *due)
{
	check_eq(mapping->start, due->start);
	check_eq(mapping->last, due->last);
	check(mapping->pages == due->pages);
	check_eq(mapping->offset, due->offset);
	check_eq(mapping->prot, due->prot);
}

static inline void check_map(struct map *map)
{
	const struct model *model = &map->model;
	struct iommufd_area *area;
	unsigned int i, slot;

	check_unlocked(&map->iopt);
	check_eq(iommufd_iopt_alignment(&map->iopt), model_alignment(model));
	area = iommufd_area_first(&map->iopt, 0, ULONG_MAX);
	for (i = 0; i < model->nr_areas; i++) {
		check(area);
		check_eq(area->state, IOMMUFD_AREA_LIVE);
		check(list_empty(&area->item));
		check_eq(area->length, area->last - area->start + 1);
		check_mapping(&(struct mapping){
			area->start, area->last, area->pages,
			area->offset, area->prot }, &model->areas[i]);
		area = iommufd_area_next(area, ULONG_MAX);
	}
	check(!area);
	for (slot = 0; slot < MODEL_DOMAINS; slot++) {
		if (!model->leaf[slot])
			continue;
		check_eq(map->domains[slot].nr, model->nr_areas);
		for (i = 0; i < model->nr_areas; i++)
			check_mapping(&map->domains[slot].mappings[i],
				      &model->areas[i]);
	}
}

static inline void check_all(void)
{
	unsigned long mapped = 0;
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		check_map(&maps[i]);
		for (j = 0; j < maps[i].model.nr_areas; j++)
			mapped += maps[i].model.areas[j].last -
				  maps[i].model.areas[j].start + 1;
	}
	check_eq(usage.areas.value,
		 maps[0].model.nr_areas + maps[1].model.nr_areas);
	check_eq(usage.mapped.value, mapped);
}

#endif
