// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning of user memory for DMA.
 *
 * Memory is pinned in batches: a batch bounds the time that the mmap_lock is
 * held, and between two of them the caller may be killed or scheduled away.
 *
 * A long-term pin cannot let go of the mmap_lock while it waits for a page. So
 * it is first tried without faults, which is all that populated memory needs.
 * What is missing is then faulted in by a walk that does let go of the lock,
 * can be killed, and works for pages that a userfaultfd provides.
 */
#include <linux/hugetlb.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "extent.h"
#include "pin.h"
#include "refuse.h"

/* Pages of a batch for which no memory is allocated. */
#define SMALL_BATCH_PAGES	16

/* Pages to unpin between two chances to reschedule. */
#define UNPIN_PAGES		4096

/*
 * How to get at memory that is mapped for reading only.
 *
 * A read pin of a private mapping can get the page cache's page, or the zero
 * page. When the process writes to that address later it gets a copy, and the
 * device would go on reading the old page. So copies are made at once, by
 * pinning private memory for writing; FOLL_FORCE is for mappings that are not
 * writable at the moment, where a copy does no harm either.
 *
 * Shared memory has one page for all, and may belong to a file that this
 * process must not write to: a read pin is right, and leaves it clean.
 *
 * hugetlbfs cannot force writes: private huge pages that are not writable get
 * a read pin. That is wrong only for a page of a hugetlbfs file, if it is made
 * writable and written to while it is pinned.
 */
static unsigned int read_only_flags(struct vm_area_struct *vma)
{
	if (!is_cow_mapping(vma->vm_flags))
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return FOLL_WRITE;
	if (is_vm_hugetlb_page(vma))
		return 0;
	return FOLL_WRITE | FOLL_FORCE;
}

/*
 * Choose the flags to get at @start. Returns the number of pages that they are
 * right for, at most @npages, or -EFAULT.
 */
static long choose_flags(struct mm_struct *mm, unsigned long start,
			 unsigned long npages, bool writable,
			 unsigned int *flags)
{
	struct vm_area_struct *vma;

	mmap_assert_locked(mm);

	if (writable) {
		*flags = FOLL_WRITE;
		return npages;
	}

	/* Forced writes ask for no permission: PROT_NONE is up to us. */
	vma = vma_lookup(mm, start);
	if (!vma || !(vma->vm_flags & VM_READ))
		return -EFAULT;
	*flags = read_only_flags(vma);
	return min(npages, (vma->vm_end - start) >> PAGE_SHIFT);
}

/* Pin up to @npages pages: may be fewer. @extra is more gup flags. */
static long try_pin(struct mm_struct *mm, unsigned long start,
		    unsigned long npages, bool writable, unsigned int extra,
		    struct page **list)
{
	unsigned int flags;
	long n;

	extra |= FOLL_LONGTERM;
	if (writable && mm == current->mm)
		return pin_user_pages_fast(start, npages, extra | FOLL_WRITE,
					   list);

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	n = choose_flags(mm, start, npages, writable, &flags);
	if (n > 0) {
		flags |= extra;
		/* Protection keys matter to the process itself. */
		if (mm == current->mm)
			n = pin_user_pages(start, n, flags, list, NULL);
		else
			n = pin_user_pages_remote(mm, start, n, flags, list,
						  NULL, NULL);
	}
	mmap_read_unlock(mm);
	return n;
}

/* Fault up to @npages pages in; they may be gone again on return. */
static long fault_in(struct mm_struct *mm, unsigned long start,
		     unsigned long npages, bool writable)
{
	unsigned int flags;
	int locked = 1;
	long n;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	n = choose_flags(mm, start, npages, writable, &flags);
	if (n > 0)
		n = get_user_pages_remote(mm, start, n, flags, NULL, NULL,
					  &locked);
	if (locked)
		mmap_read_unlock(mm);
	return n;
}

/* Pin up to @npages pages of a process: may be fewer, not 0. */
static long pin_user_batch(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, bool writable,
			   struct page **list)
{
	long n;

	if (!mmget_not_zero(mm))
		return -ESRCH;

	n = try_pin(mm, start, npages, writable, FOLL_NOFAULT, list);
	if (n <= 0) {
		n = fault_in(mm, start, npages, writable);
		if (n > 0)
			n = try_pin(mm, start, n, writable, 0, list);
	}

	/* If the process exits now, do not tear it down under our locks. */
	mmput_async(mm);
	return n > 0 || n == -ENOMEM ? n : -EFAULT;
}

/* What user space sees of a failed batch. */
static int pin_error(long rc)
{
	if (fatal_signal_pending(current))
		return iommufd_refuse(-EINTR, "killed");
	switch (rc) {
	case -ENOMEM:
		return iommufd_refuse(-ENOMEM, "out of memory to pin");
	case -ENOSPC: /* or the file system is full */
		return iommufd_refuse(-ENOMEM, "out of huge pages");
	case -EINTR: /* hugetlbfs lets any signal stop it */
		return iommufd_refuse(-EINTR, "signal");
	case -EINVAL:
		return iommufd_refuse(-EINVAL, "file ends before");
	case -ESRCH:
		return iommufd_refuse(-EFAULT, "process of the memory is gone");
	default: /* fs-dax, device memory, holes, wrong permissions */
		return iommufd_refuse(-EFAULT, "memory cannot be pinned");
	}
}

/**
 * iommufd_pin_some() - pin a few pages for a long time
 * @backing: where memory comes from
 * @first: first page, counted from @backing->start
 * @npages: how many to pin at most, not 0, to IOMMUFD_PIN_BATCH
 * @list: gets the pages
 *
 * Context: sleeps, takes the mmap_lock of a process, faults pages in.
 * Return: how many are pinned, at least one; else as iommufd_pin().
 */
long iommufd_pin_some(const struct iommufd_backing *backing,
		      unsigned long first, unsigned long npages,
		      struct page **list)
{
	unsigned long start = backing->start + first * PAGE_SIZE;
	long n;

	if (fatal_signal_pending(current))
		return iommufd_refuse(-EINTR, "killed");
	if (backing->file)
		n = pin_file_pages(backing->file, PFN_DOWN(start), npages,
				   list);
	else
		n = pin_user_batch(backing->mm, start, npages,
				   backing->writable, list);
	return n < 0 ? pin_error(n) : n;
}

/* Note pinned pages down; those that cannot be are unpinned. */
static int take_up(struct page **list, unsigned long npages,
		   struct iommufd_extents *extents)
{
	unsigned long i, n;
	int rc;

	for (i = 0; i < npages; i += n) {
		unsigned long pfn = page_to_pfn(list[i]);

		for (n = 1; i + n < npages; n++)
			if (page_to_pfn(list[i + n]) != pfn + n)
				break;
		rc = iommufd_extents_append(extents, pfn, n,
					    IOMMUFD_EXTENT_MAX_PAGES);
		if (rc) {
			unpin_user_pages(list + i, npages - i);
			return iommufd_refuse(rc, "out of memory for extents");
		}
	}
	return 0;
}

static int pin_batches(const struct iommufd_backing *backing,
		       unsigned long npages, struct iommufd_extents *extents,
		       struct page **list, unsigned long batch)
{
	unsigned long done = 0;

	while (done < npages) {
		long pinned;
		int rc;

		cond_resched();
		pinned = iommufd_pin_some(backing, done,
					  min(npages - done, batch), list);
		if (pinned < 0)
			return pinned;

		rc = take_up(list, pinned, extents);
		if (rc)
			return rc;
		done += pinned;
	}
	return 0;
}

/**
 * iommufd_pin() - pin memory for a long time
 * @backing: where it comes from; the process need not be the current one
 * @npages: number of pages
 * @extents: empty; gets the pages in the order of their addresses
 *
 * All or nothing.
 *
 * Context: sleeps, takes the mmap_lock of a process, faults pages in.
 * Return: 0; -EFAULT when there is no memory that can be pinned, or the process
 * is gone; -EINVAL beyond the end of a file; -ENOMEM; -EINTR on a fatal signal,
 * and on any while huge pages are allocated for a file.
 */
int iommufd_pin(const struct iommufd_backing *backing, unsigned long npages,
		struct iommufd_extents *extents)
{
	struct page *small[SMALL_BATCH_PAGES];
	struct page **list = NULL;
	int rc;

	if (npages > SMALL_BATCH_PAGES)
		list = kmalloc_array(IOMMUFD_PIN_BATCH, sizeof(*list),
				     GFP_KERNEL | __GFP_NOWARN);
	if (list)
		rc = pin_batches(backing, npages, extents, list,
				 IOMMUFD_PIN_BATCH);
	else
		rc = pin_batches(backing, npages, extents, small,
				 SMALL_BATCH_PAGES);
	kfree(list);

	/* No device has seen these pages. */
	if (rc)
		iommufd_unpin(extents, false);
	return rc;
}

static void unpin_run(unsigned long pfn, unsigned long npages, bool dirty)
{
	while (npages) {
		unsigned long n = min_t(unsigned long, npages, UNPIN_PAGES);

		unpin_user_page_range_dirty_lock(pfn_to_page(pfn), n, dirty);
		cond_resched();
		pfn += n;
		npages -= n;
	}
}

/**
 * iommufd_unpin() - unpin what iommufd_pin() pinned
 * @extents: where the memory is; empty afterwards
 * @dirty: a device may have written to it
 *
 * Never fails and never allocates.
 *
 * Context: sleeps.
 */
void iommufd_unpin(struct iommufd_extents *extents, bool dirty)
{
	struct iommufd_extent_iter iter;

	iommufd_extent_iter_start(&iter, extents, 0, extents->npages);
	while (iommufd_extent_iter_next(&iter))
		unpin_run(iter.pfn, iter.npages, dirty);
	iommufd_extents_clear(extents);
}
