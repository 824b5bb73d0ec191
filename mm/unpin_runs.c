// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving back what pin_runs.c has pinned.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/pageblock-flags.h>
#include <linux/pin_runs.h>

#include "pin_count.h"

/* Pages of one folio at the start of a range. */
static unsigned long folio_part(struct folio *folio, unsigned long pfn,
				unsigned long npages)
{
	if (!folio_test_large(folio))
		return 1;
	return min(npages, folio_pfn(folio) + folio_nr_pages(folio) - pfn);
}

static void unpin_pages(const struct pin_run *run, bool dirty,
			struct pin_count *count)
{
	struct page *page = NULL;
	unsigned long i, n = 0;

	for (i = 0; i < run->npages; i += n) {
		unsigned long pfn = run->pfn + i;
		struct folio *folio;

		/* See walk_ptes() */
		if (page && n == 1 && !IS_ALIGNED(pfn, pageblock_nr_pages))
			page++;
		else
			page = pfn_to_page(pfn);
		folio = page_folio(page);
		n = folio_part(folio, pfn, run->npages - i);
		if (unlikely(folio_test_large(folio) || is_zero_pfn(pfn) ||
			     (dirty && !folio_test_dirty(folio)))) {
			unpin_user_page_range_dirty_lock(page, n, dirty);
			continue;
		}
		count_pin(count, page, NR_FOLL_PIN_RELEASED);
		folio_put_refs(folio, GUP_PIN_COUNTING_BIAS);
	}
}

/**
 * unpin_runs() - unpin what pin_user_runs() or pin_file_runs() pinned
 * @runs: each as it was pinned, as a whole. Also pages that were pinned one by
 *	one, by pin_user_pages() and the like, and lie one after the other; these
 *	may be cut and put together. None of them is memory of a file system
 *	without a page cache.
 * @nr: their number
 * @dirty: it may have been written to
 *
 * Context: sleeps if @dirty. Takes time by the page unless it is a leaf.
 */
void unpin_runs(const struct pin_run *runs, unsigned int nr, bool dirty)
{
	struct pin_count count = {};

	for (; nr; nr--, runs++) {
		if (runs->leaf) {
			/* No checks that a fork meanwhile would upset */
			unpin_user_page_range_dirty_lock(pfn_to_page(runs->pfn),
							 1, dirty);
		} else {
			unpin_pages(runs, dirty, &count);
		}
	}
	count_flush(&count, NR_FOLL_PIN_RELEASED);
}
EXPORT_SYMBOL_GPL(unpin_runs);
