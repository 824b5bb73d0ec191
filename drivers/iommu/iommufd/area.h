/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_AREA_H
#define _IOMMUFD_AREA_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree.h>

#include "iopt.h"

struct iommu_domain;
struct iommufd_pages;

/**
 * enum iommufd_area_state - Who works on an area
 * @IOMMUFD_AREA_FILLING: The thread that maps it; not there yet for others
 * @IOMMUFD_AREA_LIVE: Nobody
 * @IOMMUFD_AREA_DYING: The thread that unmaps it; nobody starts to use it
 */
enum iommufd_area_state {
	IOMMUFD_AREA_FILLING,
	IOMMUFD_AREA_LIVE,
	IOMMUFD_AREA_DYING,
};

/**
 * struct iommufd_area - A mapped range of IOVAs
 * @node: (v) In iopt->areas
 * @start: (v) First address
 * @last: (v) Last address
 * @pages: (i) What is mapped there; the area has a reference
 * @offset: (i) Where the area starts, in bytes from the first page of @pages
 * @length: (i) Bytes
 * @prot: (i) IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @state: (v) While not LIVE, the thread that works on it owns the area: it
 *         holds domains_rwsem but not iova_rwsem while it changes domains. It
 *         needs no lock to make it LIVE, see iommufd_areas_settle()
 * @inflight: (a) Calls of in-kernel users that work with it. Only grows under
 *            (v), while LIVE
 * @pins: (a) What in-kernel users have pinned of it. Only grows while inflight
 * @item: List of the thread that maps or unmaps it
 */
struct iommufd_area {
	struct rb_node node;
	unsigned long start;
	unsigned long last;
	struct iommufd_pages *pages;
	unsigned long offset;
	unsigned long length;
	int prot;
	enum iommufd_area_state state;
	atomic_t inflight;
	atomic_t pins;
	struct list_head item;
};

struct iommufd_area *iommufd_area_init_first(struct iommufd_pages *pages,
					     unsigned long length, int prot);
struct iommufd_area *iommufd_area_alloc(struct iommufd_pages *pages,
					unsigned long offset,
					unsigned long length, int prot);
void iommufd_area_free(struct iommufd_area *area);
void iommufd_areas_free(struct list_head *areas);

struct iommufd_area *iommufd_area_first(struct iommufd_iopt *iopt,
					unsigned long start,
					unsigned long last);
struct iommufd_area *iommufd_area_next(struct iommufd_area *area,
				       unsigned long last);
void iommufd_area_insert_locked(struct iommufd_iopt *iopt,
				struct iommufd_area *area, unsigned long start);
void iommufd_areas_settle(struct list_head *areas);
void iommufd_area_remove_locked(struct iommufd_iopt *iopt,
				struct iommufd_area *area);

/**
 * iommufd_area_read_state() - Who works on an area
 * @area: iova_rwsem of its map is held
 *
 * Return: its state; LIVE only when all is there that made it so
 */
static inline enum iommufd_area_state
iommufd_area_read_state(const struct iommufd_area *area)
{
	/* Pairs with iommufd_areas_settle() */
	return smp_load_acquire(&area->state);
}

int iommufd_area_map_domain(struct iommufd_iopt *iopt,
			    struct iommufd_area *area,
			    struct iommu_domain *domain);
void iommufd_area_unmap_domain(struct iommufd_area *area,
			       struct iommu_domain *domain);
int iommufd_area_fill(struct iommufd_iopt *iopt, struct iommufd_area *area);
void iommufd_area_drain(struct iommufd_iopt *iopt, struct iommufd_area *area);

#endif
