/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PIN_RUNS_H
#define _LINUX_PIN_RUNS_H

#include <linux/types.h>

struct file;
struct mm_struct;

/**
 * struct pin_run - physically contiguous memory that is pinned
 * @pfn: first page frame
 * @npages: number of page frames, not 0
 * @leaf: all of it lies in one folio, which has a single pin for all of them.
 *	Otherwise each page has its own.
 *
 * A folio is not split, migrated, reclaimed or copied on fork as long as it has
 * one pin, so one is as good as one for each of its pages.
 */
struct pin_run {
	unsigned long pfn;
	unsigned int npages;
	bool leaf;
};

unsigned long pin_user_runs(struct mm_struct *mm, unsigned long start,
			    unsigned long nr_pages, bool write,
			    struct pin_run *runs, unsigned int max_runs,
			    unsigned int *nr_runs);
long pin_file_runs(struct file *file, pgoff_t index, unsigned long nr_pages,
		   struct pin_run *runs, unsigned int max_runs,
		   unsigned int *nr_runs);
void unpin_runs(const struct pin_run *runs, unsigned int nr, bool dirty);

#endif
