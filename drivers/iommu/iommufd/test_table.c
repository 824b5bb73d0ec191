// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations about the page table of a mock domain: what it maps, and
 * devices that write through it.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hwpt.h"
#include "ioctl.h"
#include "iommufd_test.h"
#include "mock_domain.h"
#include "object.h"
#include "test_cmd.h"

static struct iommufd_mock_domain *hwpt_to_mock(struct iommufd_object *obj)
{
	struct iommufd_hwpt *hwpt = iommufd_obj_to_hwpt(obj);

	return iommufd_to_mock_domain(hwpt->idomain.domain);
}

/* A hwpt of the mock IOMMU, for the time of a call: iommufd_object_put(). */
static struct iommufd_object *get_mock_hwpt(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_object *obj;

	obj = iommufd_object_get(ucmd->ictx, cmd->id, &iommufd_hwpt_type);
	if (IS_ERR(obj) || hwpt_to_mock(obj))
		return obj;
	iommufd_object_put(ucmd->ictx, obj);
	return ERR_PTR(-EINVAL);
}

/* Does @iova lead to where the memory at @uptr is, for one small leaf? */
static int check_leaf(struct iommu_domain *domain, unsigned long iova,
		      unsigned long uptr)
{
	phys_addr_t phys;
	struct page *page;
	int rc;

	rc = get_user_pages_fast(uptr & PAGE_MASK, 1, 0, &page);
	if (rc < 0)
		return rc;
	if (!rc)
		return -EFAULT;
	phys = page_to_phys(page) + offset_in_page(uptr);
	put_page(page);
	return iommu_iova_to_phys(domain, iova) == phys ? 0 : -EINVAL;
}

static int check_map(struct iommu_domain *domain, unsigned long iova,
		     unsigned long uptr, unsigned long length)
{
	unsigned long done;
	int rc;

	for (done = 0; done < length; done += MOCK_PAGE_SIZE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		rc = check_leaf(domain, iova + done, uptr + done);
		if (rc)
			return rc;
		cond_resched();
	}
	return 0;
}

/**
 * iommufd_test_check_map() - IOMMU_TEST_OP_MD_CHECK_MAP
 * @ucmd: The call
 *
 * Return: 0; -EINVAL when something else or nothing is mapped in a part of the
 * range, misaligned, or not a hwpt of the mock IOMMU; -EOVERFLOW; -ENOENT no
 * such hwpt; -EFAULT; -EINTR
 */
int iommufd_test_check_map(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long iova = cmd->check_map.iova;
	unsigned long uptr = cmd->check_map.uptr;
	unsigned long length = cmd->check_map.length;
	struct iommufd_object *obj;
	unsigned long end;
	int rc;

	if (!IS_ALIGNED(iova | uptr | length, MOCK_PAGE_SIZE))
		return -EINVAL;
	if (check_add_overflow(uptr, length, &end) ||
	    check_add_overflow(iova, length, &end))
		return -EOVERFLOW;

	obj = get_mock_hwpt(ucmd);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = check_map(&hwpt_to_mock(obj)->domain, iova, uptr, length);
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

/* What there is to say of a range in the aperture is limited. */
static bool in_aperture(u64 iova, u64 length)
{
	return length && iova >= MOCK_APERTURE_START &&
	       iova <= MOCK_APERTURE_LAST &&
	       length - 1 <= MOCK_APERTURE_LAST - iova;
}

static int write_phys(struct iommu_domain *domain, unsigned long iova,
		      unsigned long length, u64 __user *to)
{
	unsigned long done;

	for (done = 0; done < length; done += MOCK_PAGE_SIZE, to++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (put_user((u64)iommu_iova_to_phys(domain, iova + done), to))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/**
 * iommufd_test_get_phys() - IOMMU_TEST_OP_MD_GET_PHYS
 * @ucmd: The call
 *
 * Return: 0; -EINVAL when the range is misaligned or not in the aperture, or it
 * is not a hwpt of the mock IOMMU; -ENOENT no such hwpt; -EFAULT; -EINTR
 */
int iommufd_test_get_phys(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u64 iova = cmd->get_phys.iova, length = cmd->get_phys.length;
	struct iommufd_object *obj;
	int rc;

	if (!IS_ALIGNED(iova | length, MOCK_PAGE_SIZE) ||
	    !in_aperture(iova, length))
		return -EINVAL;
	obj = get_mock_hwpt(ucmd);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = write_phys(&hwpt_to_mock(obj)->domain, iova, length,
			u64_to_user_ptr(cmd->get_phys.uptr));
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

static int check_dirty(const struct iommu_test_cmd *cmd)
{
	u64 iova = cmd->dirty.iova, length = cmd->dirty.length;
	u64 page_size = cmd->dirty.page_size;

	if (cmd->dirty.flags)
		return -EOPNOTSUPP;
	if (!length || page_size < MOCK_PAGE_SIZE || iova % page_size ||
	    length % page_size || !cmd->dirty.uptr)
		return -EINVAL;
	return in_aperture(iova, length) ? 0 : -EINVAL;
}

static int mark_dirty(struct iommufd_mock_domain *mock,
		      struct iommu_test_cmd *cmd)
{
	unsigned long page_size = cmd->dirty.page_size;
	unsigned int nbits = cmd->dirty.length / page_size, bit;
	unsigned long *bitmap;
	int rc = 0;

	bitmap = kvcalloc(BITS_TO_LONGS(nbits), sizeof(*bitmap),
			  GFP_KERNEL_ACCOUNT);
	if (!bitmap)
		return -ENOMEM;
	if (copy_from_user(bitmap, u64_to_user_ptr(cmd->dirty.uptr),
			   DIV_ROUND_UP(nbits, BITS_PER_BYTE))) {
		rc = -EFAULT;
		goto err_free;
	}
	cmd->dirty.out_nr_dirty = 0;
	for_each_set_bit(bit, bitmap, nbits) {
		if (iommufd_mock_table_mark_dirty(&mock->table,
						  cmd->dirty.iova +
						  bit * page_size, page_size))
			cmd->dirty.out_nr_dirty++;
		cond_resched();
	}
err_free:
	kvfree(bitmap);
	return rc;
}

/**
 * iommufd_test_dirty() - IOMMU_TEST_OP_DIRTY
 * @ucmd: The call
 *
 * What was marked stays so when the answer cannot be written: devices do not
 * take back what they wrote either.
 *
 * Return: 0; -EOPNOTSUPP for flags; -EINVAL when the range is misaligned or not
 * in the aperture, or it is not a hwpt of the mock IOMMU; -ENOENT no such hwpt;
 * -EFAULT; -ENOMEM
 */
int iommufd_test_dirty(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	int rc;

	rc = check_dirty(cmd);
	if (rc)
		return rc;
	obj = get_mock_hwpt(ucmd);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = mark_dirty(hwpt_to_mock(obj), cmd);
	iommufd_object_put(ucmd->ictx, obj);
	return rc ?: iommufd_ucmd_respond(ucmd);
}
