// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas: one mapped range, in all domains of its map. What the states mean is
 * in iopt.c.
 */
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "area.h"
#include "iopt.h"
#include "pages.h"
#include "usage.h"

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

	area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return NULL;
	area->pages = iommufd_pages_get(pages);
	area->offset = offset;
	area->length = length;
	area->prot = prot;
	area->state = IOMMUFD_AREA_FILLING;
	INIT_LIST_HEAD(&area->item);
	return area;
}

/**
 * iommufd_area_free() - Free an area
 * @area: In no map and no domain
 */
void iommufd_area_free(struct iommufd_area *area)
{
	iommufd_pages_put(area->pages);
	kfree(area);
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

static struct iommufd_area *node_to_area(struct interval_tree_node *node)
{
	return node ? container_of(node, struct iommufd_area, node) : NULL;
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
	return node_to_area(interval_tree_iter_first(&iopt->areas, start,
						     last));
}

/**
 * iommufd_area_next() - The next higher area that reaches into a range
 * @area: From iommufd_area_first() or this, under the same lock
 * @start: First address
 * @last: Last address
 *
 * Return: the area or NULL
 */
struct iommufd_area *iommufd_area_next(struct iommufd_area *area,
				       unsigned long start,
				       unsigned long last)
{
	return node_to_area(interval_tree_iter_next(&area->node, start, last));
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
	interval_tree_remove(&area->node, &iopt->areas);
	iommufd_usage_remove_area(iopt->usage, area->length);
	iopt->hole_hint = min(iopt->hole_hint, area->node.start);
}

/**
 * iommufd_area_map_domain() - Show an area in a domain
 * @iopt: Its map
 * @area: FILLING by the caller, or LIVE with domains_rwsem held for writing
 * @domain: Does not show it yet
 *
 * Return: 0 or what iommufd_pages_pin() and iommufd_pages_map() give
 */
int iommufd_area_map_domain(struct iommufd_iopt *iopt,
			    struct iommufd_area *area,
			    struct iommu_domain *domain)
{
	int rc;

	lockdep_assert_held(&iopt->domains_rwsem);
	rc = iommufd_pages_pin(area->pages);
	if (rc)
		return rc;
	rc = iommufd_pages_map(area->pages, domain, area->node.start,
			       area->offset, area->length, area->prot,
			       iopt->huge_pages ? SZ_1G : PAGE_SIZE);
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
	iommufd_pages_unmap(domain, area->node.start, area->length);
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
