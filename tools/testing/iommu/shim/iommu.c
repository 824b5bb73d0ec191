// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IOMMU whose page tables have leaves of 4 KiB, 2 MiB and 1 GiB: see world.h.
 */
#include "world.h"

struct iommu_domain domains[2];

/* Page frames that are unmapped and not flushed. */
static unsigned int stale[WORLD_IOVA_PAGES];
static unsigned long nr_stale;

static unsigned long leaf_npages(unsigned long page, unsigned long pfn,
				 unsigned long npages)
{
	if (!((page | pfn) & 262143) && npages >= 262144)
		return 262144;
	return !((page | pfn) & 511) && npages >= 512 ? 512 : 1;
}

static void set_leaf(struct iommu_domain *domain, unsigned long page,
		     unsigned long pfn, unsigned long npages, int prot)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		assert(!domain->leaf[page + i]);
		assert(world.pins[pfn + i]);
		domain->leaf[page + i] = page + 1;
		domain->pfn[page + i] = pfn + i;
		world.mapped[pfn + i]++;
	}
	domain->npages[page] = npages;
	domain->prot[page] = prot;
}

/* Returns the size of the leaf. */
static unsigned long clear_leaf(struct iommu_domain *domain, unsigned long page)
{
	unsigned long i, npages = domain->npages[page];

	/* Mapped, and not a piece of a larger leaf. */
	assert(domain->leaf[page] == page + 1);
	for (i = 0; i < npages; i++) {
		unsigned int pfn = domain->pfn[page + i];

		domain->leaf[page + i] = 0;
		world.mapped[pfn]--;
		world.stale[pfn]++;
		stale[nr_stale++] = pfn;
	}
	return npages;
}

static void flush(void)
{
	while (nr_stale)
		world.stale[stale[--nr_stale]]--;
}

/* As in the kernel: what a failing call has mapped, from @first on, it unmaps. */
static int map(struct iommu_domain *domain, unsigned long first,
	       unsigned long iova, phys_addr_t pa, size_t size, int prot)
{
	unsigned long page = iova >> PAGE_SHIFT;
	unsigned long pfn = pa >> PAGE_SHIFT;
	unsigned long left = size >> PAGE_SHIFT;

	assert(size && IS_ALIGNED(iova | pa | size, PAGE_SIZE));
	assert(page + left <= WORLD_IOVA_PAGES);
	while (left) {
		unsigned long n = leaf_npages(page, pfn, left);

		if (world.lazy_iommu && !random_below(world.lazy_iommu)) {
			while (first < page)
				first += clear_leaf(domain, first);
			flush();
			return -ENOMEM;
		}
		set_leaf(domain, page, pfn, n, prot);
		page += n;
		pfn += n;
		left -= n;
	}
	return 0;
}

int iommu_map_gfp(struct iommu_domain *domain, unsigned long iova,
		  phys_addr_t pa, size_t size, int prot, gfp_t gfp)
{
	/* Bounded work, and no leaf that would be cut by unmapping in steps. */
	assert((iova ^ (iova + size - 1)) < SZ_1G);
	assert(!((iova ^ pa) & (SZ_2M - 1)) || size <= SZ_64M);
	return map(domain, iova >> PAGE_SHIFT, iova, pa, size, prot);
}

int iommu_map_runs(struct iommu_domain *domain, unsigned long iova,
		   const struct iommu_run *runs, unsigned int nr, int prot,
		   gfp_t gfp)
{
	unsigned long first = iova >> PAGE_SHIFT;
	unsigned int i;
	int rc = 0;

	assert(nr && nr <= 32);
	for (i = 0; i < nr && !rc; i++) {
		assert(runs[i].size <= SZ_2M);
		/* Else it would have been one run. */
		assert(!i || runs[i - 1].paddr + runs[i - 1].size !=
				     runs[i].paddr);
		rc = map(domain, first, iova, runs[i].paddr, runs[i].size,
			 prot);
		iova += runs[i].size;
	}
	return rc;
}

size_t iommu_unmap_range(struct iommu_domain *domain, unsigned long iova,
			 size_t size, struct iommu_iotlb_gather *gather)
{
	unsigned long page = iova >> PAGE_SHIFT;
	unsigned long npages = size >> PAGE_SHIFT, done = 0;

	assert(size && IS_ALIGNED(iova | size, PAGE_SIZE));
	assert(page + npages <= WORLD_IOVA_PAGES);
	while (done < npages)
		done += clear_leaf(domain, page + done);
	gather->pending += done;
	return done << PAGE_SHIFT;
}

void iommu_iotlb_sync(struct iommu_domain *domain,
		      struct iommu_iotlb_gather *gather)
{
	assert(gather->pending == nr_stale);
	gather->pending = 0;
	flush();
	world.syncs++;
}
