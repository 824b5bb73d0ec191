// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Attach, replace, detach
 *
 * Who may do DMA where: attach, replace and detach.
 *
 * The hardware switches whole groups, so a group is attached to one hwpt. The
 * first of its devices to attach decides which, the others can only join, and
 * the last one to detach leaves the group blocked. Replacing moves the group
 * and all of its attached devices together.
 *
 * The reserved IOVAs of all members (message signalled interrupts, firmware's
 * memory) are kept out of the address space: the claim owns these ranges there
 * until the group has left, and each device its own, so that those of one that
 * joins the group later are added when it is attached.
 *
 * Lock order: claim->lock, ioas->mutex, iopt->domains_rwsem, iopt->iova_rwsem.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <uapi/linux/iommufd.h>

#include "claim_policy.h"
#include "context.h"
#include "device.h"
#include "group_claim.h"
#include "hwpt.h"
#include "ioas.h"
#include "iova.h"
#include "refuse.h"
#include "reserve.h"

#include <trace/events/iommufd.h>

/**
 * struct attach_op - One attach or replace, between its locks
 * @idev: The device
 * @refusal: Why the last hwpt that was tried is not suited, NULL if that was
 *           told already. It is told unless another one is found
 * @retired: A hwpt that lost its last device, destroyed when no lock is held
 */
struct attach_op {
	struct iommufd_device *idev;
	const char *refusal;
	struct iommufd_hwpt *retired;
};

static int refuse_later(struct attach_op *op, int rc, const char *reason)
{
	op->refusal = reason;
	return rc;
}

static bool is_attached(struct iommufd_device *idev)
{
	lockdep_assert_held(&idev->claim->lock);
	return !list_empty(&idev->attached_item);
}

/* Nothing is pinned before what is reserved is known to be free. */
static int fill_if_ready_locked(struct iommufd_hwpt *hwpt)
{
	return hwpt->ready ? iommufd_hwpt_fill_locked(hwpt) : 0;
}

static int attach_group_locked(struct attach_op *op, struct iommufd_hwpt *hwpt)
{
	struct iommufd_group_claim *claim = op->idev->claim;
	int rc;

	lockdep_assert_held(&claim->lock);
	rc = iommufd_reserve_group(hwpt->ioas, claim);
	if (rc)
		return rc;
	rc = fill_if_ready_locked(hwpt);
	if (rc)
		goto err_unreserve;
	rc = iommu_group_replace_domain(claim->group, hwpt->idomain.domain);
	if (rc) {
		refuse_later(op, rc, "IOMMU driver cannot attach");
		goto err_unreserve;
	}
	claim->hwpt = hwpt;
	return 0;

err_unreserve:
	iommufd_iova_unreserve(&hwpt->ioas->iopt, claim);
	return rc;
}

/*
 * A device that the hardware can keep from going around the CPU's caches must
 * not get to where it is not kept from that: whoever bound it may have told a
 * virtual machine that there is no need to care.
 */
static int check_suited(struct attach_op *op, struct device *dev,
			struct iommufd_hwpt *hwpt)
{
	op->refusal = NULL;
	if (hwpt->msi_base != iommufd_find_msi_base(dev))
		return refuse_later(op, -EINVAL,
				    "page table has its doorbells elsewhere");
	if (hwpt->coherent !=
	    device_iommu_capable(dev, IOMMU_CAP_ENFORCE_CACHE_COHERENCY))
		return refuse_later(op, -EINVAL,
				    "page table differs in coherency");
	if (hwpt->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING &&
	    !device_iommu_capable(dev, IOMMU_CAP_DIRTY_TRACKING))
		return refuse_later(op, -EINVAL,
				    "hardware does not track writes");
	return 0;
}

/* First device of its group, or one more to where the group is already. */
static int attach_locked(struct attach_op *op, struct iommufd_hwpt *hwpt)
{
	struct iommufd_device *idev = op->idev;
	struct iommufd_group_claim *claim = idev->claim;
	int rc;

	lockdep_assert_held(&claim->lock);
	if (claim->hwpt && claim->hwpt != hwpt)
		return refuse_later(op, -EINVAL, "group is attached elsewhere");
	rc = check_suited(op, idev->dev, hwpt);
	if (rc)
		return rc;

	rc = iommufd_object_depend(claim->ictx, &hwpt->obj);
	if (rc)
		return refuse_later(op, rc, "page table is being destroyed");
	rc = iommufd_reserve_device(hwpt->ioas, idev->dev, idev);
	if (rc)
		goto err_undepend;
	if (!claim->hwpt) {
		rc = attach_group_locked(op, hwpt);
		if (rc)
			goto err_unreserve;
	}
	list_add_tail(&idev->attached_item, &claim->attached);
	return 0;

err_unreserve:
	iommufd_iova_unreserve(&hwpt->ioas->iopt, idev);
err_undepend:
	iommufd_object_undepend(claim->ictx, &hwpt->obj);
	return rc;
}

/* Leaves the caller with the dependency on the hwpt. */
static struct iommufd_hwpt *detach_locked(struct iommufd_device *idev)
{
	struct iommufd_group_claim *claim = idev->claim;
	struct iommufd_hwpt *hwpt = claim->hwpt;

	lockdep_assert_held(&claim->lock);
	list_del_init(&idev->attached_item);
	if (list_empty(&claim->attached)) {
		iommu_group_block_dma(claim->group);
		claim->hwpt = NULL;
		iommufd_iova_unreserve(&hwpt->ioas->iopt, claim);
	}
	iommufd_iova_unreserve(&hwpt->ioas->iopt, idev);
	return hwpt;
}

/* One device less depends on the hwpt. */
static void retire_later(struct attach_op *op, struct iommufd_hwpt *hwpt)
{
	if (hwpt->kept)
		iommufd_object_undepend(op->idev->ictx, &hwpt->obj);
	else if (iommufd_object_retire(op->idev->ictx, &hwpt->obj))
		op->retired = hwpt;
}

static void unreserve_attached(struct iommufd_group_claim *claim,
			       struct iommufd_ioas *ioas)
{
	struct iommufd_device *idev;

	iommufd_iova_unreserve(&ioas->iopt, claim);
	list_for_each_entry(idev, &claim->attached, attached_item)
		iommufd_iova_unreserve(&ioas->iopt, idev);
}

static int reserve_attached(struct iommufd_group_claim *claim,
			    struct iommufd_ioas *ioas)
{
	struct iommufd_device *idev;
	int rc;

	rc = iommufd_reserve_group(ioas, claim);
	if (rc)
		return rc;
	list_for_each_entry(idev, &claim->attached, attached_item) {
		rc = iommufd_reserve_device(ioas, idev->dev, idev);
		if (rc) {
			unreserve_attached(claim, ioas);
			return rc;
		}
	}
	return 0;
}

/*
 * The group is in the new hwpt's domain: hand the dependencies and reserved
 * ranges of its devices over. @hwpt cannot be dying, the caller depends on it.
 */
static void commit_replace(struct attach_op *op, struct iommufd_hwpt *hwpt)
{
	struct iommufd_group_claim *claim = op->idev->claim;
	struct iommufd_hwpt *old = claim->hwpt;
	struct iommufd_device *idev;

	claim->hwpt = hwpt;
	if (old->ioas != hwpt->ioas)
		unreserve_attached(claim, old->ioas);
	list_for_each_entry(idev, &claim->attached, attached_item) {
		iommufd_object_depend(claim->ictx, &hwpt->obj);
		retire_later(op, old);
	}
	iommufd_object_undepend(claim->ictx, &hwpt->obj);
}

/*
 * Move the group. If @hwpt is empty it is filled before, or, when its driver
 * cannot do that, when the group is there, which goes back if that fails.
 * Ranges that both hwpts share, because they show the same IOAS, are left as
 * they are.
 */
static int replace_locked(struct attach_op *op, struct iommufd_hwpt *hwpt)
{
	struct iommufd_group_claim *claim = op->idev->claim;
	struct iommufd_hwpt *old = claim->hwpt;
	bool same_ioas = hwpt->ioas == old->ioas;
	struct iommufd_device *idev;
	int rc;

	lockdep_assert_held(&claim->lock);
	op->refusal = NULL;
	if (hwpt == old)
		return 0;
	list_for_each_entry(idev, &claim->attached, attached_item) {
		rc = check_suited(op, idev->dev, hwpt);
		if (rc)
			return rc;
	}
	rc = iommufd_object_depend(claim->ictx, &hwpt->obj);
	if (rc)
		return refuse_later(op, rc, "page table is being destroyed");
	if (!same_ioas) {
		rc = reserve_attached(claim, hwpt->ioas);
		if (rc)
			goto err_undepend;
	}
	rc = fill_if_ready_locked(hwpt);
	if (rc)
		goto err_unreserve;
	rc = iommu_group_replace_domain(claim->group, hwpt->idomain.domain);
	if (rc) {
		refuse_later(op, rc, "IOMMU driver cannot attach");
		goto err_unreserve;
	}
	rc = iommufd_hwpt_fill_locked(hwpt);
	if (rc)
		goto err_back;
	commit_replace(op, hwpt);
	return 0;

err_back:
	/* The caller frees the new domain, so the group must leave it. */
	if (iommu_group_replace_domain(claim->group, old->idomain.domain))
		iommu_group_block_dma(claim->group);
err_unreserve:
	if (!same_ioas)
		unreserve_attached(claim, hwpt->ioas);
err_undepend:
	iommufd_object_undepend(claim->ictx, &hwpt->obj);
	return rc;
}

/* The hwpt may be empty, see there. */
static int attach_and_fill_locked(struct attach_op *op,
				  struct iommufd_hwpt *hwpt)
{
	int rc;

	rc = attach_locked(op, hwpt);
	if (rc)
		return rc;
	rc = iommufd_hwpt_fill_locked(hwpt);
	if (rc) {
		detach_locked(op->idev);
		iommufd_object_undepend(op->idev->ictx, &hwpt->obj);
	}
	return rc;
}

static int move_to_hwpt_locked(struct attach_op *op, struct iommufd_hwpt *hwpt,
			       bool replace)
{
	lockdep_assert_held(&hwpt->ioas->mutex);
	return replace ? replace_locked(op, hwpt) :
			 attach_and_fill_locked(op, hwpt);
}

static int attach_new_hwpt_locked(struct attach_op *op,
				  struct iommufd_ioas *ioas, bool replace)
{
	struct iommufd_device *idev = op->idev;
	struct iommufd_hwpt *hwpt;
	int rc;

	op->refusal = NULL;
	hwpt = iommufd_hwpt_alloc(ioas, idev, 0);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);

	rc = move_to_hwpt_locked(op, hwpt, replace);
	if (rc)
		iommufd_hwpt_abort_locked(hwpt);
	else
		iommufd_object_finalize(idev->ictx, &hwpt->obj);
	return rc;
}

/*
 * Some hwpt of the IOAS: where the group is, or one that was made for other
 * devices and suits this one too, or a new one.
 */
static int attach_ioas_locked(struct attach_op *op, struct iommufd_ioas *ioas,
			      bool replace)
{
	struct iommufd_hwpt *hwpt, *at = op->idev->claim->hwpt;
	int rc;

	lockdep_assert_held(&ioas->mutex);
	if (at && at->ioas == ioas && !at->kept)
		return replace ? 0 : attach_locked(op, at);
	if (at && !replace)
		return refuse_later(op, -EINVAL, "group is attached elsewhere");

	list_for_each_entry(hwpt, &ioas->hwpts, item) {
		if (hwpt->kept)
			continue;
		rc = move_to_hwpt_locked(op, hwpt, replace);
		/* Not for this hardware, or about to go: try the next one. */
		if (rc != -EINVAL && rc != -ENOENT)
			return rc;
	}
	return attach_new_hwpt_locked(op, ioas, replace);
}

static int attach_object_locked(struct attach_op *op,
				struct iommufd_object *obj, bool replace)
{
	struct iommufd_hwpt *hwpt = NULL;
	struct iommufd_ioas *ioas;
	int rc;

	if (obj->type == &iommufd_hwpt_type) {
		hwpt = iommufd_obj_to_hwpt(obj);
		ioas = hwpt->ioas;
	} else if (obj->type == &iommufd_ioas_type) {
		ioas = iommufd_obj_to_ioas(obj);
	} else {
		return refuse_later(op, -EINVAL,
				    "neither address space nor page table");
	}

	if (mutex_lock_killable(&ioas->mutex))
		return refuse_later(op, -EINTR, "killed");
	rc = hwpt ? move_to_hwpt_locked(op, hwpt, replace) :
		    attach_ioas_locked(op, ioas, replace);
	mutex_unlock(&ioas->mutex);
	return rc;
}

static void tell_attached(struct iommufd_device *idev, u32 hwpt_id,
			  bool replace)
{
	u32 context = idev->ictx->debug.number;

	if (replace)
		trace_iommufd_replace(context, idev->obj.id, idev->dev,
				      hwpt_id);
	else
		trace_iommufd_attach(context, idev->obj.id, idev->dev, hwpt_id);
}

static int attach_or_replace(struct iommufd_device *idev, u32 *pt_id,
			     bool replace)
{
	struct attach_op op = { .idev = idev };
	struct iommufd_group_claim *claim = idev->claim;
	struct iommufd_object *obj;
	int rc;

	obj = iommufd_object_get(idev->ictx, *pt_id, NULL);
	if (IS_ERR(obj))
		return PTR_ERR(obj);

	mutex_lock(&claim->lock);
	if (is_attached(idev) && !replace)
		rc = refuse_later(&op, -EBUSY, "device is attached");
	else if (!is_attached(idev) && replace)
		rc = refuse_later(&op, -EINVAL, "device is not attached");
	else
		rc = iommufd_claim_check_members(claim) ?:
		     attach_object_locked(&op, obj, replace);
	if (!rc)
		*pt_id = claim->hwpt->obj.id;
	mutex_unlock(&claim->lock);

	if (rc && op.refusal)
		iommufd_refuse(rc, op.refusal);
	else if (!rc)
		tell_attached(idev, *pt_id, replace);
	iommufd_object_put(idev->ictx, obj);
	if (op.retired)
		iommufd_object_destroy_retired(idev->ictx, &op.retired->obj);
	return rc;
}

/**
 * iommufd_device_attach() - Let a bound device do DMA
 * @idev: The device
 * @pt_id: In: id of an IOAS or hwpt. Out: id of the hwpt that it is attached to
 *
 * Return: 0, ended by iommufd_device_detach(); -ENOENT no such id; -EINVAL it
 * is neither IOAS nor hwpt, does not suit the device, or the device's group is
 * attached elsewhere; -EBUSY it is attached; -EADDRINUSE something is mapped
 * where a device of the group has reserved IOVAs; -EACCES the group has a
 * member that is neither bound nor parked, see claim_policy; what pinning and
 * mapping give
 */
int iommufd_device_attach(struct iommufd_device *idev, u32 *pt_id)
{
	return attach_or_replace(idev, pt_id, false);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_attach, IOMMUFD);

/**
 * iommufd_device_replace() - Move a device, and its group, elsewhere
 * @idev: The device, attached
 * @pt_id: As for iommufd_device_attach()
 *
 * No DMA ever reaches anything but the old or the new address space. When it
 * fails the old one stays.
 *
 * Return: 0; -EINVAL it is not attached; otherwise as iommufd_device_attach()
 */
int iommufd_device_replace(struct iommufd_device *idev, u32 *pt_id)
{
	return attach_or_replace(idev, pt_id, true);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_replace, IOMMUFD);

/**
 * iommufd_device_detach() - Take a device's address space away
 * @idev: The device; nothing happens when it is not attached
 *
 * Cannot fail. With the last device of the group to detach, the DMA of the
 * whole group is blocked when this returns.
 */
void iommufd_device_detach(struct iommufd_device *idev)
{
	struct attach_op op = { .idev = idev };
	struct iommufd_group_claim *claim = idev->claim;
	struct iommufd_hwpt *hwpt;

	mutex_lock(&claim->lock);
	if (is_attached(idev)) {
		hwpt = detach_locked(idev);
		trace_iommufd_detach(idev->ictx->debug.number, idev->obj.id,
				     idev->dev, hwpt->obj.id);
		retire_later(&op, hwpt);
	}
	mutex_unlock(&claim->lock);

	if (op.retired)
		iommufd_object_destroy_retired(idev->ictx, &op.retired->obj);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_detach, IOMMUFD);
