// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading which leaves of a second-level table are dirty.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/minmax.h>

#include "dirty.h"
#include "iommu.h"

/* Set by the hardware in the leaf of what it writes: section 9.8 */
#define SL_PTE_DIRTY_BIT	9

/* A table has so many entries, as a power of two */
#define TABLE_BITS		9
#define TABLE_MASK		(BIT(TABLE_BITS) - 1)

/**
 * struct walk - One reading of a table
 * @report: What is told
 * @flags: IOMMU_DIRTY_NO_CLEAR
 * @first: First address that is asked for
 * @last: Last one
 * @run: Where dirty leaves begin that are not told yet
 * @run_end: Where they end; the same as @run when there are none
 */
struct walk {
	struct iommu_dirty_report *report;
	unsigned long flags;
	u64 first;
	u64 last;
	u64 run;
	u64 run_end;
};

/*
 * What has been cleared in it is to be flushed; a bit too much does no harm.
 * Seldom: what each leaf takes should not keep registers for it.
 */
static noinline void end_run(struct walk *walk)
{
	u64 size = walk->run_end - walk->run;

	if (!size)
		return;
	walk->report->record(walk->report, walk->run, size);
	if (!(walk->flags & IOMMU_DIRTY_NO_CLEAR))
		iommu_iotlb_gather_add_range(&walk->report->gather, walk->run,
					     size);
}

static bool is_dirty(struct dma_pte *pte)
{
	return READ_ONCE(pte->val) & BIT_ULL(SL_PTE_DIRTY_BIT);
}

/* It may be written at any moment: what is not seen now is seen next time. */
static void read_leaf(struct walk *walk, struct dma_pte *pte, u64 iova,
		      u64 size)
{
	u64 last = iova + size - 1, from = max(iova, walk->first);

	if (from != walk->run_end) {
		end_run(walk);
		walk->run = from;
	}
	walk->run_end = min(last, walk->last) + 1;
	if (walk->flags & IOMMU_DIRTY_NO_CLEAR || iova < walk->first ||
	    last > walk->last)
		return;
	clear_bit(SL_PTE_DIRTY_BIT, (unsigned long *)&pte->val);
}

/* Most are clean, which is all there is to know about these, or holes. */
static void walk_leaves(struct walk *walk, struct dma_pte *table, u64 iova,
			u64 last)
{
	struct dma_pte *end = &table[last >> VTD_PAGE_SHIFT & TABLE_MASK];
	struct dma_pte *pte = &table[iova >> VTD_PAGE_SHIFT & TABLE_MASK];

	iova = ALIGN_DOWN(iova, VTD_PAGE_SIZE);
	for (; pte <= end; pte++, iova += VTD_PAGE_SIZE) {
		if (is_dirty(pte) && dma_pte_present(pte))
			read_leaf(walk, pte, iova, VTD_PAGE_SIZE);
	}
}

/* No deeper than there are levels */
static void walk_table(struct walk *walk, struct dma_pte *table, int level,
		       u64 iova, u64 last)
{
	unsigned int shift = VTD_PAGE_SHIFT + (level - 1) * TABLE_BITS;
	u64 size = BIT_ULL(shift), end;

	if (level == 1) {
		walk_leaves(walk, table, iova, last);
		return;
	}
	for (;; iova = end + 1) {
		struct dma_pte *pte = &table[iova >> shift & TABLE_MASK];

		end = min(last, iova | (size - 1));
		if (!dma_pte_present(pte))
			; /* a hole, or it is being mapped */
		else if (!dma_pte_superpage(pte))
			walk_table(walk, phys_to_virt(dma_pte_addr(pte)),
				   level - 1, iova, end);
		else if (is_dirty(pte))
			read_leaf(walk, pte, ALIGN_DOWN(iova, size), size);
		if (end == last)
			return;
	}
}

/**
 * intel_walk_dirty() - Read what is dirty in a second-level table
 * @root: The table
 * @level: How many levels it has
 * @iova: First address, within what so many levels translate
 * @last: Last address, likewise
 * @flags: As of read_and_clear_dirty() of &struct iommu_dirty_ops
 * @report: What is told; ranges that follow one another come as one
 *
 * The hardware may set bits meanwhile, and others may map in the range's holes.
 */
void intel_walk_dirty(struct dma_pte *root, int level, u64 iova, u64 last,
		      unsigned long flags, struct iommu_dirty_report *report)
{
	struct walk walk = {
		.report = report,
		.flags = flags,
		.first = iova,
		.last = last,
	};

	walk_table(&walk, root, level, iova, last);
	end_run(&walk);
}
