// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking areas back. What the states of an area mean is in iopt.c.
 */
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/sched.h>

#include "area.h"
#include "iopt.h"
#include "iopt_access.h"
#include "refuse.h"

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
	for (area = iommufd_area_first(iopt, iova, last); area;
	     area = iommufd_area_next(area, last)) {
		if (area->start < iova || area->last > last)
			rc = iommufd_refuse(-ENOENT, "range would cut an area");
		else if (iommufd_area_read_state(area) != IOMMUFD_AREA_LIVE)
			rc = iommufd_refuse(-EBUSY, "area is being changed");
		if (rc)
			break;
		area->state = IOMMUFD_AREA_DYING;
		list_add_tail(&area->item, dying);
		cond_resched();
	}
	if (rc)
		iommufd_areas_settle(dying);
	up_write(&iopt->iova_rwsem);
	return rc;
}

/* The same, and nobody in the kernel uses the areas any more. */
static int mark_and_evict(struct iommufd_iopt *iopt, unsigned long iova,
			  unsigned long last, struct list_head *dying)
{
	int rc;

	rc = mark_range(iopt, iova, last, dying);
	if (rc)
		return rc;
	rc = iommufd_iopt_evict(iopt, dying);
	if (rc)
		iommufd_areas_settle(dying);
	return rc;
}

static int unmap_range(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped)
{
	struct iommufd_area *area, *next;
	LIST_HEAD(dying);
	int rc;

	*unmapped = 0;
	rc = mark_and_evict(iopt, iova, last, &dying);
	if (rc)
		return rc;

	if (down_read_killable(&iopt->domains_rwsem)) {
		iommufd_areas_settle(&dying);
		return iommufd_refuse(-EINTR, "killed");
	}
	list_for_each_entry_safe(area, next, &dying, item) {
		iommufd_area_drain(iopt, area);
		*unmapped += area->length;

		down_write(&iopt->iova_rwsem);
		iommufd_area_remove_locked(iopt, area);
		up_write(&iopt->iova_rwsem);

		iommufd_area_free(area);
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
 * -EBUSY when another thread maps or unmaps there; -EDEADLOCK when an in-kernel
 * user does not let go; -EINTR while waiting for that
 */
int iommufd_iopt_unmap(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped)
{
	int rc;

	rc = unmap_range(iopt, iova, last, unmapped);
	if (!rc && !*unmapped)
		return iommufd_refuse(-ENOENT, "nothing is mapped there");
	return rc;
}

/**
 * iommufd_iopt_unmap_within() - Take back what is mapped in a range, if anything
 * @iopt: Where
 * @iova: First address
 * @last: Last address
 * @unmapped: Bytes that were taken back, may be 0
 *
 * Return: 0; -ENOENT when an area reaches across an end; else as
 * iommufd_iopt_unmap()
 */
int iommufd_iopt_unmap_within(struct iommufd_iopt *iopt, unsigned long iova,
			      unsigned long last, unsigned long *unmapped)
{
	return unmap_range(iopt, iova, last, unmapped);
}

/**
 * iommufd_iopt_unmap_all() - Take back everything
 * @iopt: Where; may be empty
 * @unmapped: Bytes that were taken back
 *
 * Return: 0; -EBUSY, -EDEADLOCK, -EINTR as iommufd_iopt_unmap()
 */
int iommufd_iopt_unmap_all(struct iommufd_iopt *iopt, unsigned long *unmapped)
{
	return unmap_range(iopt, 0, ULONG_MAX, unmapped);
}
