// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cutting an area in two, for those who may unmap any part of what they mapped.
 *
 * Both parts show the same memory, which stays pinned and charged as a whole
 * until both are gone. Devices notice nothing: no entry of a page table changes.
 * That needs leaves that do not reach across the cut, so it is only done while
 * large ones are turned off. What the states of an area mean is in iopt.c.
 */
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/rwsem.h>

#include "area.h"
#include "iopt.h"
#include "iopt_access.h"
#include "iopt_cut.h"
#include "pages.h"
#include "refuse.h"

/* Put the area that reaches across @iova on the list, DYING, if there is one. */
static int mark_across(struct iommufd_iopt *iopt, unsigned long iova,
		       struct list_head *dying)
{
	struct iommufd_area *area;
	int rc = 0;

	down_write(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, iova);
	if (area && area->start != iova) {
		if (iommufd_area_read_state(area) == IOMMUFD_AREA_LIVE) {
			area->state = IOMMUFD_AREA_DYING;
			list_add_tail(&area->item, dying);
		} else {
			rc = iommufd_refuse(-EBUSY, "area is being changed");
		}
	}
	up_write(&iopt->iova_rwsem);
	return rc;
}

/* Each part is a user of the pins in each domain. */
static int pin_once_more(struct iommufd_iopt *iopt, struct iommufd_area *area)
{
	struct iommufd_iopt_domain *idomain;
	int rc;

	lockdep_assert_held_read(&iopt->domains_rwsem);
	list_for_each_entry(idomain, &iopt->domains, item) {
		rc = iommufd_pages_pin(area->pages);
		if (rc)
			goto err_unpin;
	}
	return 0;

err_unpin:
	list_for_each_entry_continue_reverse(idomain, &iopt->domains, item)
		iommufd_pages_unpin(area->pages);
	return rc;
}

/* @area becomes what is below @iova, @tail what is not. */
static void replace_by_two(struct iommufd_iopt *iopt,
			   struct iommufd_area *area,
			   struct iommufd_area *tail, unsigned long iova)
{
	down_write(&iopt->iova_rwsem);
	iommufd_area_remove_locked(iopt, area);
	area->length = iova - area->start;
	iommufd_area_insert_locked(iopt, area, area->start);
	iommufd_area_insert_locked(iopt, tail, iova);
	list_add_tail(&tail->item, &area->item);
	up_write(&iopt->iova_rwsem);
}

/*
 * The area is DYING by the caller, on a list, and used by nobody but domains. Its
 * new tail is on the list too.
 */
static int cut_area(struct iommufd_iopt *iopt, struct iommufd_area *area,
		    unsigned long iova)
{
	unsigned long head = iova - area->start;
	struct iommufd_area *tail;
	int rc;

	/* A revocation would have to find both parts. */
	if (area->pages->backing.dma_buf)
		return iommufd_refuse(-EINVAL,
				      "range would cut memory of a device");
	tail = iommufd_area_alloc(area->pages, area->offset + head,
				  area->length - head, area->prot);
	if (!tail)
		return iommufd_refuse(-ENOMEM, "out of memory");

	if (down_read_killable(&iopt->domains_rwsem)) {
		rc = iommufd_refuse(-EINTR, "killed");
		goto err_free;
	}
	if (iopt->huge_pages) {
		rc = iommufd_refuse(-ENOENT, "range would cut an area");
		goto err_unlock;
	}
	rc = pin_once_more(iopt, area);
	if (rc)
		goto err_unlock;
	replace_by_two(iopt, area, tail, iova);
	up_read(&iopt->domains_rwsem);
	return 0;

err_unlock:
	up_read(&iopt->domains_rwsem);
err_free:
	iommufd_area_free(tail);
	return rc;
}

/**
 * iommufd_iopt_cut() - Let an area begin at an address, if one is there
 * @iopt: Where; large leaves are turned off
 * @iova: The address, a multiple of PAGE_SIZE
 *
 * In-kernel users are made to let go of the whole area, and can use both parts
 * afterwards. What is mapped stays the same, also on error.
 *
 * Return: 0, also when nothing reaches across; -EBUSY when another thread maps
 * or unmaps there; -ENOENT when large leaves are turned on; -EDEADLOCK when an
 * in-kernel user does not let go; -ENOMEM; -EINTR
 */
int iommufd_iopt_cut(struct iommufd_iopt *iopt, unsigned long iova)
{
	struct iommufd_area *area;
	LIST_HEAD(dying);
	int rc;

	rc = mark_across(iopt, iova, &dying);
	if (rc || list_empty(&dying))
		return rc;
	area = list_first_entry(&dying, struct iommufd_area, item);
	rc = iommufd_iopt_evict(iopt, &dying);
	if (!rc)
		rc = cut_area(iopt, area, iova);
	iommufd_areas_settle(&dying);
	return rc;
}
