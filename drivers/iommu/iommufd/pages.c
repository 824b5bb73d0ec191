// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages: memory of a process or of a file, that areas map, and that is pinned
 * while a domain uses it.
 *
 * One pages object stands behind all areas that came from the same map call.
 * Memory is pinned and charged by the first user, shared by all others, and
 * unpinned by the last one. In between, the extents say where it is; nothing is
 * ever read back from an IOMMU page table.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pfn.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "pages.h"
#include "pages_access.h"
#include "payer.h"
#include "pin.h"
#include "refuse.h"

#include <trace/events/iommufd.h>

/* Runs that are handed to an IOMMU driver at once, 16 bytes each. */
#define MAP_RUNS 32

/* Backing memory that comes from nowhere yet. */
static struct iommufd_pages *pages_alloc(unsigned long start,
					 unsigned long length, bool writable,
					 enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;
	unsigned long last;

	if (!length)
		return ERR_PTR(iommufd_refuse(-EINVAL, "length 0"));
	if (check_add_overflow(start, length - 1, &last))
		return ERR_PTR(iommufd_refuse(-EOVERFLOW,
					      "memory ends beyond 64 bits"));

	pages = kmalloc(sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of memory"));

	kref_init(&pages->kref);
	mutex_init(&pages->mutex);
	pages->backing = (struct iommufd_backing){
		.start = start & PAGE_MASK,
		.writable = writable,
	};
	pages->head = offset_in_page(start);
	pages->npages = (last >> PAGE_SHIFT) - (start >> PAGE_SHIFT) + 1;
	iommufd_account_init(&pages->account, mode);
	pages->usage = NULL;
	pages->users = 0;
	iommufd_extents_init(&pages->extents, pages->npages);
	xa_init_flags(&pages->singles, XA_FLAGS_ACCOUNT);
	pages->nr_singles = 0;
	pages->pending = 0;
	pages->charged = 0;
	pages->next_account = NULL;
	pages->counted_pinned = 0;
	pages->counted_charged = 0;
	/* Not @room, which is a quarter of it all. */
	return pages;
}

static void pages_free(struct iommufd_pages *pages)
{
	iommufd_account_release(&pages->account);
	/* Nodes stay where an allocation of more has failed. */
	if (!xa_empty(&pages->singles))
		xa_destroy(&pages->singles);
	mutex_destroy(&pages->mutex);
	kfree(pages);
}

/**
 * iommufd_pages_alloc_user() - make backing memory of the current process' memory
 * @uptr: any user address
 * @length: bytes, not 0
 * @writable: devices may write to it
 * @mode: who pays
 *
 * The object covers all pages that @uptr, @length touches. Nothing is checked,
 * faulted in, pinned or charged yet.
 *
 * Return: object with one reference, to be dropped with iommufd_pages_put();
 * ERR_PTR of -EINVAL (no length), -EOVERFLOW or -ENOMEM.
 */
struct iommufd_pages *iommufd_pages_alloc_user(void __user *uptr,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;

	pages = pages_alloc((unsigned long)untagged_addr(uptr), length,
			    writable, mode);
	if (IS_ERR(pages))
		return pages;
	pages->backing.mm = current->mm;
	mmgrab(pages->backing.mm);
	return pages;
}

static int refuse_file(int rc)
{
	switch (rc) {
	case -EACCES:
		return iommufd_refuse(rc, "file is not open for this");
	case -EPERM:
		return iommufd_refuse(rc, "file is sealed against writing");
	default:
		return iommufd_refuse(rc, "file is not memory");
	}
}

/**
 * iommufd_pages_alloc_file() - make backing memory of a part of a file
 * @file: any file; the object takes a reference of its own
 * @start: byte of the file where it begins
 * @length: bytes, not 0
 * @writable: devices may write to it
 * @mode: who pays
 *
 * Nothing is pinned or charged yet, nor is the file's size checked.
 *
 * Return: as iommufd_pages_alloc_user(); and -EINVAL when it is not a file of
 * memory, -EACCES when it is not open for that, -EPERM when it is sealed.
 */
struct iommufd_pages *iommufd_pages_alloc_file(struct file *file,
					       unsigned long start,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;
	int rc;

	pages = pages_alloc(start, length, writable, mode);
	if (IS_ERR(pages))
		return pages;
	rc = pin_file_begin(file, writable);
	if (rc) {
		pages_free(pages);
		return ERR_PTR(refuse_file(rc));
	}
	pages->backing.file = file;
	return pages;
}

static void pages_release(struct kref *kref)
{
	struct iommufd_pages *pages =
		container_of(kref, struct iommufd_pages, kref);

	/* Whoever still used these would read freed extents. */
	WARN_ON_ONCE(pages->users || pages->nr_singles);
	if (pages->backing.file)
		pin_file_end(pages->backing.file, pages->backing.writable);
	else
		mmdrop(pages->backing.mm);
	pages_free(pages);
}

/**
 * iommufd_pages_put() - drop a reference
 * @pages: object; nobody uses its pins any more when this is the last reference
 */
void iommufd_pages_put(struct iommufd_pages *pages)
{
	kref_put(&pages->kref, pages_release);
}

static bool is_charged(const struct iommufd_pages *pages)
{
	return pages->account.mode != IOMMUFD_ACCOUNT_NONE;
}

static int charge_and_pin(struct iommufd_pages *pages)
{
	bool charged = is_charged(pages);
	int rc;

	rc = iommufd_pages_charge_locked(pages,
					 pages->npages - pages->nr_singles);
	if (rc)
		return rc;

	rc = iommufd_pin(&pages->backing, pages->npages, &pages->extents);
	if (!rc && pages->nr_singles && !iommufd_singles_match_locked(pages)) {
		iommufd_unpin(&pages->extents, false);
		rc = iommufd_refuse(-EFAULT,
				    "memory changed while pinned in part");
	}
	if (rc)
		iommufd_pages_settle_locked(pages);
	else
		trace_iommufd_pin(pages->backing.start, pages->npages,
				  charged);
	return rc;
}

/**
 * iommufd_pages_pin() - become a user of the pins
 * @pages: object that the caller has a reference on
 *
 * The first user charges and pins all pages or none, later ones share them. What
 * is pinned in part already is not charged again.
 *
 * Context: takes pages->mutex and the mmap_lock of the memory's process.
 * Return: 0; -EFAULT when memory cannot be pinned or its process is gone; -ENOMEM
 * when it is, or would be, too much; -EINTR on a fatal signal.
 */
int iommufd_pages_pin(struct iommufd_pages *pages)
{
	int rc = 0;

	/* The first user may take its time. */
	if (mutex_lock_killable(&pages->mutex))
		return iommufd_refuse(-EINTR, "killed");
	if (!pages->users)
		rc = charge_and_pin(pages);
	if (!rc && !pages->users++)
		iommufd_pages_settle_locked(pages);
	mutex_unlock(&pages->mutex);
	return rc;
}

/**
 * iommufd_pages_unpin() - stop being a user of the pins
 * @pages: object that iommufd_pages_pin() was called for. What this user mapped
 *	is unmapped.
 *
 * Never fails and never allocates.
 *
 * Context: takes pages->mutex and the mmap_lock of the process that pays.
 */
void iommufd_pages_unpin(struct iommufd_pages *pages)
{
	guard(mutex)(&pages->mutex);

	if (--pages->users)
		return;
	iommufd_unpin(&pages->extents, pages->backing.writable);
	iommufd_pages_settle_locked(pages);
	trace_iommufd_unpin(pages->backing.start, pages->npages,
			    is_charged(pages));
}

/*
 * The part of a physically contiguous range to map at once: up to an address
 * where no leaf of the IOMMU's page table can reach across, which is what lets
 * iommufd_pages_unmap() cut its work at such addresses. 1 GiB at most, and less
 * when the addresses only allow for 4 KiB leaves and this takes long.
 */
static size_t map_step(unsigned long iova, phys_addr_t paddr, size_t length,
		       size_t max_leaf)
{
	size_t step = (iova ^ paddr) & (SZ_2M - 1) ? SZ_64M : SZ_1G;

	/* A leaf cannot be larger than what is mapped at once. */
	step = min(step, max_leaf);
	return min(length, step - (iova & (step - 1)));
}

static int map_steps(struct iommu_domain *domain, unsigned long iova,
		     const struct iommu_run *run, int prot, size_t max_leaf,
		     size_t *mapped)
{
	phys_addr_t paddr = run->paddr;
	size_t length = run->size;

	while (length) {
		size_t step = map_step(iova, paddr, length, max_leaf);
		int rc;

		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		cond_resched();

		rc = iommu_map_gfp(domain, iova, paddr, step, prot,
				   GFP_KERNEL_ACCOUNT);
		if (rc)
			return iommufd_refuse(rc, "IOMMU driver cannot map");
		iova += step;
		paddr += step;
		length -= step;
		*mapped += step;
	}
	return 0;
}

static int map_short_runs(struct iommu_domain *domain, unsigned long iova,
			  const struct iommu_run *runs, unsigned int nr,
			  int prot, size_t *mapped)
{
	unsigned int i;
	int rc;

	if (fatal_signal_pending(current))
		return iommufd_refuse(-EINTR, "killed");
	cond_resched();

	rc = iommu_map_runs(domain, iova, runs, nr, prot, GFP_KERNEL_ACCOUNT);
	if (rc)
		return iommufd_refuse(rc, "IOMMU driver cannot map");
	for (i = 0; i < nr; i++)
		*mapped += runs[i].size;
	return 0;
}

/*
 * Physically contiguous pieces of a range of extents. Leaves that follow one
 * another are one piece: a leaf of the IOMMU may hold several of the CPU's.
 */
struct run_walk {
	struct iommufd_extent_iter iter;
	unsigned long skip;
	unsigned long left;
	bool more;
};

static void walk_start(struct run_walk *walk, struct iommufd_pages *pages,
		       unsigned long offset, unsigned long length)
{
	walk->skip = offset_in_page(offset);
	walk->left = length;
	iommufd_extent_iter_start(&walk->iter, &pages->extents,
				  PFN_DOWN(offset),
				  PFN_UP(walk->skip + length));
	walk->more = iommufd_extent_iter_next(&walk->iter);
}

static bool walk_next(struct run_walk *walk, struct iommu_run *run)
{
	unsigned long pfn = walk->iter.pfn, npages = walk->iter.npages;

	if (!walk->more)
		return false;
	while ((walk->more = iommufd_extent_iter_next(&walk->iter)) &&
	       walk->iter.pfn == pfn + npages)
		npages += walk->iter.npages;

	run->paddr = PFN_PHYS(pfn) + walk->skip;
	run->size = min((npages << PAGE_SHIFT) - walk->skip, walk->left);
	walk->left -= run->size;
	walk->skip = 0;
	return true;
}

static bool is_short_run(const struct iommu_run *run, size_t max_leaf)
{
	return run->size <= SZ_2M && max_leaf >= SZ_2M;
}

/* Map all of a walk: short runs many at a time, long ones in steps. */
static int map_walk(struct iommu_domain *domain, unsigned long iova,
		    struct run_walk *walk, int prot, size_t max_leaf,
		    size_t *mapped)
{
	struct iommu_run runs[MAP_RUNS] __uninitialized;
	unsigned int nr = 0;
	int rc = 0;

	while (!rc && walk_next(walk, &runs[nr])) {
		bool is_short = is_short_run(&runs[nr], max_leaf);

		if (is_short && ++nr < MAP_RUNS)
			continue;
		if (nr)
			rc = map_short_runs(domain, iova + *mapped, runs, nr,
					    prot, mapped);
		if (!rc && !is_short)
			rc = map_steps(domain, iova + *mapped, &runs[nr], prot,
				       max_leaf, mapped);
		nr = 0;
	}
	if (!rc && nr)
		rc = map_short_runs(domain, iova + *mapped, runs, nr, prot,
				    mapped);
	return rc;
}

/* Memory that is in one piece, as that of small calls: there is no walk. */
static int map_one_run(struct iommu_domain *domain, unsigned long iova,
		       const struct iommu_run *run, int prot, size_t max_leaf,
		       size_t *mapped)
{
	if (is_short_run(run, max_leaf))
		return map_short_runs(domain, iova, run, 1, prot, mapped);
	return map_steps(domain, iova, run, prot, max_leaf, mapped);
}

/**
 * iommufd_pages_map() - map a part of pinned pages in a domain
 * @pages: object that the caller is a user of, see iommufd_pages_pin()
 * @domain: paging domain; nobody else changes this part of it
 * @iova: where to map, not mapped
 * @offset: bytes from the start of the object's first page
 * @length: bytes, not 0
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @max_leaf: bytes of the largest leaf to use, a power of two: PAGE_SIZE to SZ_1G
 *
 * All or nothing.
 *
 * Context: sleeps. Needs no lock on @pages: being a user keeps the extents.
 * Return: 0; -EINVAL when the range is not inside the object, or, by what
 * iommu_map_gfp() says, not aligned to the domain's smallest leaf;
 * -EPERM when @prot allows writes and the pages are pinned for reading; -EINTR
 * on a fatal signal; else what iommu_map_gfp() says. Page tables are charged to
 * the caller's memory cgroup.
 */
int iommufd_pages_map(struct iommufd_pages *pages, struct iommu_domain *domain,
		      unsigned long iova, unsigned long offset,
		      unsigned long length, int prot, size_t max_leaf)
{
	unsigned long npages = PFN_UP(offset_in_page(offset) + length);
	unsigned long first = PFN_DOWN(offset);
	struct iommu_run run = { .size = length };
	struct run_walk walk __uninitialized;
	size_t mapped = 0;
	int rc;

	if (first > pages->npages || npages > pages->npages - first)
		return iommufd_refuse(-EINVAL, "not inside");
	if ((prot & IOMMU_WRITE) && !pages->backing.writable)
		return iommufd_refuse(-EPERM, "memory is not for writing");

	if (pages->extents.nr == 1) {
		run.paddr = PFN_PHYS(iommufd_extents_first(&pages->extents)) +
			    offset;
		rc = map_one_run(domain, iova, &run, prot, max_leaf, &mapped);
	} else {
		walk_start(&walk, pages, offset, length);
		rc = map_walk(domain, iova, &walk, prot, max_leaf, &mapped);
	}
	if (rc)
		iommufd_pages_unmap(domain, iova, mapped);
	return rc;
}

/**
 * iommufd_pages_unmap() - undo iommufd_pages_map()
 * @domain: domain that it is mapped in; the caller still is a user of the pins
 * @iova: as mapped
 * @length: as mapped. A part of what was mapped could cut through a leaf of
 *	the IOMMU's page table, and take more away than was asked for.
 *
 * When this returns no device that is attached to @domain reaches the memory by
 * this range: the IOTLB is flushed, once if the driver can unmap whole ranges,
 * and for 16 GiB each time when tables become free, see iommu_unmap_range().
 * Never fails and never allocates.
 *
 * Context: sleeps.
 */
void iommufd_pages_unmap(struct iommu_domain *domain, unsigned long iova,
			 unsigned long length)
{
	struct iommu_iotlb_gather gather;
	unsigned long done = 0;

	if (!length)
		return;

	/*
	 * The drivers find their leaves themselves, so extents do not matter
	 * here. No leaf reaches across 1 GiB, see map_step().
	 */
	iommu_iotlb_gather_init(&gather);
	while (done < length) {
		unsigned long at = iova + done;
		size_t step = min(length - done, SZ_1G - (at & (SZ_1G - 1)));
		size_t unmapped = iommu_unmap_range(domain, at, step,
						    &gather);

		if (unmapped != step)
			pr_err_once("iommufd: unmapped %#zx of %#zx bytes at %#lx\n",
				    unmapped, step, at);
		done += max(unmapped, step);
		cond_resched();
	}
	iommu_iotlb_sync(domain, &gather);
}
