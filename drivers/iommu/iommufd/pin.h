/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinning of user memory for DMA.
 */
#ifndef __IOMMUFD_PIN_H
#define __IOMMUFD_PIN_H

#include <linux/types.h>

struct file;
struct iommufd_dma_buf;
struct iommufd_extents;
struct mm_struct;
struct page;

/* Pages that are pinned at once, one by one. */
#define IOMMUFD_PIN_BATCH	512

/**
 * struct iommufd_backing - where memory comes from
 * @mm: process whose addresses are meant, grabbed by the owner of this; NULL
 *	when it is a file
 * @file: file of memory, referenced by the owner of this; NULL when it is a
 *	process
 * @dma_buf: memory of a device, in place of both: it is never pinned
 * @start: page aligned: untagged user address of the first page, or its place
 *	in the file or dma-buf
 * @writable: devices may write to it; it is pinned for writing
 */
struct iommufd_backing {
	struct mm_struct *mm;
	struct file *file;
	struct iommufd_dma_buf *dma_buf;
	unsigned long start;
	bool writable;
};

long iommufd_pin_some(const struct iommufd_backing *backing,
		      unsigned long first, unsigned long npages,
		      struct page **list);
int iommufd_pin(const struct iommufd_backing *backing, unsigned long npages,
		struct iommufd_extents *extents);
void iommufd_unpin(struct iommufd_extents *extents, bool dirty);

#endif
