// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that user space asks for, and what it can ask of them.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "device.h"
#include "hwpt.h"
#include "hwpt_ioctl.h"
#include "ioas.h"
#include "ioctl.h"
#include "iopt_dirty.h"
#include "refuse.h"

#define ALLOC_FLAGS                                                           \
	(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_ALLOC_DIRTY_TRACKING |     \
	 IOMMU_HWPT_FAULT_ID_VALID | IOMMU_HWPT_ALLOC_PASID)

static int check_alloc(const struct iommu_hwpt_alloc *cmd)
{
	if (cmd->flags & ~ALLOC_FLAGS)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (cmd->__reserved || cmd->__reserved2)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	if (!cmd->data_type != !cmd->data_len)
		return iommufd_refuse(-EINVAL, "data without a type");
	return 0;
}

/* What is asked for on top of an address space. */
static int check_alloc_paging(const struct iommu_hwpt_alloc *cmd)
{
	if (cmd->data_type != IOMMU_HWPT_DATA_NONE)
		return iommufd_refuse(-EOPNOTSUPP, "no such type of data");
	if (!(cmd->flags & IOMMU_HWPT_FAULT_ID_VALID))
		return 0;
	if (cmd->flags & IOMMU_HWPT_ALLOC_NEST_PARENT)
		return iommufd_refuse(-EOPNOTSUPP,
				      "parents do not report page faults");
	return iommufd_refuse(-ENOENT, "no such queue of faults");
}

/* Nothing has a page table of a guest on top of it yet. */
static int refuse_nested(const struct iommufd_hwpt *parent)
{
	if (!parent->kept || !(parent->flags & IOMMU_HWPT_ALLOC_NEST_PARENT))
		return iommufd_refuse(-EINVAL, "page table is no parent");
	return iommufd_refuse(-EOPNOTSUPP, "IOMMU driver has no nesting");
}

static int fill_and_respond(struct iommufd_ucmd *ucmd, struct iommufd_hwpt *hwpt)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	int rc;

	if (hwpt->ready) {
		if (mutex_lock_killable(&hwpt->ioas->mutex))
			return iommufd_refuse(-EINTR, "killed");
		rc = iommufd_hwpt_fill_locked(hwpt);
		mutex_unlock(&hwpt->ioas->mutex);
		if (rc)
			return rc;
	}
	cmd->out_hwpt_id = hwpt->obj.id;
	return iommufd_ucmd_respond(ucmd);
}

static int alloc_paging(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas,
			struct iommufd_device *idev)
{
	const struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	struct iommufd_hwpt *hwpt;
	int rc;

	rc = check_alloc_paging(cmd);
	if (rc)
		return rc;
	hwpt = iommufd_hwpt_alloc(ioas, idev, cmd->flags);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	hwpt->kept = true;
	rc = fill_and_respond(ucmd, hwpt);
	if (!rc) {
		iommufd_object_finalize(ucmd->ictx, &hwpt->obj);
		return 0;
	}
	mutex_lock(&ioas->mutex);
	iommufd_hwpt_abort_locked(hwpt);
	mutex_unlock(&ioas->mutex);
	return rc;
}

/**
 * iommufd_hwpt_alloc_ioctl() - IOMMU_HWPT_ALLOC
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_hwpt_alloc_ioctl(struct iommufd_ucmd *ucmd)
{
	const struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	struct iommufd_device *idev;
	struct iommufd_object *obj;
	int rc;

	rc = check_alloc(cmd);
	if (rc)
		return rc;
	idev = iommufd_device_get(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	obj = iommufd_object_get(ucmd->ictx, cmd->pt_id, NULL);
	if (IS_ERR(obj)) {
		/* The error that mainline gives */
		rc = -EINVAL;
		goto out_device;
	}
	if (obj->type == &iommufd_ioas_type)
		rc = alloc_paging(ucmd, iommufd_obj_to_ioas(obj), idev);
	else if (obj->type == &iommufd_hwpt_type)
		rc = refuse_nested(iommufd_obj_to_hwpt(obj));
	else
		rc = iommufd_refuse(-EINVAL, "no address space");
	iommufd_object_put(ucmd->ictx, obj);
out_device:
	iommufd_device_put(ucmd, idev);
	return rc;
}

/* Ends with iommufd_object_put(). */
static struct iommufd_hwpt *get_tracking_hwpt(struct iommufd_ucmd *ucmd, u32 id)
{
	struct iommufd_object *obj;
	struct iommufd_hwpt *hwpt;

	obj = iommufd_object_get(ucmd->ictx, id, &iommufd_hwpt_type);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	hwpt = iommufd_obj_to_hwpt(obj);
	if (hwpt->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		return hwpt;
	iommufd_object_put(ucmd->ictx, obj);
	return ERR_PTR(iommufd_refuse(-EOPNOTSUPP,
				      "page table does not track writes"));
}

/*
 * What was noted while it was on before is of no interest any more. When it is
 * on, nothing is forgotten.
 */
static int set_tracking_locked(struct iommufd_hwpt *hwpt, bool enable)
{
	struct iommu_domain *domain = hwpt->idomain.domain;
	int rc;

	lockdep_assert_held(&hwpt->ioas->mutex);
	if (hwpt->tracking == enable)
		return 0;
	if (enable) {
		rc = iommufd_iopt_clear_dirty(&hwpt->ioas->iopt, domain);
		if (rc)
			return rc;
	}
	rc = domain->dirty_ops->set_dirty_tracking(domain, enable);
	if (rc)
		return iommufd_refuse(rc, "IOMMU driver cannot track writes");
	WRITE_ONCE(hwpt->tracking, enable);
	return 0;
}

/**
 * iommufd_hwpt_set_dirty_ioctl() - IOMMU_HWPT_SET_DIRTY_TRACKING
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_hwpt_set_dirty_ioctl(struct iommufd_ucmd *ucmd)
{
	const struct iommu_hwpt_set_dirty_tracking *cmd = ucmd->cmd;
	struct iommufd_hwpt *hwpt;
	int rc;

	if (cmd->flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	hwpt = get_tracking_hwpt(ucmd, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (mutex_lock_killable(&hwpt->ioas->mutex)) {
		rc = iommufd_refuse(-EINTR, "killed");
		goto out_put;
	}
	rc = set_tracking_locked(hwpt, cmd->flags &
				       IOMMU_HWPT_DIRTY_TRACKING_ENABLE);
	mutex_unlock(&hwpt->ioas->mutex);
out_put:
	iommufd_object_put(ucmd->ictx, &hwpt->obj);
	return rc;
}

static int check_dirty(const struct iommu_hwpt_get_dirty_bitmap *cmd)
{
	u64 last;

	if (cmd->flags & ~IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	if (!is_power_of_2(cmd->page_size))
		return iommufd_refuse(-EINVAL, "no page size");
	if (!cmd->length)
		return iommufd_refuse(-EINVAL, "length 0");
	if (check_add_overflow(cmd->iova, cmd->length - 1, &last) ||
	    last == U64_MAX)
		return iommufd_refuse(-EOVERFLOW, "range wraps");
	if (!IS_ALIGNED(cmd->iova | cmd->length, cmd->page_size))
		return iommufd_refuse(-EINVAL, "range is not of whole pages");
	return 0;
}

static int read_dirty(struct iommufd_hwpt *hwpt,
		      const struct iommu_hwpt_get_dirty_bitmap *cmd)
{
	struct iommufd_iopt *iopt = &hwpt->ioas->iopt;
	unsigned long flags = 0;

	if (!IS_ALIGNED(cmd->iova | cmd->length, iommufd_iopt_alignment(iopt)))
		return iommufd_refuse(-EINVAL, "range is misaligned");
	if (cmd->flags & IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)
		flags |= IOMMU_DIRTY_NO_CLEAR;
	return iommufd_iopt_read_dirty(iopt, hwpt->idomain.domain, cmd->iova,
				       cmd->length, cmd->page_size,
				       u64_to_user_ptr(cmd->data), flags);
}

/**
 * iommufd_hwpt_get_dirty_ioctl() - IOMMU_HWPT_GET_DIRTY_BITMAP
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_hwpt_get_dirty_ioctl(struct iommufd_ucmd *ucmd)
{
	const struct iommu_hwpt_get_dirty_bitmap *cmd = ucmd->cmd;
	struct iommufd_hwpt *hwpt;
	int rc;

	rc = check_dirty(cmd);
	if (rc)
		return rc;
	hwpt = get_tracking_hwpt(ucmd, cmd->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	rc = read_dirty(hwpt, cmd);
	iommufd_object_put(ucmd->ictx, &hwpt->obj);
	return rc;
}
