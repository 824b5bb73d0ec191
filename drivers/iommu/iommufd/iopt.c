// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Areas and domains
 *
 * The map from IOVA to memory, and its copies in hardware domains.
 *
 * An area is marked under iova_rwsem and worked on without it: FILLING while
 * its memory is pinned and mapped into the domains, DYING while that is undone.
 * Other threads see a marked area as an obstacle and leave it alone. All the
 * while domains_rwsem is held for reading, so the set of domains that an area
 * has to be in does not change under it; adding and removing a domain takes
 * domains_rwsem for writing and so meets LIVE areas only.
 *
 * Taking back never allocates and never fails.
 */
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "iopt.h"
#include "iova.h"
#include "pages.h"

/**
 * iommufd_iopt_init() - Make an empty map
 * @iopt: Not in use yet
 */
void iommufd_iopt_init(struct iommufd_iopt *iopt)
{
	init_rwsem(&iopt->domains_rwsem);
	init_rwsem(&iopt->iova_rwsem);
	INIT_LIST_HEAD(&iopt->domains);
	iopt->areas = RB_ROOT_CACHED;
	iopt->reserved = RB_ROOT_CACHED;
	iopt->hole_hint = 0;
}

/**
 * iommufd_iopt_destroy() - Drop all areas
 * @iopt: Has no domains and no other user any more
 */
void iommufd_iopt_destroy(struct iommufd_iopt *iopt)
{
	unsigned long unmapped;

	WARN_ON(!list_empty(&iopt->domains));
	WARN_ON(iommufd_iopt_unmap_all(iopt, &unmapped));
	WARN_ON(!RB_EMPTY_ROOT(&iopt->reserved.rb_root));
}

static struct iommufd_area *node_to_area(struct interval_tree_node *node)
{
	return container_of(node, struct iommufd_area, node);
}

static struct iommufd_area *first_area_locked(struct iommufd_iopt *iopt,
					      unsigned long start,
					      unsigned long last)
{
	struct interval_tree_node *node =
		interval_tree_iter_first(&iopt->areas, start, last);

	return node ? node_to_area(node) : NULL;
}

static struct iommufd_area *next_area_locked(struct iommufd_area *area,
					     unsigned long start,
					     unsigned long last)
{
	struct interval_tree_node *node =
		interval_tree_iter_next(&area->node, start, last);

	return node ? node_to_area(node) : NULL;
}

static int area_map_domain(struct iommufd_area *area,
			   struct iommu_domain *domain)
{
	int rc;

	rc = iommufd_pages_pin(area->pages);
	if (rc)
		return rc;
	rc = iommufd_pages_map(area->pages, domain, area->node.start,
			       area->offset, iommufd_area_length(area),
			       area->prot);
	if (rc)
		iommufd_pages_unpin(area->pages);
	return rc;
}

static void area_unmap_domain(struct iommufd_area *area,
			      struct iommu_domain *domain)
{
	iommufd_pages_unmap(domain, area->node.start,
			    iommufd_area_length(area));
	iommufd_pages_unpin(area->pages);
}

static int area_fill(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_domain *idomain;
	int rc;

	lockdep_assert_held_read(&iopt->domains_rwsem);
	list_for_each_entry(idomain, &iopt->domains, item) {
		rc = area_map_domain(area, idomain->domain);
		if (rc)
			goto err_unmap;
	}
	return 0;

err_unmap:
	list_for_each_entry_continue_reverse(idomain, &iopt->domains, item)
		area_unmap_domain(area, idomain->domain);
	return rc;
}

static void area_drain(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_domain *idomain;

	lockdep_assert_held_read(&iopt->domains_rwsem);
	list_for_each_entry(idomain, &iopt->domains, item)
		area_unmap_domain(area, idomain->domain);
}

static void remove_area_locked(struct iommufd_iopt *iopt,
			       struct iommufd_area *area)
{
	lockdep_assert_held_write(&iopt->iova_rwsem);
	interval_tree_remove(&area->node, &iopt->areas);
	iopt->hole_hint = min(iopt->hole_hint, area->node.start);
}

static int insert_area(struct iommufd_iopt *iopt, struct iommufd_area *area,
		       unsigned long *iova, unsigned long length, bool fixed)
{
	int rc;

	down_write(&iopt->iova_rwsem);
	if (fixed)
		rc = iommufd_iova_check_locked(iopt, *iova, length);
	else
		rc = iommufd_iova_choose_locked(iopt, iova, area->pages->start,
						length);
	if (!rc) {
		area->node.start = *iova;
		area->node.last = *iova + length - 1;
		interval_tree_insert(&area->node, &iopt->areas);
	}
	up_write(&iopt->iova_rwsem);
	return rc;
}

/**
 * iommufd_iopt_map() - Map memory
 * @iopt: Where
 * @pages: What, from its start; the caller keeps its reference
 * @iova: In: where, when @fixed. Out: where it is
 * @length: Bytes, not 0, at most those of @pages
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @fixed: Whether @iova is the caller's choice
 *
 * When it returns 0 the memory is reachable in all domains. All or nothing.
 *
 * Return: 0; what iommufd_iova_check_locked() and iommufd_iova_choose_locked()
 * give; what iommufd_pages_pin() and iommufd_pages_map() give; -EINTR
 */
int iommufd_iopt_map(struct iommufd_iopt *iopt, struct iommufd_pages *pages,
		     unsigned long *iova, unsigned long length, int prot,
		     bool fixed)
{
	struct iommufd_area *area;
	int rc;

	area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	if (!area)
		return -ENOMEM;
	/* Once it is LIVE any thread may unmap it: the area's own reference. */
	area->pages = iommufd_pages_get(pages);
	area->prot = prot;
	area->state = IOMMUFD_AREA_FILLING;

	if (down_read_killable(&iopt->domains_rwsem)) {
		rc = -EINTR;
		goto err_free;
	}
	rc = insert_area(iopt, area, iova, length, fixed);
	if (rc)
		goto err_up;

	rc = area_fill(iopt, area);

	down_write(&iopt->iova_rwsem);
	if (rc)
		remove_area_locked(iopt, area);
	else
		area->state = IOMMUFD_AREA_LIVE;
	up_write(&iopt->iova_rwsem);
	if (rc)
		goto err_up;

	up_read(&iopt->domains_rwsem);
	return 0;

err_up:
	up_read(&iopt->domains_rwsem);
err_free:
	iommufd_pages_put(pages);
	kfree(area);
	return rc;
}

/*
 * Mark every area in the range as dying, or none. Areas are never cut, and
 * one that another thread works on is not ours to take.
 */
static int mark_range(struct iommufd_iopt *iopt, unsigned long iova,
		      unsigned long last, struct list_head *dying)
{
	struct iommufd_area *area;
	int rc = 0;

	down_write(&iopt->iova_rwsem);
	for (area = first_area_locked(iopt, iova, last); area;
	     area = next_area_locked(area, iova, last)) {
		if (area->node.start < iova || area->node.last > last)
			rc = -ENOENT;
		else if (area->state != IOMMUFD_AREA_LIVE)
			rc = -EBUSY;
		if (rc)
			break;
		area->state = IOMMUFD_AREA_DYING;
		list_add_tail(&area->dying_item, dying);
		cond_resched();
	}
	if (rc) {
		list_for_each_entry(area, dying, dying_item)
			area->state = IOMMUFD_AREA_LIVE;
		INIT_LIST_HEAD(dying);
	}
	up_write(&iopt->iova_rwsem);
	return rc;
}

static int unmap_range(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped)
{
	struct iommufd_area *area, *next;
	LIST_HEAD(dying);
	int rc;

	*unmapped = 0;
	down_read(&iopt->domains_rwsem);
	rc = mark_range(iopt, iova, last, &dying);
	if (rc) {
		up_read(&iopt->domains_rwsem);
		return rc;
	}

	list_for_each_entry_safe(area, next, &dying, dying_item) {
		area_drain(iopt, area);
		*unmapped += iommufd_area_length(area);

		down_write(&iopt->iova_rwsem);
		remove_area_locked(iopt, area);
		up_write(&iopt->iova_rwsem);

		iommufd_pages_put(area->pages);
		kfree(area);
		cond_resched();
	}
	up_read(&iopt->domains_rwsem);
	return 0;
}

/**
 * iommufd_iopt_unmap() - Take back what is mapped in a range
 * @iopt: Where
 * @iova: First address
 * @last: Last address
 * @unmapped: Bytes that were taken back
 *
 * When it returns no device reaches the memory. All of the range's areas or,
 * with an error, none.
 *
 * Return: 0; -ENOENT when there is nothing or an area reaches across an end;
 * -EBUSY when another thread maps or unmaps there
 */
int iommufd_iopt_unmap(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped)
{
	int rc;

	rc = unmap_range(iopt, iova, last, unmapped);
	if (!rc && !*unmapped)
		return -ENOENT;
	return rc;
}

/**
 * iommufd_iopt_unmap_all() - Take back everything
 * @iopt: Where; may be empty
 * @unmapped: Bytes that were taken back
 *
 * Return: 0; -EBUSY when another thread maps or unmaps
 */
int iommufd_iopt_unmap_all(struct iommufd_iopt *iopt, unsigned long *unmapped)
{
	return unmap_range(iopt, 0, ULONG_MAX, unmapped);
}

static int reserve_outside_geometry(struct iommufd_iopt *iopt,
				    struct iommufd_iopt_domain *idomain)
{
	struct iommu_domain_geometry *geometry = &idomain->domain->geometry;
	int rc;

	if (geometry->aperture_start) {
		rc = iommufd_iova_reserve(iopt, 0, geometry->aperture_start - 1,
					  idomain);
		if (rc)
			return rc;
	}
	if (geometry->aperture_end != ULONG_MAX)
		return iommufd_iova_reserve(iopt, geometry->aperture_end + 1,
					    ULONG_MAX, idomain);
	return 0;
}

/*
 * All areas are LIVE, and with domains_rwsem held for writing no area comes or
 * goes: the tree can be walked without iova_rwsem.
 */
static int fill_domain_locked(struct iommufd_iopt *iopt,
			      struct iommu_domain *domain)
{
	struct iommufd_area *area, *done;
	int rc = 0;

	lockdep_assert_held_write(&iopt->domains_rwsem);
	for (area = first_area_locked(iopt, 0, ULONG_MAX); area;
	     area = next_area_locked(area, 0, ULONG_MAX)) {
		if (fatal_signal_pending(current))
			rc = -EINTR;
		else
			rc = area_map_domain(area, domain);
		if (rc)
			break;
		cond_resched();
	}
	if (!rc)
		return 0;

	for (done = first_area_locked(iopt, 0, ULONG_MAX); done != area;
	     done = next_area_locked(done, 0, ULONG_MAX))
		area_unmap_domain(done, domain);
	return rc;
}

/**
 * iommufd_iopt_add_domain() - Show everything that is mapped in a domain too
 * @iopt: Where
 * @idomain: @idomain->domain is set, usable and empty
 *
 * Return: 0, ended by iommufd_iopt_remove_domain(); -EINVAL when the domain's
 * smallest page is larger than the CPU's; -EADDRINUSE when something is mapped
 * where the domain cannot translate; what pinning and mapping give; -EINTR
 */
int iommufd_iopt_add_domain(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_domain *idomain)
{
	struct iommu_domain *domain = idomain->domain;
	int rc;

	if (!(domain->pgsize_bitmap & (PAGE_SIZE | (PAGE_SIZE - 1))))
		return -EINVAL;

	if (down_write_killable(&iopt->domains_rwsem))
		return -EINTR;
	rc = reserve_outside_geometry(iopt, idomain);
	if (rc)
		goto err_unreserve;
	rc = fill_domain_locked(iopt, domain);
	if (rc)
		goto err_unreserve;
	list_add_tail(&idomain->item, &iopt->domains);
	up_write(&iopt->domains_rwsem);
	return 0;

err_unreserve:
	iommufd_iova_unreserve(iopt, idomain);
	up_write(&iopt->domains_rwsem);
	return rc;
}

/**
 * iommufd_iopt_remove_domain() - Empty a domain and forget it
 * @iopt: Where
 * @idomain: From iommufd_iopt_add_domain(); no device uses it any more
 */
void iommufd_iopt_remove_domain(struct iommufd_iopt *iopt,
				struct iommufd_iopt_domain *idomain)
{
	struct iommufd_area *area;

	down_write(&iopt->domains_rwsem);
	list_del(&idomain->item);
	for (area = first_area_locked(iopt, 0, ULONG_MAX); area;
	     area = next_area_locked(area, 0, ULONG_MAX)) {
		area_unmap_domain(area, idomain->domain);
		cond_resched();
	}
	iommufd_iova_unreserve(iopt, idomain);
	up_write(&iopt->domains_rwsem);
}
