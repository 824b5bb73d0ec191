// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping of pages, and of memory of devices, in domains.
 */
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "extent.h"
#include "pages.h"
#include "refuse.h"

/* Runs that are handed to an IOMMU driver at once, 16 bytes each. */
#define MAP_RUNS 32

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
 * iommufd_pages_map_device() - map memory of a device in a domain
 * @domain: paging domain; nobody else changes this part of it
 * @iova: where to map, not mapped
 * @paddr: where the memory is, in one piece
 * @length: bytes, not 0
 * @prot: IOMMU_READ, IOMMU_WRITE; others do not apply
 * @max_leaf: as of iommufd_pages_map()
 *
 * All or nothing; undone by iommufd_pages_unmap().
 *
 * Context: sleeps.
 * Return: as iommufd_pages_map().
 */
int iommufd_pages_map_device(struct iommu_domain *domain, unsigned long iova,
			     phys_addr_t paddr, unsigned long length, int prot,
			     size_t max_leaf)
{
	struct iommu_run run = { .paddr = paddr, .size = length };
	size_t mapped = 0;
	int rc;

	prot = (prot & (IOMMU_READ | IOMMU_WRITE)) | IOMMU_MMIO;
	rc = map_steps(domain, iova, &run, prot, max_leaf, &mapped);
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
