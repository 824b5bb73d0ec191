/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backing memory of mapped ranges.
 */
#ifndef __IOMMUFD_PAGES_H
#define __IOMMUFD_PAGES_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "account.h"
#include "extent.h"
#include "pin.h"
#include "usage.h"

struct dma_buf;
struct iommu_domain;

/**
 * struct iommufd_pages - a range of user memory that areas map
 * @kref: (a) one per area, whatever the number of domains
 * @mutex: (p) serializes the first pin and the last unpin. The mmap_lock of any
 *	process nests inside; so this is never taken in a page fault.
 * @backing: (i) where it comes from. A process may go, its pinned pages stay
 * @head: (i) bytes of the first page before the first one that is mapped
 * @npages: (i) pages in the range
 * @account: (p) who pays for the pins
 * @usage: (i) of the context, counts the pins. Set when it is first mapped
 * @users: (p) users of the pins: pinned and charged while not 0
 * @extents: (p) where the memory is. Filled by the first user, emptied by the
 *	last one; whoever is a user reads it without the mutex.
 * @singles: (p) pages that are pinned one by one, see pages_access.c
 * @nr_singles: (p) their number
 * @pending: (p) pages that are being pinned as singles
 * @charged: (p) pages that are charged, see payer.c
 * @next_account: (p) who else is charged, while that changes; or NULL
 * @counted_pinned: (p) what @usage knows of, in pages
 * @counted_charged: (p) what @usage knows of, in pages
 * @room: of the first area that shows the pages, see iommufd_area_init_first()
 *
 * (a) atomic, (i) immutable, (p) under @mutex.
 */
struct iommufd_pages {
	struct kref kref;
	struct mutex mutex; /* (p), before mmap_lock */
	struct iommufd_backing backing;
	unsigned long head;
	unsigned long npages;
	struct iommufd_account account;
	struct iommufd_usage *usage;
	unsigned long users;
	struct iommufd_extents extents;
	struct xarray singles;
	unsigned long nr_singles;
	unsigned long pending;
	unsigned long charged;
	struct iommufd_account *next_account;
	long counted_pinned;
	long counted_charged;
	unsigned long room[12];
};

struct iommufd_pages *iommufd_pages_alloc_user(void __user *uptr,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode);
struct iommufd_pages *iommufd_pages_alloc_file(struct file *file,
					       unsigned long start,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode);
struct iommufd_pages *iommufd_pages_alloc_dma_buf(struct dma_buf *buf,
						  unsigned long start,
						  unsigned long length,
						  bool writable);
void iommufd_pages_put(struct iommufd_pages *pages);

/**
 * iommufd_pages_get() - take a reference
 * @pages: object that the caller has a reference on
 *
 * Return: @pages.
 */
static inline struct iommufd_pages *
iommufd_pages_get(struct iommufd_pages *pages)
{
	kref_get(&pages->kref);
	return pages;
}

int iommufd_pages_pin(struct iommufd_pages *pages);
void iommufd_pages_unpin(struct iommufd_pages *pages);

int iommufd_pages_map(struct iommufd_pages *pages, struct iommu_domain *domain,
		      unsigned long iova, unsigned long offset,
		      unsigned long length, int prot, size_t max_leaf);
int iommufd_pages_map_device(struct iommu_domain *domain, unsigned long iova,
			     phys_addr_t paddr, unsigned long length, int prot,
			     size_t max_leaf);
void iommufd_pages_unmap(struct iommu_domain *domain, unsigned long iova,
			 unsigned long length);

#endif
