// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-kernel users of backing memory.
 *
 * While a domain shows the memory all of it is pinned, and an in-kernel user
 * shares that. Otherwise only the pages that it asks for are pinned, each of
 * them once, with the number of its users, in pages->singles.
 *
 * No lock is held while memory is pinned: a page that is long in coming holds
 * up nobody but those who want it.
 */
#include <linux/highmem.h>
#include <linux/iommufd.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "extent.h"
#include "pages.h"
#include "pages_access.h"
#include "payer.h"
#include "refuse.h"

/* Pages to pin at once for copying. */
#define RW_PAGES	16

/* A single: its page frame and, above, how many use it. */
#define SINGLE_MAX_USERS	(BIT(63 - IOMMUFD_EXTENT_PFN_BITS) - 1)

static void *pack_single(struct page *page, unsigned long users)
{
	return xa_mk_value(page_to_pfn(page) |
			   users << IOMMUFD_EXTENT_PFN_BITS);
}

static struct page *single_page(void *entry)
{
	return pfn_to_page(xa_to_value(entry) &
			   (BIT(IOMMUFD_EXTENT_PFN_BITS) - 1));
}

static unsigned long single_users(void *entry)
{
	return xa_to_value(entry) >> IOMMUFD_EXTENT_PFN_BITS;
}

/* Become a user of the pins of all pages, if there are any: 1, 0 or -EINTR. */
static int join_whole(struct iommufd_pages *pages)
{
	int joined;

	/* Whoever pins all of them may take its time. */
	if (mutex_lock_killable(&pages->mutex))
		return iommufd_refuse(-EINTR, "killed");
	joined = !!pages->users;
	pages->users += joined;
	mutex_unlock(&pages->mutex);
	return joined;
}

/**
 * iommufd_singles_match_locked() - Are the singles among the pins of all pages?
 * @pages: pages->mutex is held, pages->extents are complete
 *
 * They are not when the process has put other memory there meanwhile.
 *
 * Return: true when each single is the page that the extents have there
 */
bool iommufd_singles_match_locked(struct iommufd_pages *pages)
{
	struct iommufd_extent_iter iter;
	unsigned long index;
	void *entry;

	lockdep_assert_held(&pages->mutex);
	xa_for_each(&pages->singles, index, entry) {
		iommufd_extent_iter_start(&iter, &pages->extents, index, 1);
		if (!iommufd_extent_iter_next(&iter) ||
		    iter.pfn != page_to_pfn(single_page(entry)))
			return false;
		cond_resched();
	}
	return true;
}

static void list_pages(struct iommufd_pages *pages, unsigned long first,
		       unsigned long npages, struct page **out_pages)
{
	struct iommufd_extent_iter iter;
	unsigned long i;

	iommufd_extent_iter_start(&iter, &pages->extents, first, npages);
	while (iommufd_extent_iter_next(&iter))
		for (i = 0; i < iter.npages; i++)
			*out_pages++ = pfn_to_page(iter.pfn + i);
}

/* One more user of a single that is there. */
static int share_single_locked(struct iommufd_pages *pages, unsigned long index,
			       void *entry, struct page **out_page)
{
	unsigned long users = single_users(entry);
	struct page *page = single_page(entry);

	if (users == SINGLE_MAX_USERS)
		return -ENOMEM;
	/* The slot is there: does not allocate. */
	xa_store(&pages->singles, index, pack_single(page, users + 1),
		 GFP_KERNEL);
	*out_page = page;
	return 0;
}

/*
 * Share those singles that are there at the start of a range. Also tells how
 * many pages after them are not there.
 */
static int share_singles(struct iommufd_pages *pages, unsigned long first,
			 unsigned long npages, struct page **out_pages,
			 unsigned long *shared, unsigned long *missing)
{
	unsigned long i, end;
	void *entry;
	int rc;

	guard(mutex)(&pages->mutex);
	for (i = 0; i < npages; i++) {
		entry = xa_load(&pages->singles, first + i);
		if (!entry)
			break;
		rc = share_single_locked(pages, first + i, entry,
					 out_pages + i);
		if (rc)
			return rc;
		(*shared)++;
	}
	for (end = i; end < npages; end++)
		if (xa_load(&pages->singles, first + end))
			break;
	*missing = end - i;
	return 0;
}

/*
 * Make singles of pages that were just pinned. Somebody else may have been
 * faster with some of them. Returns how many are singles now, or an error.
 */
static long add_singles_locked(struct iommufd_pages *pages, unsigned long first,
			       unsigned long npages, struct page **out_pages)
{
	unsigned long i;
	int rc = 0;

	for (i = 0; i < npages; i++) {
		void *entry = xa_load(&pages->singles, first + i);
		struct page *page = out_pages[i];

		if (entry) {
			rc = share_single_locked(pages, first + i, entry,
						 out_pages + i);
			if (rc)
				break;
			unpin_user_page(page);
			continue;
		}
		rc = xa_err(xa_store(&pages->singles, first + i,
				     pack_single(page, 1),
				     GFP_KERNEL_ACCOUNT));
		if (rc)
			break;
		pages->nr_singles++;
	}
	unpin_user_pages(out_pages + i, npages - i);
	return i ?: rc;
}

/* Pin some of a range of pages that are no singles yet. */
static long pin_missing(struct iommufd_pages *pages, unsigned long first,
			unsigned long npages, struct page **out_pages)
{
	long pinned;
	int rc;

	mutex_lock(&pages->mutex);
	rc = iommufd_pages_charge_locked(pages, npages);
	if (!rc)
		pages->pending += npages;
	mutex_unlock(&pages->mutex);
	if (rc)
		return rc;

	pinned = iommufd_pin_some(&pages->backing, first, npages, out_pages);

	mutex_lock(&pages->mutex);
	if (pinned > 0 && pages->users) {
		/* All are pinned by now, maybe as other pages: share those. */
		unpin_user_pages(out_pages, pinned);
		pinned = -EAGAIN;
	} else if (pinned > 0) {
		pinned = add_singles_locked(pages, first, pinned, out_pages);
	}
	pages->pending -= npages;
	iommufd_pages_settle_locked(pages);
	mutex_unlock(&pages->mutex);
	return pinned;
}

static void drop_singles_locked(struct iommufd_pages *pages,
				unsigned long first, unsigned long npages)
{
	unsigned long i;

	for (i = first; i < first + npages; i++) {
		void *entry = xa_load(&pages->singles, i);
		unsigned long users = single_users(entry);
		struct page *page = single_page(entry);

		if (users > 1) {
			xa_store(&pages->singles, i,
				 pack_single(page, users - 1), GFP_KERNEL);
			continue;
		}
		xa_erase(&pages->singles, i);
		pages->nr_singles--;
		unpin_user_pages_dirty_lock(&page, 1, pages->backing.writable);
	}
	iommufd_pages_settle_locked(pages);
}

static void unpin_singles(struct iommufd_pages *pages, unsigned long first,
			  unsigned long npages)
{
	while (npages) {
		unsigned long n = min_t(unsigned long, npages,
					IOMMUFD_PIN_BATCH);

		mutex_lock(&pages->mutex);
		drop_singles_locked(pages, first, n);
		mutex_unlock(&pages->mutex);
		cond_resched();
		first += n;
		npages -= n;
	}
}

static int pin_singles(struct iommufd_pages *pages, unsigned long first,
		       unsigned long npages, struct page **out_pages)
{
	unsigned long done = 0, missing;
	long pinned;
	int rc;

	while (done < npages) {
		unsigned long n = min_t(unsigned long, npages - done,
					IOMMUFD_PIN_BATCH);

		missing = 0;
		rc = share_singles(pages, first + done, n, out_pages + done,
				   &done, &missing);
		if (rc)
			goto err_unpin;
		if (missing) {
			pinned = pin_missing(pages, first + done, missing,
					     out_pages + done);
			rc = pinned;
			if (pinned < 0)
				goto err_unpin;
			done += pinned;
		}
		cond_resched();
	}
	return 0;

err_unpin:
	unpin_singles(pages, first, done);
	return rc;
}

/**
 * iommufd_pages_pin_range() - Pin some pages
 * @pages: That the caller has a reference on
 * @first: First page, counted from that of @pages
 * @npages: Pages, not 0, inside of @pages
 * @out_pages: The pages
 * @pinned: For iommufd_pages_unpin_range()
 *
 * All or nothing. A page is pinned and charged once, however many use it.
 *
 * Context: takes pages->mutex and the mmap_lock of the memory's process, one
 * after the other
 * Return: 0; -EINVAL it is memory of a device; what iommufd_pages_pin() gives
 */
int iommufd_pages_pin_range(struct iommufd_pages *pages, unsigned long first,
			    unsigned long npages, struct page **out_pages,
			    struct iommufd_pages_pin_range *pinned)
{
	int rc;

	if (pages->backing.dma_buf)
		return -EINVAL;
	pinned->first = first;
	pinned->npages = npages;
	do {
		rc = join_whole(pages);
		if (rc < 0)
			return rc;
		pinned->whole = rc;
		rc = 0;
		if (pinned->whole)
			list_pages(pages, first, npages, out_pages);
		else
			rc = pin_singles(pages, first, npages, out_pages);
	} while (rc == -EAGAIN);
	return rc;
}

/**
 * iommufd_pages_unpin_range() - Undo iommufd_pages_pin_range()
 * @pages: As then
 * @pinned: From then
 *
 * Never fails and never allocates.
 */
void iommufd_pages_unpin_range(struct iommufd_pages *pages,
			       const struct iommufd_pages_pin_range *pinned)
{
	if (pinned->whole)
		iommufd_pages_unpin(pages);
	else
		unpin_singles(pages, pinned->first, pinned->npages);
}

static void copy_part(struct page *page, size_t at, void *data, size_t length,
		      bool write)
{
	if (write)
		memcpy_to_page(page, at, data, length);
	else
		memcpy_from_page(data, page, at, length);
}

/* Memory that devices reach: the CPU has to see the same. */
static void rw_whole(struct iommufd_pages *pages, unsigned long offset,
		     void *data, size_t length, bool write)
{
	unsigned long first = PFN_DOWN(offset);
	size_t at = offset_in_page(offset);
	struct iommufd_extent_iter iter;

	iommufd_extent_iter_start(&iter, &pages->extents, first,
				  PFN_UP(at + length));
	while (iommufd_extent_iter_next(&iter)) {
		while (iter.npages--) {
			size_t n = min(length, PAGE_SIZE - at);

			copy_part(pfn_to_page(iter.pfn++), at, data, n, write);
			data += n;
			length -= n;
			at = 0;
			cond_resched();
		}
	}
}

static int rw_user(struct iommufd_pages *pages, unsigned long offset,
		   void *data, size_t length, bool write)
{
	void __user *uptr = (void __user *)(pages->backing.start + offset);

	if (write)
		return copy_to_user(uptr, data, length) ? -EFAULT : 0;
	return copy_from_user(data, uptr, length) ? -EFAULT : 0;
}

/* Pin for the time of the copy, which nobody is charged for. */
static int rw_some(struct iommufd_pages *pages, unsigned long offset,
		   void *data, size_t length, bool write)
{
	struct page *list[RW_PAGES];
	long i, pinned;

	while (length) {
		size_t at = offset_in_page(offset);

		pinned = iommufd_pin_some(&pages->backing, PFN_DOWN(offset),
					  min_t(unsigned long,
						PFN_UP(at + length), RW_PAGES),
					  list);
		if (pinned < 0)
			return pinned;
		for (i = 0; i < pinned; i++) {
			size_t n = min(length, PAGE_SIZE - at);

			copy_part(list[i], at, data, n, write);
			data += n;
			length -= n;
			offset += n;
			at = 0;
		}
		unpin_user_pages_dirty_lock(list, pinned, write);
		cond_resched();
	}
	return 0;
}

/**
 * iommufd_pages_rw() - Copy from or to memory
 * @pages: That the caller has a reference on
 * @offset: Where, in bytes from its first page
 * @data: The kernel's side
 * @length: Bytes, inside of @pages
 * @flags: Combination of enum iommufd_access_flags
 *
 * Context: sleeps, takes the mmap_lock of the memory's process. A kernel thread
 * may call it
 * Return: 0; -EINVAL when it is memory of a device; -EPERM when @pages is not
 * writable; -EFAULT or what pinning gives.
 * With an error some may be copied
 */
int iommufd_pages_rw(struct iommufd_pages *pages, unsigned long offset,
		     void *data, size_t length, unsigned int flags)
{
	bool write = flags & IOMMUFD_ACCESS_RW_WRITE;
	int joined;

	if (pages->backing.dma_buf)
		return -EINVAL;
	if (write && !pages->backing.writable)
		return -EPERM;
	joined = join_whole(pages);
	if (joined < 0)
		return joined;
	if (joined) {
		rw_whole(pages, offset, data, length, write);
		iommufd_pages_unpin(pages);
		return 0;
	}
	if (pages->backing.mm == current->mm && !pages->backing.file &&
	    !(flags & IOMMUFD_ACCESS_RW_SLOW_PATH))
		return rw_user(pages, offset, data, length, write);
	return rw_some(pages, offset, data, length, write);
}
