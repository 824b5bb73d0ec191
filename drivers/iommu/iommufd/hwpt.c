// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Hardware page tables
 *
 * Hardware page tables: a domain of the IOMMU driver that follows an IOAS.
 *
 * IOMMU drivers of this kernel know which hardware a domain is for only when
 * the first device is attached. So a hwpt is allocated, attached while it is
 * still empty, then filled and published.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/lockdep.h>

#include "context.h"
#include "hwpt.h"
#include "ioas.h"
#include "iopt_domain.h"
#include "refuse.h"

static void free_domain(struct iommufd_hwpt *hwpt)
{
	iommu_domain_free(hwpt->idomain.domain);
	iommufd_object_undepend(hwpt->ictx, &hwpt->ioas->obj);
}

static void hwpt_destroy(struct iommufd_object *obj)
{
	struct iommufd_hwpt *hwpt = iommufd_obj_to_hwpt(obj);

	mutex_lock(&hwpt->ioas->mutex);
	list_del(&hwpt->auto_item);
	mutex_unlock(&hwpt->ioas->mutex);
	iommufd_iopt_remove_domain(&hwpt->ioas->iopt, &hwpt->idomain);
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

/**
 * iommufd_hwpt_alloc() - Make an empty hwpt that nobody can find yet
 * @ictx: Its context
 * @ioas: What it will show; the caller keeps it from being destroyed
 * @dev: A device that will be attached, tells which IOMMU driver
 * @msi_base: See &struct iommufd_hwpt
 *
 * Ends with iommufd_hwpt_publish_locked() or iommufd_hwpt_abort().
 *
 * Return: the hwpt; ERR_PTR(-ENOMEM); ERR_PTR(-ENOENT) when @ioas is being
 * destroyed
 */
struct iommufd_hwpt *iommufd_hwpt_alloc(struct iommufd_ctx *ictx,
					struct iommufd_ioas *ioas,
					struct device *dev,
					phys_addr_t msi_base)
{
	struct iommufd_hwpt *hwpt;
	int rc;

	hwpt = iommufd_object_alloc(ictx, struct iommufd_hwpt,
				    &iommufd_hwpt_type);
	if (IS_ERR(hwpt))
		return hwpt;
	hwpt->ictx = ictx;
	hwpt->ioas = ioas;
	hwpt->coherent =
		device_iommu_capable(dev, IOMMU_CAP_ENFORCE_CACHE_COHERENCY);
	INIT_LIST_HEAD(&hwpt->auto_item);

	rc = iommufd_object_depend(ictx, &ioas->obj);
	if (rc) {
		iommufd_refuse(rc, "address space is being destroyed");
		goto err_abort;
	}
	hwpt->idomain.domain = iommu_domain_alloc(dev->bus);
	if (!hwpt->idomain.domain) {
		rc = iommufd_refuse(-ENOMEM, "IOMMU driver has no domain");
		goto err_undepend;
	}
	rc = set_msi_base(hwpt, msi_base);
	if (rc) {
		iommufd_refuse(rc, "doorbells of interrupts cannot be mapped");
		goto err_free_domain;
	}
	return hwpt;

err_free_domain:
	iommu_domain_free(hwpt->idomain.domain);
err_undepend:
	iommufd_object_undepend(ictx, &ioas->obj);
err_abort:
	iommufd_object_abort(ictx, &hwpt->obj);
	return ERR_PTR(rc);
}

/**
 * iommufd_hwpt_publish_locked() - Fill a hwpt and let others find it
 * @hwpt: From iommufd_hwpt_alloc(), attached to a device; ioas->mutex is held
 *
 * From here on it lives as long as a device depends on it.
 *
 * Return: 0 or what iommufd_iopt_add_domain() gives
 */
int iommufd_hwpt_publish_locked(struct iommufd_hwpt *hwpt)
{
	struct iommu_domain *domain = hwpt->idomain.domain;
	int rc;

	lockdep_assert_held(&hwpt->ioas->mutex);
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
	list_add_tail(&hwpt->auto_item, &hwpt->ioas->auto_hwpts);
	iommufd_object_finalize(hwpt->ictx, &hwpt->obj);
	return 0;
}

/**
 * iommufd_hwpt_abort() - Undo iommufd_hwpt_alloc()
 * @hwpt: Not published, no device is attached
 */
void iommufd_hwpt_abort(struct iommufd_hwpt *hwpt)
{
	free_domain(hwpt);
	iommufd_object_abort(hwpt->ictx, &hwpt->obj);
}
