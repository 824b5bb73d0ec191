// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Hardware page tables
 *
 * Hardware page tables: a domain of the IOMMU driver that follows an IOAS.
 *
 * A driver that is told for which device it makes a domain has it ready at once:
 * the hwpt is filled, then devices are attached, so that one which comes from
 * another hwpt finds all of its memory. Other drivers know which hardware a
 * domain is for only when the first device is attached. There a hwpt is
 * attached while it is still empty, then filled. One that is made for a device
 * that attaches to the IOAS is published when all this is done; one that user
 * space asks for is published filled, or empty if it cannot be.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "device.h"
#include "hwpt.h"
#include "ioas.h"
#include "iopt_domain.h"
#include "refuse.h"
#include "reserve.h"

static void free_domain(struct iommufd_hwpt *hwpt)
{
	iommu_domain_free(hwpt->idomain.domain);
	iommufd_object_undepend(hwpt->ictx, &hwpt->ioas->obj);
}

static void hwpt_destroy(struct iommufd_object *obj)
{
	struct iommufd_hwpt *hwpt = iommufd_obj_to_hwpt(obj);

	/* Nobody finds it any more: it is not filled meanwhile. */
	if (hwpt->filled) {
		mutex_lock(&hwpt->ioas->mutex);
		list_del(&hwpt->item);
		mutex_unlock(&hwpt->ioas->mutex);
		iommufd_iopt_remove_domain(&hwpt->ioas->iopt, &hwpt->idomain);
	}
	free_domain(hwpt);
}

const struct iommufd_object_type iommufd_hwpt_type = {
	.kind = IOMMUFD_OBJECT_HWPT,
	.destroy = hwpt_destroy,
};

static int set_msi_base(struct iommufd_hwpt *hwpt, phys_addr_t msi_base)
{
	hwpt->msi_base = msi_base;
	if (msi_base == PHYS_ADDR_MAX)
		return 0;
	return iommu_get_msi_cookie(hwpt->idomain.domain, msi_base);
}

static int alloc_domain(struct iommufd_hwpt *hwpt, struct device *dev)
{
	struct iommu_domain *domain;
	int rc;

	if (hwpt->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING &&
	    !device_iommu_capable(dev, IOMMU_CAP_DIRTY_TRACKING))
		return iommufd_refuse(-EOPNOTSUPP,
				      "hardware does not track writes");
	domain = iommu_domain_alloc_flags(dev, hwpt->flags, NULL);
	if (IS_ERR(domain)) {
		rc = PTR_ERR(domain);
		return iommufd_refuse(rc, rc == -EOPNOTSUPP ?
					  "IOMMU driver has no such domain" :
					  "IOMMU driver has no domain");
	}
	hwpt->idomain.domain = domain;
	rc = -EOPNOTSUPP;
	if (hwpt->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING && !domain->dirty_ops)
		goto err_free;
	rc = set_msi_base(hwpt, iommufd_find_msi_base(dev));
	if (rc)
		goto err_free;
	return 0;

err_free:
	iommu_domain_free(domain);
	return iommufd_refuse(rc, rc == -EOPNOTSUPP ?
				  "IOMMU driver does not track writes" :
				  "doorbells of interrupts cannot be mapped");
}

/**
 * iommufd_hwpt_alloc() - Make an empty hwpt that nobody can find yet
 * @ioas: What it will show; the caller keeps it from being destroyed
 * @idev: A device that it suits
 * @flags: Combination of enum iommufd_hwpt_alloc_flags
 *
 * Ends with iommufd_object_finalize() or iommufd_hwpt_abort_locked().
 *
 * Return: the hwpt; ERR_PTR(-EOPNOTSUPP) when the driver or the hardware does not
 * know @flags; ERR_PTR(-ENOMEM); ERR_PTR(-ENOENT) when @ioas is being destroyed
 */
struct iommufd_hwpt *iommufd_hwpt_alloc(struct iommufd_ioas *ioas,
					struct iommufd_device *idev, u32 flags)
{
	struct iommufd_ctx *ictx = idev->ictx;
	struct device *dev = idev->dev;
	struct iommufd_hwpt *hwpt;
	int rc;

	hwpt = iommufd_object_alloc(ictx, struct iommufd_hwpt,
				    &iommufd_hwpt_type);
	if (IS_ERR(hwpt))
		return hwpt;
	hwpt->ictx = ictx;
	hwpt->ioas = ioas;
	hwpt->flags = flags;
	hwpt->ready = iommu_domain_alloc_is_ready(dev);
	hwpt->coherent =
		device_iommu_capable(dev, IOMMU_CAP_ENFORCE_CACHE_COHERENCY);

	rc = iommufd_object_depend(ictx, &ioas->obj);
	if (rc) {
		iommufd_refuse(rc, "address space is being destroyed");
		goto err_abort;
	}
	rc = alloc_domain(hwpt, dev);
	if (rc)
		goto err_undepend;
	return hwpt;

err_undepend:
	iommufd_object_undepend(ictx, &ioas->obj);
err_abort:
	iommufd_object_abort(ictx, &hwpt->obj);
	return ERR_PTR(rc);
}

/**
 * iommufd_hwpt_fill_locked() - Have a hwpt show what is mapped from now on
 * @hwpt: Attached to a device, or ready without; nothing happens when it is
 *        filled already. ioas->mutex is held
 *
 * Return: 0 or what iommufd_iopt_add_domain() gives
 */
int iommufd_hwpt_fill_locked(struct iommufd_hwpt *hwpt)
{
	struct iommu_domain *domain = hwpt->idomain.domain;
	int rc;

	lockdep_assert_held(&hwpt->ioas->mutex);
	if (hwpt->filled)
		return 0;
	/*
	 * Where the hardware can, keep devices from going around the CPU's
	 * caches. It has to be said while the tables are empty.
	 */
	if (hwpt->coherent && (!domain->ops->enforce_cache_coherency ||
			       !domain->ops->enforce_cache_coherency(domain)))
		return iommufd_refuse(-EINVAL,
				      "IOMMU driver cannot keep DMA coherent");

	rc = iommufd_iopt_add_domain(&hwpt->ioas->iopt, &hwpt->idomain);
	if (rc)
		return rc;
	list_add_tail(&hwpt->item, &hwpt->ioas->hwpts);
	hwpt->filled = true;
	return 0;
}

/**
 * iommufd_hwpt_abort_locked() - Undo iommufd_hwpt_alloc()
 * @hwpt: Not published, no device is attached; may be filled. ioas->mutex is held
 */
void iommufd_hwpt_abort_locked(struct iommufd_hwpt *hwpt)
{
	lockdep_assert_held(&hwpt->ioas->mutex);
	if (hwpt->filled) {
		list_del(&hwpt->item);
		iommufd_iopt_remove_domain(&hwpt->ioas->iopt, &hwpt->idomain);
	}
	free_domain(hwpt);
	iommufd_object_abort(hwpt->ictx, &hwpt->obj);
}
