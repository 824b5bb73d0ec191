/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backing memory of mapped ranges.
 */
#ifndef __IOMMUFD_PAGES_H
#define __IOMMUFD_PAGES_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "account.h"
#include "extent.h"

struct iommu_domain;
struct mm_struct;

/**
 * struct iommufd_pages - a range of user memory that areas map
 * @kref: (a) one per area, whatever the number of domains
 * @mutex: (p) serializes the first pin and the last unpin. The mmap_lock of any
 *	process nests inside; so this is never taken in a page fault.
 * @mm: (i) grabbed, not mmget: the process may go, its pinned pages stay
 * @start: (i) page aligned, untagged user address of the first page
 * @head: (i) bytes of the first page before the first one that is mapped
 * @npages: (i) pages in the range
 * @writable: (i) pinned for writing
 * @account: (i) who pays for the pins
 * @users: (p) users of the pins: pinned and charged while not 0
 * @extents: (p) where the memory is. Filled by the first user, emptied by the
 *	last one; whoever is a user reads it without the mutex.
 *
 * (a) atomic, (i) immutable, (p) under @mutex.
 */
struct iommufd_pages {
	struct kref kref;
	struct mutex mutex; /* (p), before mmap_lock */
	struct mm_struct *mm;
	unsigned long start;
	unsigned long head;
	unsigned long npages;
	bool writable;
	struct iommufd_account account;
	unsigned long users;
	struct iommufd_extents extents;
};

struct iommufd_pages *iommufd_pages_alloc_user(void __user *uptr,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode);
struct iommufd_pages *iommufd_pages_get(struct iommufd_pages *pages);
void iommufd_pages_put(struct iommufd_pages *pages);

int iommufd_pages_pin(struct iommufd_pages *pages);
void iommufd_pages_unpin(struct iommufd_pages *pages);

int iommufd_pages_map(struct iommufd_pages *pages, struct iommu_domain *domain,
		      unsigned long iova, unsigned long offset,
		      unsigned long length, int prot, size_t max_leaf);
void iommufd_pages_unmap(struct iommu_domain *domain, unsigned long iova,
			 unsigned long length);

#endif
