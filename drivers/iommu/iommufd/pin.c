// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning of user memory for DMA.
 *
 * Memory is pinned in batches: a batch bounds the time that the mmap_lock is
 * held, and between two of them the caller may be killed or scheduled away.
 *
 * Populated memory is pinned by pin_user_runs(), which takes one pin for each
 * leaf of the page table. What it leaves out goes the long way:
 *
 * A long-term pin cannot let go of the mmap_lock while it waits for a page. So
 * it is first tried without faults, which moves and copies pages that are
 * there. What is missing is then faulted in by a walk that does let go of the
 * lock, can be killed, and works for pages that a userfaultfd provides.
 */
#include <linux/hugetlb.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pin_runs.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "extent.h"
#include "pin.h"
#include "refuse.h"

/* Runs of a batch for which no memory is allocated, and of any other. */
#define SMALL_BATCH_RUNS	8
#define BATCH_RUNS		(IOMMUFD_PIN_BATCH / 2)

/* Pages and runs to unpin between two chances to reschedule. */
#define UNPIN_PAGES		4096
#define UNPIN_RUNS		32

/*
 * What a batch comes in: runs, or pages where these had to be pinned one by
 * one. There is room for @max_runs, or for twice as many pages.
 */
struct pin_batch {
	struct pin_run *runs;
	unsigned int max_runs;
	unsigned int nr_runs;
	struct page **list;
};

static_assert(2 * sizeof(struct page *) <= sizeof(struct pin_run));

/*
 * How to get at memory that is mapped for reading only.
 *
 * A read pin of a private mapping can get the page cache's page, or the zero
 * page. When the process writes to that address later it gets a copy, and the
 * device would go on reading the old page. So copies are made at once, by
 * pinning private memory for writing, unless try_pin_own() finds them made;
 * FOLL_FORCE is for mappings that are not writable at the moment, where a copy
 * does no harm either.
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

/* Protection keys matter to the process itself. */
static long pin_locked(struct mm_struct *mm, unsigned long start,
		       unsigned long npages, unsigned int flags,
		       struct page **list)
{
	if (mm == current->mm)
		return pin_user_pages(start, npages, flags, list, NULL);
	return pin_user_pages_remote(mm, start, npages, flags, list, NULL,
				     NULL);
}

/*
 * A private page that is there and nobody else's is right as it is. Do not ask to
 * write: a userfaultfd would be told.
 */
static long try_pin_own(struct mm_struct *mm, unsigned long start,
			unsigned long npages, unsigned int flags,
			struct page **list)
{
	long n = pin_locked(mm, start, npages, flags, list), own = 0;

	while (own < n && PageAnon(list[own]))
		own++;
	if (own < n)
		unpin_user_pages(list + own, n - own);
	return own;
}

/* Pin up to @npages pages: may be fewer. @extra is more gup flags. */
static long try_pin(struct mm_struct *mm, unsigned long start,
		    unsigned long npages, bool writable, unsigned int extra,
		    struct page **list)
{
	unsigned int flags;
	long n, own = 0;

	extra |= FOLL_LONGTERM;
	if (writable && mm == current->mm)
		return pin_user_pages_fast(start, npages, extra | FOLL_WRITE,
					   list);

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	n = choose_flags(mm, start, npages, writable, &flags);
	if (n > 0 && !writable && (flags & FOLL_WRITE) &&
	    (extra & FOLL_NOFAULT))
		own = try_pin_own(mm, start, n, extra, list);
	if (n > 0 && !own)
		n = pin_locked(mm, start, n, flags | extra, list);
	mmap_read_unlock(mm);
	return own ?: n;
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

/* Pin by leaf what is there and needs nothing else; may be none. */
static long try_pin_runs(struct mm_struct *mm, unsigned long start,
			 unsigned long npages, bool writable,
			 struct pin_batch *batch)
{
	long n;

	if (!batch->runs)
		return 0;
	if (mm == current->mm)
		return pin_user_runs(mm, start, npages, writable, batch->runs,
				     batch->max_runs, &batch->nr_runs);

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	n = pin_user_runs(mm, start, npages, writable, batch->runs,
			  batch->max_runs, &batch->nr_runs);
	mmap_read_unlock(mm);
	return n;
}

/* With a process that is kept from exiting: first by leaf, then the long way. */
static long pin_kept_batch(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned long max_list,
			   bool writable, struct pin_batch *batch)
{
	unsigned long few = min(npages, max_list);
	long n = 0;

	if (mm != current->mm)
		n = try_pin_runs(mm, start, npages, writable, batch);
	if (!n)
		n = try_pin(mm, start, few, writable, FOLL_NOFAULT,
			    batch->list);
	if (n > 0)
		return n;

	n = fault_in(mm, start, few, writable);
	if (n <= 0)
		return n;
	few = n;
	n = try_pin_runs(mm, start, npages, writable, batch);
	if (!n)
		n = try_pin(mm, start, few, writable, 0, batch->list);
	return n;
}

/*
 * Pin up to @npages pages of a process: may be fewer, not 0. They are in
 * batch->runs if batch->nr_runs says so, else in batch->list, which has room for
 * @max_list.
 */
static long pin_user_batch(struct mm_struct *mm, unsigned long start,
			   unsigned long npages, unsigned long max_list,
			   bool writable, struct pin_batch *batch)
{
	long n;

	/* Memory of this process is kept anyway. */
	batch->nr_runs = 0;
	if (mm == current->mm) {
		n = try_pin_runs(mm, start, npages, writable, batch);
		if (n)
			return n;
	}

	if (!mmget_not_zero(mm))
		return -ESRCH;
	n = pin_kept_batch(mm, start, npages, max_list, writable, batch);
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

/* The same for any memory; what user space sees of an error is returned. */
static long pin_some(const struct iommufd_backing *backing, unsigned long first,
		     unsigned long npages, unsigned long max_list,
		     struct pin_batch *batch)
{
	unsigned long start = backing->start + first * PAGE_SIZE;
	long n;

	if (fatal_signal_pending(current))
		return iommufd_refuse(-EINTR, "killed");
	if (!backing->file)
		n = pin_user_batch(backing->mm, start, npages, max_list,
				   backing->writable, batch);
	else if (batch->runs)
		n = pin_file_runs(backing->file, PFN_DOWN(start), npages,
				  batch->runs, batch->max_runs,
				  &batch->nr_runs);
	else
		n = pin_file_pages(backing->file, PFN_DOWN(start), npages,
				   batch->list);
	return n < 0 ? pin_error(n) : n;
}

/**
 * iommufd_pin_some() - pin a few pages for a long time, one by one
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
	struct pin_batch batch = { .list = list };

	return pin_some(backing, first, npages, npages, &batch);
}

/* Note pinned pages down; those that cannot be are unpinned. */
static int take_up_list(struct page **list, unsigned long npages,
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

static int take_up_runs(const struct pin_run *runs, unsigned int nr,
			struct iommufd_extents *extents)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < nr && !rc; i++) {
		if (runs[i].leaf)
			rc = iommufd_extents_append_leaf(extents, runs[i].pfn,
							 runs[i].npages);
		else
			rc = iommufd_extents_append(extents, runs[i].pfn,
						    runs[i].npages,
						    IOMMUFD_EXTENT_MAX_PAGES);
	}
	if (!rc)
		return 0;
	i--;
	unpin_runs(runs + i, nr - i, false);
	return iommufd_refuse(rc, "out of memory for extents");
}

static int pin_batches(const struct iommufd_backing *backing,
		       unsigned long npages, struct iommufd_extents *extents,
		       struct pin_run *runs, unsigned int max_runs)
{
	/* The list is used when there are no runs. */
	struct pin_batch batch = {
		.runs = runs, .max_runs = max_runs, .list = (struct page **)runs,
	};
	unsigned long done = 0;

	while (done < npages) {
		long pinned;
		int rc;

		cond_resched();
		pinned = pin_some(backing, done, npages - done, 2 * max_runs,
				  &batch);
		if (pinned < 0)
			return pinned;

		if (batch.nr_runs)
			rc = take_up_runs(runs, batch.nr_runs, extents);
		else
			rc = take_up_list(batch.list, pinned, extents);
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
 * @extents: empty; gets the pages in the order of their addresses. A leaf there
 *	has one pin, any other page its own
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
	struct pin_run small[SMALL_BATCH_RUNS] __uninitialized;
	struct pin_run *runs = NULL;
	int rc;

	if (npages > SMALL_BATCH_RUNS)
		runs = kmalloc_array(BATCH_RUNS, sizeof(*runs),
				     GFP_KERNEL | __GFP_NOWARN);
	if (runs)
		rc = pin_batches(backing, npages, extents, runs, BATCH_RUNS);
	else
		rc = pin_batches(backing, npages, extents, small,
				 SMALL_BATCH_RUNS);
	kfree(runs);

	/* No device has seen these pages. */
	if (rc)
		iommufd_unpin(extents, false);
	return rc;
}

/* Take the next run of a walk, in pieces that do not take long. */
static bool next_run(struct iommufd_extent_iter *iter, struct pin_run *run)
{
	if (!iter->npages && !iommufd_extent_iter_next(iter))
		return false;
	run->pfn = iter->pfn;
	run->leaf = iter->leaf;
	run->npages = iter->npages;
	if (!run->leaf)
		run->npages = min_t(unsigned long, iter->npages, UNPIN_PAGES);
	iter->pfn += run->npages;
	iter->npages -= run->npages;
	return true;
}

static void unpin_extents(struct iommufd_extents *extents, bool dirty)
{
	struct pin_run runs[UNPIN_RUNS] __uninitialized;
	struct iommufd_extent_iter iter;
	unsigned long npages = 0;
	unsigned int nr = 0;

	iommufd_extent_iter_start(&iter, extents, 0, extents->npages);
	while (next_run(&iter, &runs[nr])) {
		npages += runs[nr].leaf ? 1 : runs[nr].npages;
		if (++nr < UNPIN_RUNS && npages < UNPIN_PAGES)
			continue;
		unpin_runs(runs, nr, dirty);
		cond_resched();
		nr = 0;
		npages = 0;
	}
	if (nr)
		unpin_runs(runs, nr, dirty);
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
	struct pin_run run;

	/* A page, as of small calls: there is no walk. */
	if (extents->npages == 1) {
		run = (struct pin_run){
			.pfn = iommufd_extents_first(extents),
			.npages = 1,
			.leaf = extents->embedded[0] & IOMMUFD_EXTENT_LEAF,
		};
		unpin_runs(&run, 1, dirty);
		iommufd_extents_init(extents, extents->max_pages);
	} else {
		unpin_extents(extents, dirty);
		iommufd_extents_clear(extents);
	}
}
