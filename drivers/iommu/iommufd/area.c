// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas: one mapped range, in all domains of its map. What the states mean is
 * in iopt.c.
 */
#include <linux/build_bug.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area.h"
#include "dma_buf.h"
#include "iopt.h"
#include "pages.h"
#include "usage.h"

static void area_init(struct iommufd_area *area, struct iommufd_pages *pages,
		      unsigned long offset, unsigned long length, int prot)
{
	*area = (struct iommufd_area){
		.pages = pages,
		.offset = offset,
		.length = length,
		.prot = prot,
		.state = IOMMUFD_AREA_FILLING,
	};
	INIT_LIST_HEAD(&area->item);
}

/**
 * iommufd_area_init_first() - Make the first area that shows some memory
 * @pages: What it shows, from its start. New, and nobody else's; the area
 *         takes the caller's reference over, and lies in @pages->room
 * @length: Bytes, not 0
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 *
 * Most memory is shown by one area: an allocation less for each.
 *
 * Return: the area, FILLING, for iommufd_area_free()
 */
struct iommufd_area *iommufd_area_init_first(struct iommufd_pages *pages,
					     unsigned long length, int prot)
{
	struct iommufd_area *area = (struct iommufd_area *)pages->room;

	static_assert(sizeof(*area) <= sizeof(pages->room));
	area_init(area, pages, pages->head, length, prot);
	return area;
}

/**
 * iommufd_area_alloc() - Make an area that is in no map yet
 * @pages: What it shows; the area takes a reference of its own
 * @offset: Where it starts, in bytes from the first page of @pages
 * @length: Bytes, not 0
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 *
 * Return: the area, FILLING, for iommufd_area_free(); NULL out of memory
 */
struct iommufd_area *iommufd_area_alloc(struct iommufd_pages *pages,
					unsigned long offset,
					unsigned long length, int prot)
{
	struct iommufd_area *area;

	area = kmalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return NULL;
	area_init(area, iommufd_pages_get(pages), offset, length, prot);
	return area;
}

/**
 * iommufd_area_free() - Free an area
 * @area: In no map and no domain
 */
void iommufd_area_free(struct iommufd_area *area)
{
	struct iommufd_pages *pages = area->pages;

	if (area != (struct iommufd_area *)pages->room)
		kfree(area);
	iommufd_pages_put(pages);
}

/**
 * iommufd_areas_free() - Free a list of areas
 * @areas: By their item, in no map and no domain
 */
void iommufd_areas_free(struct list_head *areas)
{
	struct iommufd_area *area, *next;

	list_for_each_entry_safe(area, next, areas, item) {
		list_del(&area->item);
		iommufd_area_free(area);
		cond_resched();
	}
}

static struct iommufd_area *node_to_area(struct rb_node *node)
{
	return rb_entry_safe(node, struct iommufd_area, node);
}

/**
 * iommufd_area_first() - The lowest area that reaches into a range
 * @iopt: Where; iova_rwsem is held, or domains_rwsem for writing: with that
 *        no area comes or goes
 * @start: First address
 * @last: Last address
 *
 * Return: the area or NULL
 */
struct iommufd_area *iommufd_area_first(struct iommufd_iopt *iopt,
					unsigned long start,
					unsigned long last)
{
	struct iommufd_area *area = node_to_area(rb_first_cached(&iopt->areas));
	struct rb_node *node = iopt->areas.rb_root.rb_node;

	/* Areas do not overlap: whichever ends first also begins first. */
	if (!area || start > iopt->highest->last)
		return NULL;
	if (area->last < start) {
		while (node) {
			struct iommufd_area *at = node_to_area(node);

			if (at->last < start) {
				node = node->rb_right;
			} else {
				area = at;
				node = node->rb_left;
			}
		}
	}
	return area->start <= last ? area : NULL;
}

/**
 * iommufd_area_next() - The next higher area that reaches into a range
 * @area: From iommufd_area_first() or this, under the same lock
 * @last: Last address
 *
 * Return: the area or NULL
 */
struct iommufd_area *iommufd_area_next(struct iommufd_area *area,
				       unsigned long last)
{
	struct iommufd_area *next = node_to_area(rb_next(&area->node));

	return next && next->start <= last ? next : NULL;
}

/**
 * iommufd_area_insert_locked() - Put an area into a map
 * @iopt: The map; iova_rwsem is held for writing
 * @area: In no map, FILLING by the caller
 * @start: Its first address: nothing is mapped from there on, for its length
 */
void iommufd_area_insert_locked(struct iommufd_iopt *iopt,
				struct iommufd_area *area, unsigned long start)
{
	struct rb_node **link = &iopt->areas.rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool lowest = true;

	lockdep_assert_held_write(&iopt->iova_rwsem);
	area->start = start;
	area->last = start + area->length - 1;

	/* Programs tend to map one range above the other: no search for that. */
	if (!iopt->highest || start > iopt->highest->last) {
		if (iopt->highest) {
			parent = &iopt->highest->node;
			link = &parent->rb_right;
			lowest = false;
		}
		iopt->highest = area;
	}
	while (*link) {
		parent = *link;
		if (start < node_to_area(parent)->start) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			lowest = false;
		}
	}
	rb_link_node(&area->node, parent, link);
	rb_insert_color_cached(&area->node, &iopt->areas, lowest);
	iommufd_usage_add_area(iopt->usage, area->length);
}

/**
 * iommufd_areas_settle() - Let others have areas
 * @areas: By their item, FILLING or DYING by the caller. Each becomes LIVE, and
 *         leaves the list before: any thread may then unmap and free it
 *
 * Context: needs no lock, for nobody else changes an area that is not LIVE.
 */
void iommufd_areas_settle(struct list_head *areas)
{
	struct iommufd_area *area, *next;

	list_for_each_entry_safe(area, next, areas, item) {
		list_del_init(&area->item);
		/* Pairs with iommufd_area_read_state() */
		smp_store_release(&area->state, IOMMUFD_AREA_LIVE);
		cond_resched();
	}
}

/**
 * iommufd_area_remove_locked() - Take an area out of its map
 * @iopt: Its map; iova_rwsem is held for writing
 * @area: FILLING or DYING by the caller, whose alone it is afterwards
 */
void iommufd_area_remove_locked(struct iommufd_iopt *iopt,
				struct iommufd_area *area)
{
	lockdep_assert_held_write(&iopt->iova_rwsem);
	if (area == iopt->highest)
		iopt->highest = node_to_area(rb_prev(&area->node));
	rb_erase_cached(&area->node, &iopt->areas);
	iommufd_usage_remove_area(iopt->usage, area->length);
	iopt->hole_hint = min(iopt->hole_hint, area->start);
}

/**
 * iommufd_area_map_domain() - Show an area in a domain
 * @iopt: Its map
 * @area: FILLING by the caller, or LIVE with domains_rwsem held for writing
 * @domain: Does not show it yet
 *
 * Return: 0 or what iommufd_pages_pin() and iommufd_pages_map() give, or
 * iommufd_dma_buf_map()
 */
int iommufd_area_map_domain(struct iommufd_iopt *iopt,
			    struct iommufd_area *area,
			    struct iommu_domain *domain)
{
	size_t max_leaf = iopt->huge_pages ? SZ_1G : PAGE_SIZE;
	int rc;

	lockdep_assert_held(&iopt->domains_rwsem);
	if (area->pages->backing.dma_buf)
		return iommufd_dma_buf_map(area->pages->backing.dma_buf, domain,
					   area->start, area->offset,
					   area->length, area->prot, max_leaf);
	rc = iommufd_pages_pin(area->pages);
	if (rc)
		return rc;
	rc = iommufd_pages_map(area->pages, domain, area->start,
			       area->offset, area->length, area->prot,
			       max_leaf);
	if (rc)
		iommufd_pages_unpin(area->pages);
	return rc;
}

/**
 * iommufd_area_unmap_domain() - Undo iommufd_area_map_domain()
 * @area: DYING by the caller, or LIVE with domains_rwsem held for writing
 * @domain: Shows it
 */
void iommufd_area_unmap_domain(struct iommufd_area *area,
			       struct iommu_domain *domain)
{
	if (area->pages->backing.dma_buf) {
		iommufd_dma_buf_unmap(area->pages->backing.dma_buf, domain,
				      area->start);
		return;
	}
	iommufd_pages_unmap(domain, area->start, area->length);
	iommufd_pages_unpin(area->pages);
}

/**
 * iommufd_area_fill() - Show an area in all domains, or in none
 * @iopt: Its map; domains_rwsem is held for reading
 * @area: FILLING by the caller
 *
 * Return: 0 or what iommufd_area_map_domain() gives
 */
int iommufd_area_fill(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_domain *idomain;
	int rc;

	lockdep_assert_held_read(&iopt->domains_rwsem);
	list_for_each_entry(idomain, &iopt->domains, item) {
		rc = iommufd_area_map_domain(iopt, area, idomain->domain);
		if (rc)
			goto err_unmap;
	}
	return 0;

err_unmap:
	list_for_each_entry_continue_reverse(idomain, &iopt->domains, item)
		iommufd_area_unmap_domain(area, idomain->domain);
	return rc;
}

/**
 * iommufd_area_drain() - Undo iommufd_area_fill()
 * @iopt: Its map; domains_rwsem is held for reading
 * @area: FILLING or DYING by the caller
 */
void iommufd_area_drain(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_domain *idomain;

	lockdep_assert_held_read(&iopt->domains_rwsem);
	list_for_each_entry(idomain, &iopt->domains, item)
		iommufd_area_unmap_domain(area, idomain->domain);
}
