// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Hardware page tables
 *
 * Hardware page tables: a domain of the IOMMU driver that follows an IOAS.
 *
 * IOMMU drivers of this kernel know which hardware a domain is for only when
 * the first device is attached. So a hwpt is allocated, attached while it is
 * still empty, then filled. One that is made for a device that attaches to the
 * IOAS is published when all this is done; one that user space asks for is
 * published empty.
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
#include "ioctl.h"
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

/**
 * iommufd_hwpt_alloc() - Make an empty hwpt that nobody can find yet
 * @ictx: Its context
 * @ioas: What it will show; the caller keeps it from being destroyed
 * @dev: A device that will be attached, tells which IOMMU driver
 * @msi_base: See &struct iommufd_hwpt
 *
 * Ends with iommufd_object_finalize() or iommufd_hwpt_abort().
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
 * iommufd_hwpt_fill_locked() - Have a hwpt show what is mapped from now on
 * @hwpt: Attached to a device; nothing happens when it is filled already.
 *        ioas->mutex is held
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
 * iommufd_hwpt_abort() - Undo iommufd_hwpt_alloc()
 * @hwpt: Not published, no device is attached
 */
void iommufd_hwpt_abort(struct iommufd_hwpt *hwpt)
{
	free_domain(hwpt);
	iommufd_object_abort(hwpt->ictx, &hwpt->obj);
}

static int check_alloc(const struct iommu_hwpt_alloc *cmd)
{
	if (cmd->flags)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (cmd->__reserved || cmd->__reserved2)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	if (!cmd->data_type != !cmd->data_len)
		return iommufd_refuse(-EINVAL, "data without a type");
	if (cmd->data_type != IOMMU_HWPT_DATA_NONE)
		return iommufd_refuse(-EOPNOTSUPP, "no such type of data");
	return 0;
}

static struct iommufd_hwpt *alloc_kept(struct iommufd_ucmd *ucmd,
				       struct device *dev, u32 pt_id)
{
	struct iommufd_object *obj;
	struct iommufd_hwpt *hwpt;

	obj = iommufd_object_get(ucmd->ictx, pt_id, &iommufd_ioas_type);
	/* The error that mainline gives */
	if (IS_ERR(obj))
		return ERR_PTR(-EINVAL);
	hwpt = iommufd_hwpt_alloc(ucmd->ictx, iommufd_obj_to_ioas(obj), dev,
				  iommufd_find_msi_base(dev));
	iommufd_object_put(ucmd->ictx, obj);
	if (!IS_ERR(hwpt))
		hwpt->kept = true;
	return hwpt;
}

/**
 * iommufd_hwpt_alloc_ioctl() - IOMMU_HWPT_ALLOC
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_hwpt_alloc_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	struct iommufd_device *idev;
	struct iommufd_hwpt *hwpt;
	int rc;

	rc = check_alloc(cmd);
	if (rc)
		return rc;
	idev = iommufd_device_get(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	hwpt = alloc_kept(ucmd, idev->dev, cmd->pt_id);
	iommufd_device_put(ucmd, idev);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);

	cmd->out_hwpt_id = hwpt->obj.id;
	rc = iommufd_ucmd_respond(ucmd);
	if (rc)
		iommufd_hwpt_abort(hwpt);
	else
		iommufd_object_finalize(ucmd->ictx, &hwpt->obj);
	return rc;
}
