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
 * domains_rwsem for writing and so meets areas only that are in all domains.
 * An area that is DYING stays in them until in-kernel users have let go of it,
 * which is waited for without a lock; a user that does not makes it LIVE again.
 *
 * Taking back never allocates and never fails.
 */
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "area.h"
#include "iopt.h"
#include "iova.h"
#include "pages.h"
#include "refuse.h"
#include "usage.h"

/**
 * iommufd_iopt_init() - Make an empty map
 * @iopt: Not in use yet
 * @usage: Of its context, outlives it
 */
void iommufd_iopt_init(struct iommufd_iopt *iopt, struct iommufd_usage *usage)
{
	init_rwsem(&iopt->domains_rwsem);
	init_rwsem(&iopt->iova_rwsem);
	INIT_LIST_HEAD(&iopt->domains);
	iopt->areas = RB_ROOT_CACHED;
	iopt->highest = NULL;
	iopt->reserved = RB_ROOT_CACHED;
	iopt->allowed = RB_ROOT_CACHED;
	iopt->hole_hint = 0;
	iopt->usage = usage;
	iopt->huge_pages = true;
	iopt->alignment = 1;
	iopt->nr_pinning = 0;
	init_rwsem(&iopt->users_rwsem);
	INIT_LIST_HEAD(&iopt->users);
	init_waitqueue_head(&iopt->idle);
}

/**
 * iommufd_iopt_destroy() - Drop all areas
 * @iopt: Has no domains, no in-kernel users and no other user any more
 */
void iommufd_iopt_destroy(struct iommufd_iopt *iopt)
{
	unsigned long unmapped;

	WARN_ON(!list_empty(&iopt->domains) || !list_empty(&iopt->users));
	WARN_ON(iommufd_iopt_unmap_all(iopt, &unmapped));
	iommufd_iova_allow(iopt, NULL, 0);
	/* Ranges that are the map's own, see IOMMU_TEST_OP_ADD_RESERVED */
	iommufd_iova_unreserve(iopt, iopt);
	WARN_ON(!RB_EMPTY_ROOT(&iopt->reserved.rb_root));
}

/*
 * Whether domains can show the memory of these areas. Where they go is checked
 * with the place.
 */
static bool fit_alignment(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;

	lockdep_assert_held(&iopt->domains_rwsem);
	if (iopt->alignment == 1)
		return true;
	list_for_each_entry(area, areas, item)
		if (!IS_ALIGNED(area->offset | area->length, iopt->alignment))
			return false;
	return true;
}

/* Give a list of areas their place, one after the other. */
static int insert_areas(struct iommufd_iopt *iopt, struct list_head *areas,
			unsigned long *iova, unsigned long length, bool fixed)
{
	struct iommufd_area *area =
		list_first_entry(areas, struct iommufd_area, item);
	unsigned long at;
	int rc;

	down_write(&iopt->iova_rwsem);
	if (fixed)
		rc = iommufd_iova_check_locked(iopt, *iova, length);
	else
		rc = iommufd_iova_choose_locked(iopt, iova,
						area->pages->backing.start +
						area->offset, length);
	if (!rc) {
		at = *iova;
		list_for_each_entry(area, areas, item) {
			iommufd_area_insert_locked(iopt, area, at);
			at += area->length;
			cond_resched();
		}
	}
	up_write(&iopt->iova_rwsem);
	return rc;
}

static int fill_areas(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;
	int rc = 0;

	list_for_each_entry(area, areas, item) {
		rc = fatal_signal_pending(current) ?
			iommufd_refuse(-EINTR, "killed") :
			iommufd_area_fill(iopt, area);
		if (rc)
			goto err_drain;
		cond_resched();
	}
	return 0;

err_drain:
	list_for_each_entry_continue_reverse(area, areas, item) {
		iommufd_area_drain(iopt, area);
		cond_resched();
	}
	return rc;
}

static void remove_areas(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;

	down_write(&iopt->iova_rwsem);
	list_for_each_entry(area, areas, item) {
		iommufd_area_remove_locked(iopt, area);
		cond_resched();
	}
	up_write(&iopt->iova_rwsem);
}

/* Undo a complete fill. */
static void take_back(struct iommufd_iopt *iopt, struct list_head *areas)
{
	struct iommufd_area *area;

	down_read(&iopt->domains_rwsem);
	list_for_each_entry(area, areas, item) {
		iommufd_area_drain(iopt, area);
		cond_resched();
	}
	remove_areas(iopt, areas);
	up_read(&iopt->domains_rwsem);
}

static int place_areas(struct iommufd_iopt *iopt, struct list_head *areas,
		       unsigned long *iova, unsigned long length, bool fixed)
{
	int rc;

	if (down_read_killable(&iopt->domains_rwsem))
		return iommufd_refuse(-EINTR, "killed");
	if (fit_alignment(iopt, areas))
		rc = insert_areas(iopt, areas, iova, length, fixed);
	else
		rc = iommufd_refuse(-EINVAL,
				    "memory or length is not aligned");
	if (!rc) {
		rc = fill_areas(iopt, areas);
		if (rc)
			remove_areas(iopt, areas);
	}
	up_read(&iopt->domains_rwsem);
	return rc;
}

/*
 * The list is the caller's to free: empty if all areas are mapped. Between the
 * fill and the end they are FILLING: in all domains, and nobody else's to find.
 */
static int map_areas(struct iommufd_iopt *iopt, struct list_head *areas,
		     unsigned long iova, unsigned long length,
		     iommufd_iopt_tell_fn tell, void *data)
{
	int rc;

	rc = place_areas(iopt, areas, &iova, length, !tell);
	if (rc)
		return rc;
	if (tell)
		rc = tell(data, iova);
	if (rc)
		take_back(iopt, areas);
	else
		iommufd_areas_settle(areas);
	return rc;
}

/**
 * iommufd_iopt_map() - Map memory
 * @iopt: Where
 * @pages: What, from its start: new, and not mapped before. The caller's reference
 *         is taken over, whatever becomes of the call
 * @iova: Where, when @tell is NULL
 * @length: Bytes, not 0, those of @pages
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @tell: The kernel chooses, and this is told; or NULL
 * @data: For @tell
 *
 * When it returns 0 the memory is reachable in all domains. All or nothing.
 *
 * Return: 0; what iommufd_iova_check_locked() and iommufd_iova_choose_locked()
 * give; what iommufd_pages_pin() and iommufd_pages_map() give; what @tell gives;
 * -EINTR
 */
int iommufd_iopt_map(struct iommufd_iopt *iopt, struct iommufd_pages *pages,
		     unsigned long iova, unsigned long length, int prot,
		     iommufd_iopt_tell_fn tell, void *data)
{
	struct iommufd_area *area;
	LIST_HEAD(areas);
	int rc;

	pages->usage = iopt->usage;
	area = iommufd_area_init_first(pages, length, prot);
	list_add(&area->item, &areas);
	rc = map_areas(iopt, &areas, iova, length, tell, data);
	iommufd_areas_free(&areas);
	return rc;
}

/* An area that shows what @area has in [@start, @last]. */
static int copy_part(struct iommufd_area *area, unsigned long start,
		     unsigned long last, int prot, struct list_head *copies)
{
	struct iommufd_area *copy;

	if ((prot & IOMMU_WRITE) && !area->pages->backing.writable)
		return iommufd_refuse(-EPERM, "memory is not for writing");
	copy = iommufd_area_alloc(area->pages,
				  area->offset + (start - area->start),
				  last - start + 1, prot);
	if (!copy)
		return iommufd_refuse(-ENOMEM, "out of memory");
	list_add_tail(&copy->item, copies);
	return 0;
}

/* Note down what is mapped in a range, which must be without holes. */
static int copy_range(struct iommufd_iopt *iopt, unsigned long iova,
		      unsigned long last, int prot, struct list_head *copies)
{
	struct iommufd_area *area;
	unsigned long end;
	int rc = -ENOENT;

	down_read(&iopt->iova_rwsem);
	for (area = iommufd_area_first(iopt, iova, last); area;
	     area = iommufd_area_next(area, last)) {
		if (fatal_signal_pending(current)) {
			rc = iommufd_refuse(-EINTR, "killed");
			break;
		}
		if (area->start <= iova &&
		    iommufd_area_read_state(area) == IOMMUFD_AREA_DYING) {
			rc = iommufd_refuse(-EBUSY, "area is being changed");
			break;
		}
		rc = -ENOENT;
		if (area->start > iova ||
		    iommufd_area_read_state(area) != IOMMUFD_AREA_LIVE)
			break;
		end = min(area->last, last);
		rc = copy_part(area, iova, end, prot, copies);
		if (rc || end == last)
			break;
		iova = end + 1;
		rc = -ENOENT;
		cond_resched();
	}
	up_read(&iopt->iova_rwsem);
	if (rc == -ENOENT)
		iommufd_refuse(rc, "source is not mapped throughout");
	return rc;
}

/**
 * iommufd_iopt_copy() - Map what is mapped in another map, or in this one
 * @dst: Where
 * @dst_iova: Where, when @tell is NULL
 * @src: From where
 * @src_iova: Its first address there
 * @length: Bytes, not 0; does not reach beyond the last address
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @tell: As in iommufd_iopt_map()
 * @data: For @tell
 *
 * The memory is shared: pinned and charged once. All or nothing.
 *
 * Return: 0; -ENOENT when some of the source is not mapped, -EBUSY when it is
 * being unmapped; -EPERM when the memory is not for writing; else as
 * iommufd_iopt_map()
 */
int iommufd_iopt_copy(struct iommufd_iopt *dst, unsigned long dst_iova,
		      struct iommufd_iopt *src, unsigned long src_iova,
		      unsigned long length, int prot,
		      iommufd_iopt_tell_fn tell, void *data)
{
	LIST_HEAD(areas);
	int rc;

	rc = copy_range(src, src_iova, src_iova + length - 1, prot, &areas);
	if (!rc)
		rc = map_areas(dst, &areas, dst_iova, length, tell, data);
	iommufd_areas_free(&areas);
	return rc;
}

/**
 * iommufd_iopt_set_huge_pages() - Choose the size of leaves in domains
 * @iopt: Where
 * @huge_pages: The largest that fit, or the smallest only
 *
 * What is in a domain stays as it is; so to turn them off, nothing may be.
 * Without them everything is mapped in whole pages.
 *
 * Return: 0; -EINVAL when they cannot be turned off now; -EADDRINUSE when
 * something is not mapped in whole pages; -EINTR
 */
int iommufd_iopt_set_huge_pages(struct iommufd_iopt *iopt, bool huge_pages)
{
	int rc = 0;

	if (down_write_killable(&iopt->domains_rwsem))
		return iommufd_refuse(-EINTR, "killed");
	if (!huge_pages && !list_empty(&iopt->domains) &&
	    iommufd_area_first(iopt, 0, ULONG_MAX))
		rc = iommufd_refuse(-EINVAL, "mappings are in hardware");
	else if (!huge_pages)
		rc = iommufd_iopt_check_alignment_locked(iopt, PAGE_SIZE);
	if (!rc) {
		WRITE_ONCE(iopt->huge_pages, huge_pages);
		iommufd_iopt_update_alignment_locked(iopt);
	}
	up_write(&iopt->domains_rwsem);
	return rc;
}

/**
 * iommufd_iopt_huge_pages() - Which size of leaves do domains use?
 * @iopt: Where
 *
 * Return: true for the largest that fit
 */
bool iommufd_iopt_huge_pages(struct iommufd_iopt *iopt)
{
	return READ_ONCE(iopt->huge_pages);
}
