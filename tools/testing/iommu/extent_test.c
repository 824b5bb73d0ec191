// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents against a naive model.
 *
 * The model is the list of the runs as they were appended: never merged or
 * cut, and searched from its start.
 */
#include "extent.h"
#include "tap.h"
#include "world.h"

#define MAX_PFN		(BIT(IOMMUFD_EXTENT_PFN_BITS) - 1)
#define MAX_RUNS	6000
#define OPS		1000000UL
#define GIB_PAGES	262144UL

struct run {
	unsigned long pfn;
	unsigned long npages;
	unsigned long limit;
};

static struct model {
	struct run runs[MAX_RUNS];
	size_t nr;
	unsigned long npages;
} model;

static unsigned long model_pfn(unsigned long page)
{
	size_t i;

	for (i = 0; i < model.nr; i++) {
		if (page < model.runs[i].npages)
			return model.runs[i].pfn + page;
		page -= model.runs[i].npages;
	}
	return ~0UL;
}

/* Compare the runs of [first, first + npages) with the model, page by page. */
static void compare(const struct iommufd_extents *extents, unsigned long first,
		    unsigned long npages)
{
	struct iommufd_extent_iter iter;
	unsigned long walked = 0;
	unsigned long page = first;
	size_t i = 0;

	while (i < model.nr && page >= model.runs[i].npages)
		page -= model.runs[i++].npages;

	iommufd_extent_iter_start(&iter, extents, first, npages);
	while (iommufd_extent_iter_next(&iter)) {
		unsigned long pfn = iter.pfn, left = iter.npages;

		check(left && left <= IOMMUFD_EXTENT_MAX_PAGES);
		walked += left;
		while (left) {
			unsigned long n;

			check(i < model.nr);
			check_eq(pfn, model.runs[i].pfn + page);
			n = min(left, model.runs[i].npages - page);
			pfn += n;
			left -= n;
			page += n;
			if (page == model.runs[i].npages) {
				page = 0;
				i++;
			}
		}
	}
	check_eq(walked, npages);
}

static void compare_page(const struct iommufd_extents *extents,
			 unsigned long page)
{
	struct iommufd_extent_iter iter;

	iommufd_extent_iter_start(&iter, extents, page, 1);
	check(iommufd_extent_iter_next(&iter));
	check_eq(iter.npages, 1);
	check_eq(iter.pfn, model_pfn(page));
	check(!iommufd_extent_iter_next(&iter));
}

static void check_end(const struct iommufd_extents *extents)
{
	struct iommufd_extent_iter iter;

	iommufd_extent_iter_start(&iter, extents, extents->npages, 1);
	check(!iommufd_extent_iter_next(&iter));
	iommufd_extent_iter_start(&iter, extents, ~0UL, ~0UL);
	check(!iommufd_extent_iter_next(&iter));
	iommufd_extent_iter_start(&iter, extents, 0, 0);
	check(!iommufd_extent_iter_next(&iter));
}

/* All that was ever allocated is back, and clearing allocates nothing. */
static void clear(struct iommufd_extents *extents)
{
	unsigned long max_pages = extents->max_pages;

	shim_allocs_left = 0;
	iommufd_extents_clear(extents);
	shim_allocs_left = -1;
	check_eq(shim_live_blocks, 0);
	check_eq(shim_live_bytes, 0);
	check_eq(extents->npages, 0);
	check_eq(extents->nr, 0);
	check_eq(extents->max_pages, max_pages);
	check_eq(iommufd_extents_size(extents), 0);
	model.nr = 0;
	model.npages = 0;
}

/* Sizes as they come: single pages, batches, huge pages, very large. */
static unsigned long random_length(void)
{
	switch (random_below(16)) {
	case 0 ... 8:
		return 1;
	case 9 ... 11:
		return 1 + random_below(8);
	case 12 ... 13:
		return 512;
	case 14:
		return 1 + random_below(IOMMUFD_EXTENT_MAX_PAGES / 64);
	default:
		return GIB_PAGES;
	}
}

static unsigned long random_limit(void)
{
	switch (random_below(8)) {
	case 0:
		return 1 + random_below(4);
	case 1:
		return 512;
	default:
		return IOMMUFD_EXTENT_MAX_PAGES;
	}
}

/* One append, sometimes with a failing allocation, which must change nothing. */
static void random_append(struct iommufd_extents *extents)
{
	struct run run = { .npages = random_length(), .limit = random_limit() };
	struct iommufd_extents before = *extents;
	size_t live = shim_live_bytes;
	int rc;

	/* Few pieces for long runs, or the chunks alone fill the memory. */
	if (run.npages / run.limit > 2048)
		run.limit = run.npages / 2048;

	run.pfn = random_below(MAX_PFN - run.npages);
	if (model.nr && random_below(2)) {
		struct run *last = &model.runs[model.nr - 1];

		run.pfn = last->pfn + last->npages;
		if (run.pfn + run.npages - 1 > MAX_PFN)
			run.pfn = 0;
	}

	if (!random_below(4))
		shim_allocs_left = random_below(3);
	rc = iommufd_extents_append(extents, run.pfn, run.npages, run.limit);
	if (rc) {
		check_eq(rc, -ENOMEM);
		check_eq(shim_allocs_left, 0);
		shim_allocs_left = -1;
		check_eq(extents->npages, before.npages);
		check_eq(extents->nr, before.nr);
		check_eq(extents->nr_chunks, before.nr_chunks);
		/* The index may have grown: it is no use to give that back. */
		check(shim_live_bytes >= live);
		check_eq(shim_live_bytes, iommufd_extents_size(extents));
		return;
	}
	shim_allocs_left = -1;
	model.runs[model.nr++] = run;
	model.npages += run.npages;
	check_eq(extents->npages, model.npages);
	check_eq(shim_live_bytes, iommufd_extents_size(extents));
}

static void random_walk(struct iommufd_extents *extents)
{
	unsigned long first = random_below(model.npages);
	unsigned long npages = model.npages - first;

	if (random_below(64))
		npages = 1 + random_below(min(npages, 2048UL));
	compare(extents, first, npages);
}

static void test_random(void)
{
	struct iommufd_extents extents;
	unsigned long op, target = 1;

	iommufd_extents_init(&extents, ~0UL);
	for (op = 0; op < OPS; op++) {
		unsigned long kind = random_below(16);

		if (!model.nr || kind < 8)
			random_append(&extents);
		else if (kind < 14)
			compare_page(&extents, random_below(model.npages));
		else
			random_walk(&extents);

		if (model.nr < target)
			continue;
		/* Long enough: compare all of it and begin anew. */
		compare(&extents, 0, model.npages);
		check_end(&extents);
		clear(&extents);
		target = random_below(8) ? 1 + random_below(64) :
					   1 + random_below(MAX_RUNS);
	}
	clear(&extents);
}

/* No extent is longer than allowed, and none could have been merged. */
static void test_limits(void)
{
	static const unsigned long limits[] = { 1, 2, 3, 512, 4096 };
	struct iommufd_extents extents;
	struct iommufd_extent_iter iter;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned long limit = limits[i], page, runs = 0;

		iommufd_extents_init(&extents, 10000);
		for (page = 0; page < 10000; page += 8)
			check(!iommufd_extents_append(&extents, 77 + page, 8,
						      limit));
		iommufd_extent_iter_start(&iter, &extents, 0, 10000);
		for (page = 0; iommufd_extent_iter_next(&iter); runs++) {
			check_eq(iter.pfn, 77 + page);
			page += iter.npages;
			check_eq(iter.npages, page < 10000 ? limit :
				 10000 - runs * limit);
		}
		check_eq(page, 10000);
		check_eq(runs, (10000 + limit - 1) / limit);
		check_eq(extents.nr, runs);
		clear(&extents);
	}
}

/* A leaf that is pinned once must stay an extent of its own. */
static void test_leaves_do_not_merge(void)
{
	/* At pages 0, 512, 1024 and 1536: the first one has a page before it. */
	static const bool is_leaf[] = { false, true, true, false };
	struct iommufd_extent_iter iter;
	struct iommufd_extents extents;
	unsigned long i;

	iommufd_extents_init(&extents, 2048);
	check(!iommufd_extents_append(&extents, 512, 512, 512));
	check(!iommufd_extents_append(&extents, 1024, 512, 512));
	check_eq(extents.nr, 2);
	check(!iommufd_extents_append(&extents, 1536, 1, 1));
	check_eq(extents.nr, 3);
	/* A shorter limit never cuts what is there already. */
	check(!iommufd_extents_append(&extents, 1537, 1, 1));
	check_eq(extents.nr, 4);
	check(!iommufd_extents_append(&extents, 1538, 2, 3));
	check_eq(extents.nr, 4);
	clear(&extents);

	iommufd_extents_init(&extents, 2048);
	check(!iommufd_extents_append(&extents, 511, 1, 512));
	check(!iommufd_extents_append_leaf(&extents, 512, 512));
	check(!iommufd_extents_append_leaf(&extents, 1024, 512));
	check(!iommufd_extents_append(&extents, 1536, 1, 512));
	check(!iommufd_extents_append(&extents, 1537, 1, 512));
	check_eq(extents.nr, 4);
	for (i = 0; i < 4; i++) {
		iommufd_extent_iter_start(&iter, &extents,
					  i < 3 ? i * 512 : 1025, 1);
		check(iommufd_extent_iter_next(&iter));
		check_eq(iter.leaf, is_leaf[i]);
	}
	clear(&extents);
}

static void test_extremes(void)
{
	struct iommufd_extents extents;
	struct iommufd_extent_iter iter;

	iommufd_extents_init(&extents, ~0UL);
	check_eq(iommufd_extents_append(&extents, MAX_PFN + 1, 1,
					IOMMUFD_EXTENT_MAX_PAGES), -EOVERFLOW);
	check_eq(iommufd_extents_append(&extents, MAX_PFN, 2,
					IOMMUFD_EXTENT_MAX_PAGES), -EOVERFLOW);
	check_eq(iommufd_extents_append(&extents, 1, ~0UL,
					IOMMUFD_EXTENT_MAX_PAGES), -EOVERFLOW);
	check_eq(iommufd_extents_append(&extents, 0, 0,
					IOMMUFD_EXTENT_MAX_PAGES), -EINVAL);
	check_eq(iommufd_extents_append_leaf(&extents, MAX_PFN, 2), -EOVERFLOW);
	check_eq(iommufd_extents_append_leaf(&extents, 0,
					     IOMMUFD_EXTENT_MAX_PAGES + 1),
		 -EOVERFLOW);
	check_eq(iommufd_extents_append_leaf(&extents, 0, 0), -EINVAL);
	check_eq(extents.nr, 0);

	/* The whole physical address space, in the longest extents there are. */
	check(!iommufd_extents_append(&extents, 0, MAX_PFN + 1,
				      IOMMUFD_EXTENT_MAX_PAGES));
	check_eq(extents.nr, (MAX_PFN + 1) / IOMMUFD_EXTENT_MAX_PAGES);
	iommufd_extent_iter_start(&iter, &extents, MAX_PFN, ~0UL);
	check(iommufd_extent_iter_next(&iter));
	check_eq(iter.pfn, MAX_PFN);
	check_eq(iter.npages, 1);
	check(!iommufd_extent_iter_next(&iter));

	/* The last page frame, and the first one right behind it. */
	check(!iommufd_extents_append(&extents, MAX_PFN, 1,
				      IOMMUFD_EXTENT_MAX_PAGES));
	check(!iommufd_extents_append(&extents, 0, 1,
				      IOMMUFD_EXTENT_MAX_PAGES));
	iommufd_extent_iter_start(&iter, &extents, MAX_PFN + 1, 2);
	check(iommufd_extent_iter_next(&iter));
	check_eq(iter.pfn, MAX_PFN);
	check(iommufd_extent_iter_next(&iter));
	check_eq(iter.pfn, 0);
	check(!iommufd_extent_iter_next(&iter));
	clear(&extents);
}

static void test_more_than_announced(void)
{
	struct iommufd_extents extents;
	unsigned long i;

	iommufd_extents_init(&extents, 100);
	for (i = 0; i < 100; i++)
		check(!iommufd_extents_append(&extents, i * 2, 1, 1));
	check_eq(iommufd_extents_append(&extents, 200, 1, 1), -EINVAL);
	check_eq(extents.npages, 100);
	clear(&extents);
	check_eq(iommufd_extents_append(&extents, 0, 101, 1), -EINVAL);
	check_eq(shim_live_blocks, 0);
}

/* Every allocation of a long run fails in turn: the sequence stays as it was. */
static void test_failing_allocations(void)
{
	struct iommufd_extents extents;
	long fail;

	for (fail = 0;; fail++) {
		struct iommufd_extent_iter iter;
		int rc;

		iommufd_extents_init(&extents, 5000);
		check(!iommufd_extents_append(&extents, 9, 3, 4));
		shim_allocs_left = fail;
		rc = iommufd_extents_append(&extents, 12, 4000, 4);
		shim_allocs_left = -1;
		if (!rc)
			break;
		check_eq(rc, -ENOMEM);
		check_eq(extents.nr, 1);
		check_eq(extents.npages, 3);
		iommufd_extent_iter_start(&iter, &extents, 0, ~0UL);
		check(iommufd_extent_iter_next(&iter));
		check_eq(iter.pfn, 9);
		check_eq(iter.npages, 3);
		check(!iommufd_extent_iter_next(&iter));
		/* And it can be tried again. */
		check(!iommufd_extents_append(&extents, 12, 4000, 4));
		check_eq(extents.nr, 1001);
		clear(&extents);
	}
	/* Two chunks and an index that grows from one to two. */
	check_eq(fail, 4);
	check_eq(extents.npages, 4003);
	clear(&extents);
}

/* Append @npages in runs of @run pages with holes between them. */
static void fill(struct iommufd_extents *extents, unsigned long npages,
		 unsigned long run)
{
	unsigned long page;

	iommufd_extents_init(extents, npages);
	for (page = 0; page < npages; page += run)
		check(!iommufd_extents_append(extents, 2 * page, run,
					      IOMMUFD_EXTENT_MAX_PAGES));
}

static void check_cost(unsigned long npages, unsigned long run, size_t limit)
{
	struct iommufd_extents extents;

	fill(&extents, npages, run);
	check_eq(shim_live_bytes, iommufd_extents_size(&extents));
	printf("# %9lu pages in runs of %6lu: %7zu bytes\n", npages, run,
	       shim_live_bytes);
	check(shim_live_bytes <= limit);
	clear(&extents);
}

static void test_cost(void)
{
	check_cost(1, 1, 0);
	check_cost(4, 1, 0);
	check_cost(16, 1, 128);
	check_cost(512, 1, 4096 + 16);
	check_cost(GIB_PAGES, 1, 21 * 1024 * 1024 / 10);
	check_cost(GIB_PAGES, 512, 4096 + 16);
	check_cost(GIB_PAGES, GIB_PAGES, 0);
	check_cost(1024 * GIB_PAGES, GIB_PAGES, 12 * 1024 + 64);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "no_extent_exceeds_the_merge_limit", test_limits },
		{ "leaves_do_not_merge", test_leaves_do_not_merge },
		{ "largest_and_smallest_numbers", test_extremes },
		{ "more_pages_than_announced_are_refused",
		  test_more_than_announced },
		{ "failed_append_changes_nothing", test_failing_allocations },
		{ "bookkeeping_cost", test_cost },
		{ "random_operations_equal_the_model", test_random },
	};

	return tap_run(tests, ARRAY_SIZE(tests));
}
