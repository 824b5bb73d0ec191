// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations about user memory: how often it is pinned.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/page_ref.h>
#include <linux/sched/signal.h>

#include "ioctl.h"
#include "iommufd_test.h"
#include "test_cmd.h"

/*
 * All pages of a compound page have their pins in one count, and a large leaf
 * has one pin for all that it maps: only "not at all" can be told from "at
 * least once", and "not at all" only of the whole.
 */
static bool is_pinned(struct page *page, u32 refs, bool whole)
{
	/* Less the reference that the caller has just taken */
	if (!PageCompound(page))
		return (page_ref_count(page) - 1) / GUP_PIN_COUNTING_BIAS ==
		       refs;
	if (!refs)
		return !whole || !page_maybe_dma_pinned(page);
	return page_maybe_dma_pinned(page);
}

/* @range: the first address or'ed with the length of all that is asked about */
static int check_page(unsigned long uptr, unsigned long range, u32 refs)
{
	struct page *page;
	int rc;

	rc = get_user_pages_fast(uptr, 1, 0, &page);
	if (rc < 0)
		return rc;
	if (!rc)
		return -EFAULT;
	rc = is_pinned(page, refs,
		       IS_ALIGNED(range, page_size(compound_head(page)))) ?
		     0 : -EIO;
	put_page(page);
	return rc;
}

/**
 * iommufd_test_check_refs() - IOMMU_TEST_OP_MD_CHECK_REFS
 * @ucmd: The call
 *
 * Return: 0; -EIO when a page is pinned more or less often; -EINVAL misaligned;
 * -EOVERFLOW; -EFAULT; -EINTR
 */
int iommufd_test_check_refs(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long uptr = cmd->check_refs.uptr;
	unsigned long length = cmd->check_refs.length;
	unsigned long end;
	int rc;

	if (!IS_ALIGNED(uptr | length, PAGE_SIZE))
		return -EINVAL;
	if (check_add_overflow(uptr, length, &end))
		return -EOVERFLOW;

	for (; uptr != end; uptr += PAGE_SIZE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = check_page(uptr, cmd->check_refs.uptr | length,
				cmd->check_refs.refs);
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}
