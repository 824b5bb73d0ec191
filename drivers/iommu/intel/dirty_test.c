// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walker of what is dirty, on tables in memory: no emulator has hardware that
 * notes it.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "dirty.h"
#include "iommu.h"

#define SL_DIRTY	BIT_ULL(9)
#define SL_ACCESS	BIT_ULL(8)
#define RW		(DMA_PTE_READ | DMA_PTE_WRITE)

/* Far enough up to need entries other than 0 on each level */
static const u64 base = 0x1234ULL << 30;

#define MAX_PAGES	512
#define MAX_REPORTS	4096

struct span {
	u64 start;
	u64 size;
};

/**
 * struct dirty_test - A table, and what was reported of it
 * @report: What the walker is given
 * @pages: The tables, the root first
 * @nr_pages: How many
 * @level: Levels of the table
 * @spans: What was reported
 * @nr_spans: How often
 */
struct dirty_test {
	struct iommu_dirty_report report;
	struct dma_pte *pages[MAX_PAGES];
	unsigned int nr_pages;
	int level;
	struct span spans[MAX_REPORTS];
	unsigned int nr_spans;
};

static void record(struct iommu_dirty_report *report, unsigned long iova,
		   size_t size)
{
	struct dirty_test *t = container_of(report, struct dirty_test, report);

	if (t->nr_spans < MAX_REPORTS)
		t->spans[t->nr_spans] = (struct span){ iova, size };
	t->nr_spans++;
}

static struct dma_pte *add_page(struct kunit *test)
{
	struct dirty_test *t = test->priv;
	struct dma_pte *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_LT(test, t->nr_pages, MAX_PAGES);
	t->pages[t->nr_pages++] = page;
	return page;
}

static int dirty_test_init(struct kunit *test)
{
	struct dirty_test *t = kvzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->report.record = record;
	t->level = 4;
	test->priv = t;
	add_page(test);
	return 0;
}

static void dirty_test_exit(struct kunit *test)
{
	struct dirty_test *t = test->priv;

	while (t->nr_pages)
		free_page((unsigned long)t->pages[--t->nr_pages]);
	kvfree(t);
}

/* The entry of a level, with the tables above it; 1 has the smallest leaves. */
static struct dma_pte *entry(struct kunit *test, u64 iova, int level)
{
	struct dirty_test *t = test->priv;
	struct dma_pte *table = t->pages[0], *pte;
	int at;

	for (at = t->level;; at--) {
		pte = &table[iova >> (12 + (at - 1) * 9) & 511];
		if (at == level)
			return pte;
		if (!pte->val)
			pte->val = virt_to_phys(add_page(test)) | RW;
		table = phys_to_virt(pte->val & VTD_PAGE_MASK);
	}
}

static struct dma_pte *add_leaf(struct kunit *test, u64 iova, int level,
				u64 bits)
{
	struct dma_pte *pte = entry(test, iova, level);

	pte->val = iova | bits | (level > 1 ? DMA_PTE_LARGE_PAGE : 0);
	return pte;
}

static void read_range(struct kunit *test, u64 iova, u64 size,
		       unsigned long flags)
{
	struct dirty_test *t = test->priv;

	t->nr_spans = 0;
	iommu_iotlb_gather_init(&t->report.gather);
	intel_walk_dirty(t->pages[0], t->level, iova, iova + size - 1, flags,
			 &t->report);
}

static void expect_spans(struct kunit *test, unsigned int count,
			 const struct span *spans)
{
	struct dirty_test *t = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, t->nr_spans, count);
	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ(test, t->spans[i].start, spans[i].start);
		KUNIT_EXPECT_EQ(test, t->spans[i].size, spans[i].size);
	}
}

static void expect_one(struct kunit *test, u64 iova, u64 size)
{
	expect_spans(test, 1, &(struct span){ iova, size });
}

static void expect_none(struct kunit *test)
{
	expect_spans(test, 0, NULL);
}

static void empty_table_has_nothing(struct kunit *test)
{
	read_range(test, base, SZ_1G, 0);
	expect_none(test);
}

static void clean_leaves_are_passed_over(struct kunit *test)
{
	add_leaf(test, base, 1, RW | SL_ACCESS);
	add_leaf(test, base + SZ_2M, 2, RW);
	add_leaf(test, base + SZ_1G, 3, RW);
	read_range(test, base, SZ_2G, 0);
	expect_none(test);
}

static void leaf_of_any_size_is_reported_once(struct kunit *test)
{
	const u64 sizes[] = { SZ_4K, SZ_2M, SZ_1G };
	int level;

	for (level = 1; level <= 3; level++) {
		u64 iova = base + ((u64)level << 30);

		add_leaf(test, iova, level, RW | SL_DIRTY);
		read_range(test, base, 8ULL << 30, 0);
		expect_one(test, iova, sizes[level - 1]);
		read_range(test, base, 8ULL << 30, 0);
		expect_none(test);
	}
}

static void tables_have_three_to_five_levels(struct kunit *test)
{
	struct dirty_test *t = test->priv;

	for (t->level = 3; t->level <= 5; t->level++) {
		u64 end = BIT_ULL(12 + 9 * t->level);

		memset(t->pages[0], 0, PAGE_SIZE);
		add_leaf(test, end - SZ_4K, 1, RW | SL_DIRTY);
		read_range(test, end - SZ_1G, SZ_1G, 0);
		expect_one(test, end - SZ_4K, SZ_4K);
	}
}

static void reading_changes_nothing_when_told_so(struct kunit *test)
{
	struct dirty_test *t = test->priv;
	struct dma_pte *pte = add_leaf(test, base, 1, RW | SL_DIRTY);
	u64 before = pte->val;

	read_range(test, base, SZ_2M, IOMMU_DIRTY_NO_CLEAR);
	expect_one(test, base, SZ_4K);
	KUNIT_EXPECT_EQ(test, pte->val, before);
	KUNIT_EXPECT_GT(test, t->report.gather.start, t->report.gather.end);
}

static void only_the_bit_is_changed(struct kunit *test)
{
	u64 bits = RW | SL_ACCESS | DMA_PTE_SNP;
	struct dma_pte *small = add_leaf(test, base, 1, bits | SL_DIRTY);
	struct dma_pte *large = add_leaf(test, base + SZ_2M, 2,
					 bits | SL_DIRTY);

	read_range(test, base, SZ_4M, 0);
	KUNIT_EXPECT_EQ(test, small->val, base | bits);
	KUNIT_EXPECT_EQ(test, large->val,
			(base + SZ_2M) | bits | DMA_PTE_LARGE_PAGE);
}

static void what_was_made_clean_is_flushed(struct kunit *test)
{
	struct dirty_test *t = test->priv;

	add_leaf(test, base + 3 * SZ_4K, 1, RW | SL_DIRTY);
	add_leaf(test, base + 2 * SZ_2M, 2, RW | SL_DIRTY);
	add_leaf(test, base + 4 * SZ_2M, 2, RW);
	read_range(test, base, SZ_1G, 0);
	KUNIT_EXPECT_EQ(test, t->report.gather.start, base + 3 * SZ_4K);
	KUNIT_EXPECT_EQ(test, t->report.gather.end, base + 3 * SZ_2M - 1);
}

static void leaves_that_follow_one_another_are_one_report(struct kunit *test)
{
	u64 iova;

	for (iova = base + SZ_2M - 4 * SZ_4K; iova < base + SZ_2M;
	     iova += SZ_4K)
		add_leaf(test, iova, 1, RW | SL_DIRTY);
	add_leaf(test, base + SZ_2M, 2, RW | SL_DIRTY);
	add_leaf(test, base + SZ_4M, 1, RW | SL_DIRTY);
	read_range(test, base, SZ_1G, 0);
	expect_one(test, base + SZ_2M - 4 * SZ_4K, 5 * SZ_4K + SZ_2M);
}

static void holes_and_clean_leaves_split_reports(struct kunit *test)
{
	const struct span spans[] = {
		{ base, SZ_4K },
		{ base + 2 * SZ_4K, SZ_4K },
		{ base + 4 * SZ_4K, SZ_4K },
	};

	add_leaf(test, base, 1, RW | SL_DIRTY);
	add_leaf(test, base + 2 * SZ_4K, 1, RW | SL_DIRTY);
	add_leaf(test, base + 3 * SZ_4K, 1, RW);
	add_leaf(test, base + 4 * SZ_4K, 1, RW | SL_DIRTY);
	read_range(test, base, SZ_1G, 0);
	expect_spans(test, 3, spans);
}

static void leaf_across_the_start_stays_dirty(struct kunit *test)
{
	struct dma_pte *pte = add_leaf(test, base, 2, RW | SL_DIRTY);

	read_range(test, base + SZ_1M, SZ_2M, 0);
	expect_one(test, base + SZ_1M, SZ_1M);
	KUNIT_EXPECT_TRUE(test, pte->val & SL_DIRTY);
	read_range(test, base, SZ_2M, 0);
	expect_one(test, base, SZ_2M);
	KUNIT_EXPECT_FALSE(test, pte->val & SL_DIRTY);
}

static void leaf_across_the_end_stays_dirty(struct kunit *test)
{
	struct dma_pte *pte = add_leaf(test, base, 3, RW | SL_DIRTY);

	read_range(test, base, SZ_1G - SZ_4K, 0);
	expect_one(test, base, SZ_1G - SZ_4K);
	KUNIT_EXPECT_TRUE(test, pte->val & SL_DIRTY);
	read_range(test, base + SZ_4K, SZ_4K, 0);
	expect_one(test, base + SZ_4K, SZ_4K);
	KUNIT_EXPECT_TRUE(test, pte->val & SL_DIRTY);
}

static void leaves_outside_are_left_alone(struct kunit *test)
{
	struct dma_pte *below = add_leaf(test, base, 1, RW | SL_DIRTY);
	struct dma_pte *above = add_leaf(test, base + 2 * SZ_4K, 1,
					 RW | SL_DIRTY);

	add_leaf(test, base + SZ_4K, 1, RW | SL_DIRTY);
	read_range(test, base + SZ_4K, SZ_4K, 0);
	expect_one(test, base + SZ_4K, SZ_4K);
	KUNIT_EXPECT_TRUE(test, below->val & SL_DIRTY);
	KUNIT_EXPECT_TRUE(test, above->val & SL_DIRTY);
}

/* Hardware sets no bit there; one that was split off a writable leaf has it. */
static void leaves_for_reading_count_by_their_bit(struct kunit *test)
{
	add_leaf(test, base, 1, DMA_PTE_READ | SL_ACCESS);
	add_leaf(test, base + SZ_4K, 1, DMA_PTE_READ | SL_DIRTY);
	add_leaf(test, base + SZ_2M, 2, DMA_PTE_READ);
	read_range(test, base, SZ_4M, 0);
	expect_one(test, base + SZ_4K, SZ_4K);
}

static void first_and_last_page_of_the_table(struct kunit *test)
{
	u64 last = BIT_ULL(48) - SZ_4K;
	const struct span spans[] = { { 0, SZ_4K }, { last, SZ_4K } };

	add_leaf(test, 0, 1, RW | SL_DIRTY);
	add_leaf(test, last, 1, RW | SL_DIRTY);
	read_range(test, 0, BIT_ULL(48), 0);
	expect_spans(test, 2, spans);
}

/* 64 places of 2 MiB: a large leaf, small ones, a mixture with holes, or none */
#define PLACES	64

static void fill_at_random(struct kunit *test, bool *dirty, struct rnd_state *r)
{
	int place, page;

	for (place = 0; place < PLACES; place++) {
		u64 iova = base + place * SZ_2M;
		u32 kind = prandom_u32_state(r) % 4;
		bool large_dirty = prandom_u32_state(r) % 2;

		if (kind == 0)
			add_leaf(test, iova, 2,
				 RW | (large_dirty ? SL_DIRTY : 0));
		for (page = 0; page < 512; page++) {
			bool is_dirty = prandom_u32_state(r) % 3 == 0;

			if (kind == 0)
				is_dirty = large_dirty;
			else if (kind == 3 || (kind == 2 && page % 7 == 0))
				is_dirty = false;
			else
				add_leaf(test, iova + page * SZ_4K, 1,
					 RW | (is_dirty ? SL_DIRTY : 0));
			dirty[place * 512 + page] = is_dirty;
		}
	}
}

static void expect_model(struct kunit *test, const bool *dirty, u64 first,
			 u64 count)
{
	struct dirty_test *t = test->priv;
	u64 page, total = 0, want = 0;
	unsigned int i;

	KUNIT_ASSERT_LE(test, t->nr_spans, MAX_REPORTS);
	for (i = 0; i < t->nr_spans; i++) {
		u64 at = (t->spans[i].start - base) / SZ_4K;

		for (page = 0; page < t->spans[i].size / SZ_4K; page++)
			if (!dirty[at + page] || at + page < first ||
			    at + page >= first + count)
				KUNIT_FAIL(test, "page %llu", at + page);
		total += page;
	}
	for (page = first; page < first + count; page++)
		want += dirty[page];
	KUNIT_EXPECT_EQ(test, total, want);
}

static void tables_at_random_read_as_a_model_says(struct kunit *test)
{
	const u64 npages = PLACES * 512;
	struct rnd_state rnd;
	bool *dirty = kvcalloc(npages, sizeof(*dirty), GFP_KERNEL);
	u64 first, count, round;

	KUNIT_ASSERT_NOT_NULL(test, dirty);
	prandom_seed_state(&rnd, 1);
	fill_at_random(test, dirty, &rnd);
	for (round = 0; round < 100; round++) {
		first = prandom_u32_state(&rnd) % (npages / 8);
		count = 1 + prandom_u32_state(&rnd) % (npages / 8);
		read_range(test, base + first * SZ_4K, count * SZ_4K,
			   IOMMU_DIRTY_NO_CLEAR);
		expect_model(test, dirty, first, count);
	}
	for (first = 0; first < npages; first += npages / 8) {
		read_range(test, base + first * SZ_4K, npages / 8 * SZ_4K, 0);
		expect_model(test, dirty, first, npages / 8);
	}
	read_range(test, base, npages * SZ_4K, 0);
	expect_none(test);
	kvfree(dirty);
}

struct writer {
	struct dma_pte *ptes;
	bool done;
};

/* What the hardware does: set the bit of an entry that it finds clean. */
static int write_all(void *data)
{
	struct writer *writer = data;
	int i;

	for (i = 0; i < 512; i++) {
		set_bit(9, (unsigned long *)&writer->ptes[i].val);
		usleep_range(10, 20);
	}
	/* All bits are set, for the one that reads once more */
	smp_store_release(&writer->done, true);
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void bits_that_are_set_meanwhile_are_seen_once(struct kunit *test)
{
	struct dirty_test *t = test->priv;
	struct task_struct *task;
	struct writer writer = {};
	u64 iova, total = 0;
	unsigned int i;
	bool last;

	for (iova = 0; iova < SZ_2M; iova += SZ_4K)
		add_leaf(test, base + iova, 1, RW);
	writer.ptes = entry(test, base, 1);
	task = kthread_run(write_all, &writer, "dirty_test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	do {
		/* Pairs with write_all() */
		last = smp_load_acquire(&writer.done);
		read_range(test, base, SZ_2M, 0);
		for (i = 0; i < t->nr_spans; i++)
			total += t->spans[i].size;
		cond_resched();
	} while (!last);
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, total, (u64)SZ_2M);
}

static struct kunit_case dirty_cases[] = {
	KUNIT_CASE(empty_table_has_nothing),
	KUNIT_CASE(clean_leaves_are_passed_over),
	KUNIT_CASE(leaf_of_any_size_is_reported_once),
	KUNIT_CASE(tables_have_three_to_five_levels),
	KUNIT_CASE(reading_changes_nothing_when_told_so),
	KUNIT_CASE(only_the_bit_is_changed),
	KUNIT_CASE(what_was_made_clean_is_flushed),
	KUNIT_CASE(leaves_that_follow_one_another_are_one_report),
	KUNIT_CASE(holes_and_clean_leaves_split_reports),
	KUNIT_CASE(leaf_across_the_start_stays_dirty),
	KUNIT_CASE(leaf_across_the_end_stays_dirty),
	KUNIT_CASE(leaves_outside_are_left_alone),
	KUNIT_CASE(leaves_for_reading_count_by_their_bit),
	KUNIT_CASE(first_and_last_page_of_the_table),
	KUNIT_CASE(tables_at_random_read_as_a_model_says),
	KUNIT_CASE(bits_that_are_set_meanwhile_are_seen_once),
	{}
};

static struct kunit_suite dirty_suite = {
	.name = "intel_dirty",
	.init = dirty_test_init,
	.exit = dirty_test_exit,
	.test_cases = dirty_cases,
};

kunit_test_suite(dirty_suite);
