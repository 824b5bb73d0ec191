/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backing memory as in-kernel users need it: some pages of it at a time.
 */
#ifndef _IOMMUFD_PAGES_ACCESS_H
#define _IOMMUFD_PAGES_ACCESS_H

#include <linux/bits.h>
#include <linux/types.h>

struct iommufd_pages;
struct page;

/* For tests: read and write by pinning, also where copying is enough. */
#define IOMMUFD_ACCESS_RW_SLOW_PATH	BIT(2)

/**
 * struct iommufd_pages_pin_range - A range that an in-kernel user has pinned
 * @first: Its first page, counted from that of the pages object
 * @npages: Pages
 * @whole: By being a user of all pins, see iommufd_pages_pin()
 */
struct iommufd_pages_pin_range {
	unsigned long first;
	unsigned long npages;
	bool whole;
};

int iommufd_pages_pin_range(struct iommufd_pages *pages, unsigned long first,
			    unsigned long npages, struct page **out_pages,
			    struct iommufd_pages_pin_range *pinned);
void iommufd_pages_unpin_range(struct iommufd_pages *pages,
			       const struct iommufd_pages_pin_range *pinned);
bool iommufd_singles_match_locked(struct iommufd_pages *pages);
int iommufd_pages_rw(struct iommufd_pages *pages, unsigned long offset,
		     void *data, size_t length, unsigned int flags);

#endif
