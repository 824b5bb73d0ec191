/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mediated device that pins, reads and writes memory, and memory for it.
 */
#ifndef SELFTESTS_IOMMU_HW_MDEV_FIXTURE_H
#define SELFTESTS_IOMMU_HW_MDEV_FIXTURE_H

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/mdma.h"
#include "lib/memory.h"
#include "lib/mock.h"

#define IOVA 0x100000ULL
#define FAR_AWAY 0x4000000ULL
#define NPAGES 8

/*
 *	memory   +-------+-------+---    ---+-------+
 *	         | 0     | 1     |          | 7     |   NPAGES pages
 *	         +-------+-------+---    ---+-------+
 *
 * Page 0 has a pattern, the others are zero.
 */
struct mdev_world {
	struct mode_dev dev;
	int probe;	/* a context of its own that counts pins */
	size_t page;
	size_t length;
	char *memory;
};

static inline int mdev_up(struct mdev_world *w, enum mode mode)
{
	w->page = mem_page_size();
	w->length = NPAGES * w->page;
	w->memory = mem_alloc(w->length);
	if (!w->memory)
		return -ENOMEM;
	mem_fill(w->memory, w->page, 1);
	w->probe = iommu_open();
	if (w->probe < 0)
		return w->probe;
	return mdma_create(&w->dev, mode, 1) ?: mode_open(&w->dev);
}

static inline void mdev_down(struct mdev_world *w)
{
	mdma_remove(&w->dev);
	close(w->probe);
	mem_free(w->memory, w->length);
}

static inline char *page_of(struct mdev_world *w, int nth)
{
	return w->memory + nth * w->page;
}

static inline bool has_pattern(struct mdev_world *w, int nth)
{
	return mem_is_filled(page_of(w, nth), w->page, 1);
}

/* Is page @nth full of one byte? */
static inline bool is_full_of(struct mdev_world *w, int nth, char byte)
{
	const char *p = page_of(w, nth);
	size_t i;

	for (i = 0; i < w->page; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static inline int map_all(struct mdev_world *w)
{
	return mode_map(&w->dev, w->memory, w->length, IOVA, IOMMU_MAP_RW);
}

static inline int unmap_all(struct mdev_world *w)
{
	__u64 unmapped;

	return mode_unmap(&w->dev, IOVA, w->length, &unmapped);
}

/* Page @nth on the device's side */
static inline __u64 iova_of(struct mdev_world *w, int nth)
{
	return IOVA + nth * w->page;
}

static inline int hold(struct mdev_world *w, int nth, int count)
{
	return mdma_do(&w->dev, MDMA_HOLD, iova_of(w, nth), 0,
		       count * w->page);
}

static inline int drop(struct mdev_world *w, int nth, int count)
{
	return mdma_do(&w->dev, MDMA_DROP, iova_of(w, nth), 0,
		       count * w->page);
}

static inline int fill(struct mdev_world *w, int nth, int count, char byte)
{
	return mdma_do(&w->dev, MDMA_FILL, iova_of(w, nth), byte,
		       count * w->page);
}

/* Pages that the driver keeps, or a negative errno */
static inline long held(struct mdev_world *w)
{
	struct mdma_state state;

	return mdma_state(&w->dev, &state) ?: (long)state.held;
}

/* Times that the driver was asked to let go, or a negative errno */
static inline long asked(struct mdev_world *w)
{
	struct mdma_state state;

	return mdma_state(&w->dev, &state) ?: (long)state.asked;
}

static inline int check_pins(struct mdev_world *w, __u32 pins)
{
	return mock_check_refs(w->probe, w->memory, w->length, pins);
}

#endif
