// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_DIRTY_PAGES, without hardware that knows what is dirty.
 *
 * What a device can reach it may have written, so all that is mapped is reported
 * as dirty each time, as type 1 does for devices with an IOMMU. Nothing is
 * remembered but that tracking is on.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "area.h"
#include "context.h"
#include "ioas.h"
#include "refuse.h"
#include "vfio_compat.h"

/* Words of ones that are written at once. */
#define ONES 32

/**
 * iommufd_vfio_check_bitmap() - Does a bitmap fit a range?
 * @bitmap: What the caller says of it
 * @size: Bytes of the range
 *
 * Return: 0 or -EINVAL
 */
int iommufd_vfio_check_bitmap(const struct vfio_bitmap *bitmap, u64 size)
{
	u64 npages = size >> PAGE_SHIFT;

	if (bitmap->pgsize != PAGE_SIZE)
		return iommufd_refuse(-EINVAL, "not the smallest page");
	if (!npages || !bitmap->size || bitmap->size > IOMMUFD_VFIO_BITMAP_MAX ||
	    bitmap->size < BITS_TO_U64(npages) * sizeof(u64))
		return iommufd_refuse(-EINVAL, "bitmap does not fit the range");
	if (!access_ok(bitmap->data, bitmap->size))
		return iommufd_refuse(-EINVAL, "not an address");
	return 0;
}

/* Some bits of one word. */
static int or_word(u64 __user *word, u64 bits)
{
	u64 value;

	if (get_user(value, word) || put_user(value | bits, word))
		return -EFAULT;
	return 0;
}

/* Set bits @first to @last, and touch no other. */
static int set_bits(u64 __user *words, unsigned long first, unsigned long last)
{
	unsigned long word = first / 64, end = last / 64;
	u64 head = U64_MAX << (first % 64);
	u64 tail = U64_MAX >> (63 - last % 64);
	u64 ones[ONES];
	size_t count;

	if (word == end)
		return or_word(words + word, head & tail);
	if (or_word(words + word, head) || or_word(words + end, tail))
		return -EFAULT;

	memset(ones, 0xff, sizeof(ones));
	for (word++; word < end; word += count) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		count = min_t(unsigned long, end - word, ONES);
		if (copy_to_user(words + word, ones, count * sizeof(u64)))
			return -EFAULT;
	}
	return 0;
}

/*
 * The first piece of [@iova, @last] that is mapped. User space is written to
 * without a lock, so each time the search begins anew.
 */
static bool next_mapped(struct iommufd_iopt *iopt, unsigned long iova,
			unsigned long last, unsigned long *start,
			unsigned long *end)
{
	struct iommufd_area *area;

	down_read(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, last);
	if (area) {
		*start = max(area->start, iova);
		*end = min(area->last, last);
	}
	up_read(&iopt->iova_rwsem);
	return area;
}

static bool reaches_across(struct iommufd_iopt *iopt, unsigned long iova,
			   unsigned long last)
{
	struct iommufd_area *area;
	bool across;

	down_read(&iopt->iova_rwsem);
	area = iommufd_area_first(iopt, iova, iova);
	across = area && area->start < iova;
	area = iommufd_area_first(iopt, last, last);
	across |= area && area->last > last;
	up_read(&iopt->iova_rwsem);
	return across;
}

/**
 * iommufd_vfio_report() - Set the bits of pages that may be dirty
 * @ictx: The context
 * @ioas: Its address space
 * @bitmap: Where to, checked; bits of what is not mapped are left alone
 * @iova: First address, which bit 0 is for
 * @last: Last address
 *
 * Return: 0; -EINVAL when dirty pages are not tracked, or a mapping reaches
 * across an end; -EFAULT; -EINTR
 */
int iommufd_vfio_report(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			const struct vfio_bitmap *bitmap, unsigned long iova,
			unsigned long last)
{
	unsigned long from = iova, start, end;
	int rc;

	if (!READ_ONCE(ictx->vfio.tracking))
		return iommufd_refuse(-EINVAL, "dirty pages are not tracked");
	if (reaches_across(&ioas->iopt, iova, last))
		return iommufd_refuse(-EINVAL, "range would cut an area");

	while (next_mapped(&ioas->iopt, from, last, &start, &end)) {
		rc = set_bits(bitmap->data, (start - iova) >> PAGE_SHIFT,
			      (end - iova) >> PAGE_SHIFT);
		if (rc)
			return iommufd_refuse(rc, rc == -EINTR ? "killed" :
						  "bitmap cannot be written");
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		if (end == last)
			break;
		from = end + 1;
		cond_resched();
	}
	return 0;
}

/* The range follows the first version of the struct. */
static int get_bitmap(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
		      const struct vfio_iommu_type1_dirty_bitmap *dirty,
		      void __user *ubuffer)
{
	struct vfio_iommu_type1_dirty_bitmap_get get;
	u64 last;
	int rc;

	if (dirty->argsz < sizeof(*dirty) + sizeof(get))
		return iommufd_refuse(-EINVAL, "struct is too short");
	if (copy_from_user(&get, ubuffer + sizeof(*dirty), sizeof(get)))
		return iommufd_refuse(-EFAULT, "command cannot be read");
	if (!get.size || !IS_ALIGNED(get.iova | get.size, PAGE_SIZE) ||
	    check_add_overflow(get.iova, get.size - 1, &last))
		return iommufd_refuse(-EINVAL, "wrong range");
	rc = iommufd_vfio_check_bitmap(&get.bitmap, get.size);
	if (rc)
		return rc;
	return iommufd_vfio_report(ictx, ioas, &get.bitmap, get.iova, last);
}

static void set_tracking(struct iommufd_ctx *ictx, bool on)
{
	xa_lock(&ictx->objects);
	WRITE_ONCE(ictx->vfio.tracking, on);
	xa_unlock(&ictx->objects);
}

static int dirty_pages(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
		       const struct vfio_iommu_type1_dirty_bitmap *dirty,
		       void __user *ubuffer)
{
	if (!iommufd_iopt_huge_pages(&ioas->iopt))
		return iommufd_refuse(-EACCES, "not in version 1");
	switch (dirty->flags) {
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
		set_tracking(ictx, dirty->flags ==
				   VFIO_IOMMU_DIRTY_PAGES_FLAG_START);
		return 0;
	case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
		return get_bitmap(ictx, ioas, dirty, ubuffer);
	default:
		return iommufd_refuse(-EINVAL, "not one known flag");
	}
}

/**
 * iommufd_vfio_dirty_pages() - VFIO_IOMMU_DIRTY_PAGES
 * @ictx: The context
 * @cmd: &struct vfio_iommu_type1_dirty_bitmap
 * @ubuffer: The caller's struct, where the range may follow
 *
 * Return: 0; -EACCES in version 1; -EINVAL a member is wrong; -ENODEV without an
 * address space; what iommufd_vfio_report() gives
 */
int iommufd_vfio_dirty_pages(struct iommufd_ctx *ictx, void *cmd,
			     void __user *ubuffer)
{
	struct iommufd_ioas *ioas = iommufd_vfio_ioas_get(ictx);
	int rc;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = dirty_pages(ictx, ioas, cmd, ubuffer);
	iommufd_vfio_ioas_put(ictx, ioas);
	return rc;
}
