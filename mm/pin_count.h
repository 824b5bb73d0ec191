/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_PIN_COUNT_H
#define _MM_PIN_COUNT_H

#include <linux/mm.h>
#include <linux/vmstat.h>

/**
 * struct pin_count - pins that /proc/vmstat has not been told of yet
 * @pgdat: node that they are on
 * @nr: their number
 *
 * Telling it costs about as much as a pin, so it is done for many at once.
 */
struct pin_count {
	struct pglist_data *pgdat;
	long nr;
};

static inline void count_flush(struct pin_count *count, enum node_stat_item item)
{
	if (count->nr)
		mod_node_page_state(count->pgdat, item, count->nr);
	count->nr = 0;
}

static inline void count_pin(struct pin_count *count, struct page *page,
			     enum node_stat_item item)
{
	struct pglist_data *pgdat = page_pgdat(page);

	if (unlikely(pgdat != count->pgdat)) {
		count_flush(count, item);
		count->pgdat = pgdat;
	}
	count->nr++;
}

#endif
