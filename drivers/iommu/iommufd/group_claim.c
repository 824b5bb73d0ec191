// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Group claims
 *
 * The claim that binding one device lays on its whole IOMMU group.
 *
 * The IOMMU cannot tell the members of a group apart, or cannot keep them from
 * reaching one another. So whoever binds one of them owns them all: the first
 * bind moves the group to a domain that blocks DMA, keeps other contexts and
 * kernel drivers out, and the last unbind gives the group back. In between
 * are only that domain and those of the owner.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/slab.h>

#include "context.h"
#include "group_claim.h"
#include "refuse.h"

static struct iommufd_group_claim *claim_alloc(struct iommufd_ctx *ictx,
					       struct iommu_group *group)
{
	struct iommufd_group_claim *claim;
	int rc;

	claim = kzalloc(sizeof(*claim), GFP_KERNEL_ACCOUNT);
	if (!claim)
		return ERR_PTR(iommufd_refuse(-ENOMEM, "out of memory"));
	claim->ictx = ictx;
	claim->group = group;
	mutex_init(&claim->lock);
	INIT_LIST_HEAD(&claim->attached);
	INIT_LIST_HEAD(&claim->bound);

	rc = xa_insert(&ictx->claims, iommu_group_id(group), claim,
		       GFP_KERNEL_ACCOUNT);
	if (rc) {
		kfree(claim);
		return ERR_PTR(iommufd_refuse(rc, "out of memory"));
	}
	return claim;
}

static void claim_free(struct iommufd_group_claim *claim)
{
	lockdep_assert_held(&claim->ictx->claims_lock);
	WARN_ON(claim->hwpt || !list_empty(&claim->attached));
	xa_erase(&claim->ictx->claims, iommu_group_id(claim->group));
	iommu_group_put(claim->group);
	mutex_destroy(&claim->lock);
	kfree(claim);
}

/**
 * iommufd_group_claim() - Claim the group of a device that is being bound
 * @ictx: The owner, referenced for as long as the claim lasts
 * @dev: The device
 *
 * Return: the claim, counted, ended by iommufd_group_release(); ERR_PTR of
 * -ENODEV when the device is in no group, -EBUSY when another context or a
 * kernel driver uses a device of the group, -ENOMEM, or what the IOMMU driver
 * has against giving the device away. Nothing has changed then.
 */
struct iommufd_group_claim *iommufd_group_claim(struct iommufd_ctx *ictx,
						struct device *dev)
{
	struct iommufd_group_claim *claim;
	struct iommu_group *group;
	int rc;

	group = iommu_group_get(dev);
	if (!group)
		return ERR_PTR(iommufd_refuse(-ENODEV, "no IOMMU group"));

	mutex_lock(&ictx->claims_lock);
	claim = xa_load(&ictx->claims, iommu_group_id(group));
	if (claim) {
		iommu_group_put(group);
	} else {
		claim = claim_alloc(ictx, group);
		if (IS_ERR(claim)) {
			iommu_group_put(group);
			goto err_unlock;
		}
	}

	rc = iommu_device_claim_dma_owner(dev, ictx);
	if (rc) {
		if (!claim->binds)
			claim_free(claim);
		iommufd_refuse(rc, rc == -EBUSY ?
				   "group is used by another context or driver" :
				   "group cannot be claimed");
		claim = ERR_PTR(rc);
		goto err_unlock;
	}
	claim->binds++;

err_unlock:
	mutex_unlock(&ictx->claims_lock);
	return claim;
}

/**
 * iommufd_group_release() - End the claim of one bound device
 * @claim: From iommufd_group_claim() for the same device, which is not attached
 * @dev: The device
 *
 * The last one gives the group back to the kernel.
 */
void iommufd_group_release(struct iommufd_group_claim *claim,
			   struct device *dev)
{
	struct iommufd_ctx *ictx = claim->ictx;

	mutex_lock(&ictx->claims_lock);
	iommu_device_release_dma_owner(dev);
	if (!--claim->binds)
		claim_free(claim);
	mutex_unlock(&ictx->claims_lock);
}

/**
 * iommufd_ctx_has_group() - Does a group belong to a context?
 * @ictx: The context
 * @group: The group
 *
 * To prove that a device which is not bound may be used by @ictx, for instance
 * be reset. Takes the same time however much the context holds. Sleeps, also
 * while the context binds or unbinds the first or last device of a group.
 *
 * Return: true if a device of @group is bound. Stays so for as long as the
 * caller keeps one bound; of another group it may be over at once, and only
 * the caller can tell whether that matters.
 */
bool iommufd_ctx_has_group(struct iommufd_ctx *ictx, struct iommu_group *group)
{
	bool has;

	mutex_lock(&ictx->claims_lock);
	has = xa_load(&ictx->claims, iommu_group_id(group));
	mutex_unlock(&ictx->claims_lock);
	return has;
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_has_group, IOMMUFD);
