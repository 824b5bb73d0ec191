// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages devices have written, as the domain of a hwpt knows it.
 *
 * The areas of a range are worked on one after the other. No lock is held
 * meanwhile, neither by the driver nor while the program's bitmap is pinned: an
 * area that is in flight is not unmapped, so that the leaves stay.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/iova_bitmap.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "area.h"
#include "dma_buf.h"
#include "iopt.h"
#include "iopt_access.h"
#include "iopt_dirty.h"
#include "pages.h"
#include "refuse.h"

/* Areas that are looked at before others get the lock */
#define CHECK_AREAS	1024

/**
 * struct dirty_walk - One call that reads what is dirty
 * @report: What the driver is given
 * @iopt: Where
 * @domain: Shows it
 * @flags: As of read_and_clear_dirty() of struct iommu_dirty_ops
 * @bitmap: Of the program; NULL to forget what was dirty
 */
struct dirty_walk {
	struct iommu_dirty_report report;
	struct iommufd_iopt *iopt;
	struct iommu_domain *domain;
	unsigned long flags;
	struct iova_bitmap *bitmap;
};

static void record(struct iommu_dirty_report *report, unsigned long iova,
		   size_t size)
{
	struct dirty_walk *walk = container_of(report, struct dirty_walk,
					       report);

	if (walk->bitmap)
		iova_bitmap_set(walk->bitmap, iova, size);
}

static void walk_init(struct dirty_walk *walk, struct iommufd_iopt *iopt,
		      struct iommu_domain *domain, unsigned long flags)
{
	*walk = (struct dirty_walk){
		.report.record = record,
		.iopt = iopt,
		.domain = domain,
		.flags = flags,
	};
	iommu_iotlb_gather_init(&walk->report.gather);
}

/* The lowest area that reaches into a range, which is not unmapped then. */
static struct iommufd_area *get_area(struct iommufd_iopt *iopt,
				     unsigned long iova, unsigned long last)
{
	struct iommufd_area *area;

	down_read(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, last);
	/* It was there when the range was checked: somebody unmaps it. */
	if (!area || iommufd_area_read_state(area) != IOMMUFD_AREA_LIVE)
		area = ERR_PTR(-EBUSY);
	else
		atomic_inc(&area->inflight);
	up_read(&iopt->iova_rwsem);
	return area;
}

/* [@iova, @last] is mapped, and lies within a GiB. */
static void read_piece(struct dirty_walk *walk, struct iommufd_area *area,
		       unsigned long iova, unsigned long last)
{
	struct iommufd_dma_buf *dma_buf = area->pages->backing.dma_buf;

	if (dma_buf)
		iommufd_dma_buf_lock(dma_buf);
	walk->domain->dirty_ops->read_and_clear_dirty(walk->domain, iova,
						      last - iova + 1,
						      walk->flags,
						      &walk->report);
	if (dma_buf)
		iommufd_dma_buf_unlock(dma_buf);
}

/* No leaf reaches from one GiB to the next. */
static int read_area(struct dirty_walk *walk, struct iommufd_area *area,
		     unsigned long iova, unsigned long last)
{
	unsigned long end;

	for (;; iova = end + 1) {
		end = min(last, iova | (SZ_1G - 1));
		read_piece(walk, area, iova, end);
		if (end == last)
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

static void flush(struct dirty_walk *walk)
{
	struct iommu_iotlb_gather *gather = &walk->report.gather;

	if (gather->start <= gather->end)
		iommu_iotlb_sync(walk->domain, gather);
}

/* Devices can have written through what the IOTLB knows until this returns. */
static int read_window(struct iova_bitmap *bitmap, unsigned long iova,
		       size_t length, void *data)
{
	unsigned long last = iova + length - 1, end;
	struct dirty_walk *walk = data;
	struct iommufd_area *area;
	int rc;

	do {
		area = get_area(walk->iopt, iova, last);
		if (IS_ERR(area)) {
			rc = PTR_ERR(area);
			break;
		}
		if (area->start > iova) {
			rc = -EBUSY;
		} else if (fatal_signal_pending(current)) {
			rc = -EINTR;
		} else {
			end = min(last, area->last);
			rc = read_area(walk, area, iova, end);
		}
		iommufd_iopt_put_area(walk->iopt, area);
		if (rc)
			break;
		iova = end + 1;
		cond_resched();
	} while (end != last);
	flush(walk);
	return rc;
}

/* How far from @iova on all is mapped; @iova when nothing is. */
static unsigned long mapped_until(struct iommufd_iopt *iopt, unsigned long iova,
				  unsigned long last)
{
	struct iommufd_area *area;
	unsigned int count = 0;

	down_read(&iopt->iova_rwsem);
	for (area = iommufd_area_first(iopt, iova, last);
	     area && area->start <= iova && count < CHECK_AREAS;
	     area = iommufd_area_next(area, last), count++) {
		if (iommufd_area_read_state(area) == IOMMUFD_AREA_FILLING)
			break;
		iova = area->last + 1;
		if (area->last >= last)
			break;
	}
	up_read(&iopt->iova_rwsem);
	return iova;
}

/* So that a wrong range changes nothing. */
static int check_mapped(struct iommufd_iopt *iopt, unsigned long iova,
			unsigned long last)
{
	unsigned long next;

	for (;; iova = next) {
		next = mapped_until(iopt, iova, last);
		if (next == iova)
			return iommufd_refuse(-ENOENT, "not all is mapped");
		if (next - 1 >= last)
			return 0;
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		cond_resched();
	}
}

static const char *why_stopped(int rc)
{
	switch (rc) {
	case -EBUSY:
		return "another thread maps or unmaps there";
	case -EINTR:
		return "killed";
	default:
		return "bitmap cannot be written";
	}
}

/**
 * iommufd_iopt_read_dirty() - Report what is dirty in a range, and make it clean
 * @iopt: Where
 * @domain: Shows it, and is not removed meanwhile; has dirty_ops
 * @iova: First address, a multiple of @page_size
 * @length: Bytes, a multiple of @page_size, not 0; the range does not wrap
 * @page_size: Bytes for a bit, a power of two
 * @data: Bitmap of the program; bits are set in it and none is cleared
 * @flags: As of read_and_clear_dirty() of struct iommu_dirty_ops
 *
 * What is clean afterwards is in the bitmap, also after an error. A leaf that
 * reaches across an end of the range stays dirty.
 *
 * Context: Sleeps for page faults on the bitmap, without a lock
 * Return: 0; -ENOENT when something is not mapped; -EBUSY when another thread
 * maps or unmaps there; -EFAULT when the bitmap cannot be written; -ENOMEM;
 * -EINTR
 */
int iommufd_iopt_read_dirty(struct iommufd_iopt *iopt,
			    struct iommu_domain *domain, unsigned long iova,
			    unsigned long length, unsigned long page_size,
			    u64 __user *data, unsigned long flags)
{
	struct dirty_walk walk;
	int rc;

	rc = check_mapped(iopt, iova, iova + length - 1);
	if (rc)
		return rc;
	walk_init(&walk, iopt, domain, flags);
	walk.bitmap = iova_bitmap_alloc(iova, length, page_size, data);
	if (IS_ERR(walk.bitmap)) {
		rc = PTR_ERR(walk.bitmap);
		return iommufd_refuse(rc, rc == -ENOMEM ? "out of memory" :
							  why_stopped(rc));
	}
	rc = iova_bitmap_for_each(walk.bitmap, &walk, read_window);
	iova_bitmap_free(walk.bitmap);
	return rc ? iommufd_refuse(rc, why_stopped(rc)) : 0;
}

/* @area is NULL when the next one, up to @last, is another thread's. */
static bool get_next(struct iommufd_iopt *iopt, unsigned long iova,
		     struct iommufd_area **area, unsigned long *last)
{
	struct iommufd_area *next;

	down_read(&iopt->iova_rwsem);
	next = iommufd_area_first(iopt, iova, ULONG_MAX);
	*area = NULL;
	if (next) {
		*last = next->last;
		if (iommufd_area_read_state(next) == IOMMUFD_AREA_LIVE) {
			atomic_inc(&next->inflight);
			*area = next;
		}
	}
	up_read(&iopt->iova_rwsem);
	return next;
}

/**
 * iommufd_iopt_clear_dirty() - Forget what is dirty
 * @iopt: Where
 * @domain: Shows it, and is not removed meanwhile; has dirty_ops
 *
 * What is mapped meanwhile is clean anyway.
 *
 * Return: 0; -EINTR
 */
int iommufd_iopt_clear_dirty(struct iommufd_iopt *iopt,
			     struct iommu_domain *domain)
{
	unsigned long iova = 0, last;
	struct iommufd_area *area;
	struct dirty_walk walk;
	int rc = 0;

	walk_init(&walk, iopt, domain, 0);
	do {
		if (!get_next(iopt, iova, &area, &last))
			break;
		if (area) {
			rc = read_area(&walk, area, area->start, last);
			iommufd_iopt_put_area(iopt, area);
		}
		if (fatal_signal_pending(current))
			rc = -EINTR;
		iova = last + 1;
		cond_resched();
	} while (iova && !rc);
	flush(&walk);
	return rc ? iommufd_refuse(rc, "killed") : 0;
}
