/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of pages have in common.
 */
#ifndef __PAGES_TEST_H
#define __PAGES_TEST_H

#include "pages.h"
#include "tap.h"
#include "world.h"

/* What the pages objects of a test count in. */
static struct iommufd_usage usage;

static inline struct iommufd_pages *new_pages(unsigned long first,
					      unsigned long npages,
					      bool writable,
					      enum iommufd_account_mode mode)
{
	void *uptr = (void *)(WORLD_USER_BASE + first * PAGE_SIZE);
	struct iommufd_pages *pages;

	pages = iommufd_pages_alloc_user(uptr, npages * PAGE_SIZE, writable,
					 mode);
	check(!IS_ERR(pages));
	pages->usage = &usage;
	return pages;
}

/* All that is charged to anybody. */
static inline unsigned long locked_pages(void)
{
	check_eq(users[0].locked_vm.value, mms[0].pinned_vm.value);
	return users[0].locked_vm.value + mms[0].locked_vm;
}

/* Everything that was taken has been given back. */
static inline void check_clean(void)
{
	int i;

	check_eq(world.total_pins, 0);
	check_eq(locked_pages(), 0);
	check_eq(users[0].refs, 1);
	check_eq(users[1].refs, 1);
	check_eq(shim_live_blocks, 0);
	check_eq(usage.pinned.value, 0);
	check_eq(usage.charged.value, 0);
	for (i = 0; i < WORLD_MMS; i++) {
		check_eq(mms[i].grabs, 1);
		check_eq(mms[i].users, 1);
	}
	for (i = 0; i < WORLD_TASKS; i++)
		check_eq(tasks[i].refs, 1);
}

#endif
