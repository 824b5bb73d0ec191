// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages: memory of a process or of a file, that areas map, and that is pinned
 * while a domain uses it.
 *
 * One pages object stands behind all areas that came from the same map call.
 * Memory is pinned and charged by the first user, shared by all others, and
 * unpinned by the last one. In between, the extents say where it is; nothing is
 * ever read back from an IOMMU page table.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dma_buf.h"
#include "pages.h"
#include "pages_access.h"
#include "payer.h"
#include "pin.h"
#include "refuse.h"

#include <trace/events/iommufd.h>

/* Backing memory that comes from nowhere yet. */
static struct iommufd_pages *pages_alloc(unsigned long start,
					 unsigned long length, bool writable,
					 enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;
	unsigned long last;

	if (!length)
		return ERR_PTR(iommufd_refuse(-EINVAL, "length 0"));
	if (check_add_overflow(start, length - 1, &last))
		return ERR_PTR(iommufd_refuse(-EOVERFLOW,
					      "memory ends beyond 64 bits"));

	pages = kmalloc(sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of memory"));

	kref_init(&pages->kref);
	mutex_init(&pages->mutex);
	pages->backing = (struct iommufd_backing){
		.start = start & PAGE_MASK,
		.writable = writable,
	};
	pages->head = offset_in_page(start);
	pages->npages = (last >> PAGE_SHIFT) - (start >> PAGE_SHIFT) + 1;
	iommufd_account_init(&pages->account, mode);
	pages->usage = NULL;
	pages->users = 0;
	iommufd_extents_init(&pages->extents, pages->npages);
	xa_init_flags(&pages->singles, XA_FLAGS_ACCOUNT);
	pages->nr_singles = 0;
	pages->pending = 0;
	pages->charged = 0;
	pages->next_account = NULL;
	pages->counted_pinned = 0;
	pages->counted_charged = 0;
	/* Not @room, which is a quarter of it all. */
	return pages;
}

static void pages_free(struct iommufd_pages *pages)
{
	iommufd_account_release(&pages->account);
	/* Nodes stay where an allocation of more has failed. */
	if (!xa_empty(&pages->singles))
		xa_destroy(&pages->singles);
	mutex_destroy(&pages->mutex);
	kfree(pages);
}

/**
 * iommufd_pages_alloc_user() - make backing memory of the current process' memory
 * @uptr: any user address
 * @length: bytes, not 0
 * @writable: devices may write to it
 * @mode: who pays
 *
 * The object covers all pages that @uptr, @length touches. Nothing is checked,
 * faulted in, pinned or charged yet.
 *
 * Return: object with one reference, to be dropped with iommufd_pages_put();
 * ERR_PTR of -EINVAL (no length), -EOVERFLOW or -ENOMEM.
 */
struct iommufd_pages *iommufd_pages_alloc_user(void __user *uptr,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;

	pages = pages_alloc((unsigned long)untagged_addr(uptr), length,
			    writable, mode);
	if (IS_ERR(pages))
		return pages;
	pages->backing.mm = current->mm;
	mmgrab(pages->backing.mm);
	return pages;
}

static int refuse_file(int rc)
{
	switch (rc) {
	case -EACCES:
		return iommufd_refuse(rc, "file is not open for this");
	case -EPERM:
		return iommufd_refuse(rc, "file is sealed against writing");
	default:
		return iommufd_refuse(rc, "file is not memory");
	}
}

/**
 * iommufd_pages_alloc_file() - make backing memory of a part of a file
 * @file: any file; the object takes a reference of its own
 * @start: byte of the file where it begins
 * @length: bytes, not 0
 * @writable: devices may write to it
 * @mode: who pays
 *
 * Nothing is pinned or charged yet, nor is the file's size checked.
 *
 * Return: as iommufd_pages_alloc_user(); and -EINVAL when it is not a file of
 * memory, -EACCES when it is not open for that, -EPERM when it is sealed.
 */
struct iommufd_pages *iommufd_pages_alloc_file(struct file *file,
					       unsigned long start,
					       unsigned long length,
					       bool writable,
					       enum iommufd_account_mode mode)
{
	struct iommufd_pages *pages;
	int rc;

	pages = pages_alloc(start, length, writable, mode);
	if (IS_ERR(pages))
		return pages;
	rc = pin_file_begin(file, writable);
	if (rc) {
		pages_free(pages);
		return ERR_PTR(refuse_file(rc));
	}
	pages->backing.file = file;
	return pages;
}

/**
 * iommufd_pages_alloc_dma_buf() - make what areas show of a dma-buf
 * @buf: the caller keeps its reference
 * @start: byte of the dma-buf where it begins
 * @length: bytes, not 0
 * @writable: devices may write to it
 *
 * It is never pinned nor charged: areas use iommufd_dma_buf_map() with it.
 *
 * Return: as iommufd_pages_alloc_user() and iommufd_dma_buf_import().
 */
struct iommufd_pages *iommufd_pages_alloc_dma_buf(struct dma_buf *buf,
						  unsigned long start,
						  unsigned long length,
						  bool writable)
{
	struct iommufd_dma_buf *imported;
	struct iommufd_pages *pages;

	pages = pages_alloc(start, length, writable, IOMMUFD_ACCOUNT_NONE);
	if (IS_ERR(pages))
		return pages;
	imported = iommufd_dma_buf_import(buf, start, length, writable);
	if (IS_ERR(imported)) {
		pages_free(pages);
		return ERR_CAST(imported);
	}
	pages->backing.dma_buf = imported;
	return pages;
}

static void pages_release(struct kref *kref)
{
	struct iommufd_pages *pages =
		container_of(kref, struct iommufd_pages, kref);

	/* Whoever still used these would read freed extents. */
	WARN_ON_ONCE(pages->users || pages->nr_singles);
	if (pages->backing.dma_buf)
		iommufd_dma_buf_release(pages->backing.dma_buf);
	else if (pages->backing.file)
		pin_file_end(pages->backing.file, pages->backing.writable);
	else
		mmdrop(pages->backing.mm);
	pages_free(pages);
}

/**
 * iommufd_pages_put() - drop a reference
 * @pages: object; nobody uses its pins any more when this is the last reference
 */
void iommufd_pages_put(struct iommufd_pages *pages)
{
	kref_put(&pages->kref, pages_release);
}

static bool is_charged(const struct iommufd_pages *pages)
{
	return pages->account.mode != IOMMUFD_ACCOUNT_NONE;
}

static int charge_and_pin(struct iommufd_pages *pages)
{
	bool charged = is_charged(pages);
	int rc;

	rc = iommufd_pages_charge_locked(pages,
					 pages->npages - pages->nr_singles);
	if (rc)
		return rc;

	rc = iommufd_pin(&pages->backing, pages->npages, &pages->extents);
	if (!rc && pages->nr_singles && !iommufd_singles_match_locked(pages)) {
		iommufd_unpin(&pages->extents, false);
		rc = iommufd_refuse(-EFAULT,
				    "memory changed while pinned in part");
	}
	if (rc)
		iommufd_pages_settle_locked(pages);
	else
		trace_iommufd_pin(pages->backing.start, pages->npages,
				  charged);
	return rc;
}

/**
 * iommufd_pages_pin() - become a user of the pins
 * @pages: object that the caller has a reference on
 *
 * The first user charges and pins all pages or none, later ones share them. What
 * is pinned in part already is not charged again.
 *
 * Context: takes pages->mutex and the mmap_lock of the memory's process.
 * Return: 0; -EFAULT when memory cannot be pinned or its process is gone; -ENOMEM
 * when it is, or would be, too much; -EINTR on a fatal signal.
 */
int iommufd_pages_pin(struct iommufd_pages *pages)
{
	int rc = 0;

	/* The first user may take its time. */
	if (mutex_lock_killable(&pages->mutex))
		return iommufd_refuse(-EINTR, "killed");
	if (!pages->users)
		rc = charge_and_pin(pages);
	if (!rc && !pages->users++)
		iommufd_pages_settle_locked(pages);
	mutex_unlock(&pages->mutex);
	return rc;
}

/**
 * iommufd_pages_unpin() - stop being a user of the pins
 * @pages: object that iommufd_pages_pin() was called for. What this user mapped
 *	is unmapped.
 *
 * Never fails and never allocates.
 *
 * Context: takes pages->mutex and the mmap_lock of the process that pays.
 */
void iommufd_pages_unpin(struct iommufd_pages *pages)
{
	guard(mutex)(&pages->mutex);

	if (--pages->users)
		return;
	iommufd_unpin(&pages->extents, pages->backing.writable);
	iommufd_pages_settle_locked(pages);
	trace_iommufd_unpin(pages->backing.start, pages->npages,
			    is_charged(pages));
}
