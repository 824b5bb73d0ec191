// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to read which pages are dirty: second-level tables of VT-d in
 * memory, read into the bitmap of a program. The walk is compiled from the
 * driver's file; no emulator has hardware that would let the driver do it.
 *
 * All is measured when the module is loaded. The samples are then in dirty_bench
 * of debugfs, a line each:
 *
 *	OPERATION<tab>DIRTY<tab>LEAF<tab>LEAVES<tab>TOTAL TOTAL...
 *
 * TOTAL is how many instructions it took, DIRTY of LEAVES leaves were dirty.
 */
#include <linux/iova_bitmap.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "dirty.h"
#include "iommu.h"
#include "samples.h"

#define SL_DIRTY	BIT_ULL(9)
#define RW		(DMA_PTE_READ | DMA_PTE_WRITE)
#define BASE		BIT_ULL(32)
#define ROUNDS		5

/* Small leaves for 4 GiB, 1048576 of them, or large ones for as much */
#define TABLES		2048
#define SPAN		((u64)TABLES * SZ_2M)

static struct dma_pte *tables[TABLES];
static struct dma_pte *upper[7];

/* What is read, and where to. */
struct reading {
	struct iommu_dirty_report report;
	struct iova_bitmap *bitmap;
};

static void record(struct iommu_dirty_report *report, unsigned long iova,
		   size_t size)
{
	struct reading *reading = container_of(report, struct reading, report);

	if (reading->bitmap)
		iova_bitmap_set(reading->bitmap, iova, size);
}

static void walk(struct reading *reading, u64 iova, u64 size)
{
	u64 last = iova + size - 1, end;

	for (;; iova = end + 1) {
		end = min(last, iova | (SZ_1G - 1));
		intel_walk_dirty(upper[0], 4, iova, end, 0, &reading->report);
		if (end == last)
			return;
	}
}

static int read_window(struct iova_bitmap *bitmap, unsigned long iova,
		       size_t length, void *data)
{
	walk(data, iova, length);
	return 0;
}

static u64 read_all(u64 size, u64 page_size, u64 __user *data)
{
	struct reading reading = { .report.record = record };
	u64 before = rdtsc();

	iommu_iotlb_gather_init(&reading.report.gather);
	reading.bitmap = iova_bitmap_alloc(BASE, size, page_size, data);
	if (IS_ERR(reading.bitmap))
		return 0;
	if (iova_bitmap_for_each(reading.bitmap, &reading, read_window))
		before = 0;
	iova_bitmap_free(reading.bitmap);
	return before ? rdtsc() - before : 0;
}

static u64 clear_all(u64 size)
{
	struct reading reading = { .report.record = record };
	u64 before = rdtsc();

	iommu_iotlb_gather_init(&reading.report.gather);
	walk(&reading, BASE, size);
	return rdtsc() - before;
}

/* Above the tables of 2 MiB: one of 512 GiB, and one for each GiB */
static void link_tables(bool large)
{
	int i, page;

	upper[0][BASE >> 39 & 511].val = virt_to_phys(upper[1]) | RW;
	for (i = 0; i < TABLES; i++) {
		u64 iova = BASE + (u64)i * SZ_2M;
		struct dma_pte *of_gib = upper[2 + i / 512];

		upper[1][iova >> 30 & 511].val = virt_to_phys(of_gib) | RW;
		of_gib[i % 512].val = large ?
			iova | RW | DMA_PTE_LARGE_PAGE :
			virt_to_phys(tables[i]) | RW;
		for (page = 0; page < 512; page++)
			tables[i][page].val = (iova + page * SZ_4K) | RW;
	}
}

static struct dma_pte *leaf(unsigned int i, bool large)
{
	return large ? &upper[2 + i / 512][i % 512] : &tables[i / 512][i % 512];
}

/* Makes @count of @total leaves dirty, at random, the same ones each time. */
static void make_dirty(unsigned int total, unsigned int count, bool large)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < total; i++) {
		/* So many are still to be chosen of those that are left. */
		if (prandom_u32_state(&rnd) % (total - i) >= count)
			continue;
		leaf(i, large)->val |= SL_DIRTY;
		count--;
	}
}

static void measure(const char *what, unsigned int total, unsigned int count,
		    bool large, u64 __user *data)
{
	u64 leaf_size = large ? SZ_2M : SZ_4K, took;
	int i;

	note("%s\t%u\t%s\t%u\t", what, count, large ? "2M" : "4K", total);
	for (i = 0; i < ROUNDS; i++) {
		make_dirty(total, count, large);
		took = data ? read_all(total * leaf_size, leaf_size, data) :
			      clear_all(total * leaf_size);
		note("%s%llu", i ? " " : "", took);
	}
	note("\n");
}

static void measure_all(u64 __user *data)
{
	static const unsigned int percents[] = { 0, 1, 10, 50, 100 };
	const unsigned int small = SZ_1G / SZ_4K, large = SZ_1G / SZ_2M;
	int i;

	link_tables(false);
	for (i = 0; i < ARRAY_SIZE(percents); i++)
		measure("read", small, small / 100 * percents[i] +
				       (percents[i] == 100 ? small % 100 : 0),
			false, data);
	measure("clear", SPAN / SZ_4K, 0, false, NULL);
	measure("clear", SPAN / SZ_4K, SPAN / SZ_4K, false, NULL);
	measure("read", SPAN / SZ_4K, SPAN / SZ_4K, false, data);
	link_tables(true);
	for (i = 0; i < ARRAY_SIZE(percents); i++)
		measure("read", large, large * percents[i] / 100, true, data);
}

static void free_tables(void)
{
	int i;

	for (i = 0; i < TABLES; i++)
		free_page((unsigned long)tables[i]);
	for (i = 0; i < ARRAY_SIZE(upper); i++)
		free_page((unsigned long)upper[i]);
}

static int alloc_tables(void)
{
	bool done = true;
	int i;

	for (i = 0; i < TABLES; i++)
		done &= !!(tables[i] = (void *)get_zeroed_page(GFP_KERNEL));
	for (i = 0; i < ARRAY_SIZE(upper); i++)
		done &= !!(upper[i] = (void *)get_zeroed_page(GFP_KERNEL));
	if (!done)
		free_tables();
	return done ? 0 : -ENOMEM;
}

static int __init dirty_bench_init(void)
{
	unsigned long data = vm_mmap(NULL, 0, SZ_1M, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);
	int rc;

	if (IS_ERR_VALUE(data))
		return data;
	rc = alloc_tables();
	if (!rc) {
		/* Its pages are there afterwards */
		read_all(SPAN, SZ_4K, (u64 __user *)data);
		measure_all((u64 __user *)data);
		free_tables();
		samples_show("dirty_bench");
	}
	vm_munmap(data, SZ_1M);
	return rc;
}
module_init(dirty_bench_init);

MODULE_DESCRIPTION("Cost of reading what is dirty");
MODULE_LICENSE("GPL");
