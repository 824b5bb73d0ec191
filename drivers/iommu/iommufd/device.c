// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that other drivers hand to a context: bind and unbind.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/irqdomain.h>
#include <linux/module.h>

#include "context.h"
#include "device.h"
#include "group_claim.h"
#include "ioctl.h"
#include "refuse.h"

#include <trace/events/iommufd.h>

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "Bind devices although a DMA of theirs can look like the interrupt of another device");

static void idev_destroy(struct iommufd_object *obj)
{
	struct iommufd_device *idev =
		container_of(obj, struct iommufd_device, obj);

	WARN_ON(!list_empty(&idev->attached_item));
	mutex_lock(&idev->ictx->claims_lock);
	list_del(&idev->bound_item);
	mutex_unlock(&idev->ictx->claims_lock);
	iommufd_group_release(idev->claim, idev->dev);
}

const struct iommufd_object_type iommufd_device_type = {
	.kind = IOMMUFD_OBJECT_DEVICE,
	.destroy = idev_destroy,
};

/**
 * iommufd_device_get() - Look a bound device up for the time of a call
 * @ucmd: The call
 * @id: What user space says
 *
 * Return: the device, ended by iommufd_device_put(); ERR_PTR(-ENOENT). It is
 * not unbound meanwhile.
 */
struct iommufd_device *iommufd_device_get(struct iommufd_ucmd *ucmd, u32 id)
{
	struct iommufd_object *obj =
		iommufd_object_get(ucmd->ictx, id, &iommufd_device_type);

	return IS_ERR(obj) ? ERR_CAST(obj) :
			     container_of(obj, struct iommufd_device, obj);
}

/**
 * iommufd_device_put() - Undo iommufd_device_get()
 * @ucmd: The call
 * @idev: May be gone when this returns
 */
void iommufd_device_put(struct iommufd_ucmd *ucmd, struct iommufd_device *idev)
{
	iommufd_object_put(ucmd->ictx, &idev->obj);
}

/*
 * DMA that goes around the CPU's caches would need flushing that nobody does.
 * A message signalled interrupt is a write: unless the hardware checks who
 * sent it, the owner of the device can trigger any interrupt of the machine.
 */
static int check_device(struct device *dev)
{
	if (!device_iommu_capable(dev, IOMMU_CAP_CACHE_COHERENCY))
		return iommufd_refuse(-EINVAL, "DMA is not cache coherent");
	if (!device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP) &&
	    !irq_domain_check_msi_remap()) {
		if (!allow_unsafe_interrupts)
			return iommufd_refuse(-EPERM,
					      "interrupts are not isolated");
		dev_warn(dev, "bound without interrupt isolation\n");
	}
	return 0;
}

/**
 * iommufd_device_bind() - Hand a device to a context
 * @ictx: The context, the caller keeps its reference
 * @dev: A device with a driver that does no DMA on the kernel's behalf
 *       (driver_managed_dma). The driver unbinds it before it lets go of it
 * @id: Its id in the context
 *
 * Claims the device's whole IOMMU group for the context. Afterwards no DMA of
 * the device reaches anything until it is attached.
 *
 * Return: the bound device, ended by iommufd_device_unbind(); ERR_PTR of
 * -ENODEV no IOMMU group, -EINVAL DMA is not coherent, -EPERM interrupts are
 * not isolated, -EBUSY another context or a kernel driver uses a device of the
 * group, -ENOMEM
 */
struct iommufd_device *iommufd_device_bind(struct iommufd_ctx *ictx,
					   struct device *dev, u32 *id)
{
	struct iommufd_device *idev;
	int rc;

	if (!device_iommu_mapped(dev))
		return ERR_PTR(iommufd_refuse(-ENODEV, "no IOMMU"));
	rc = check_device(dev);
	if (rc)
		return ERR_PTR(rc);

	idev = iommufd_object_alloc(ictx, struct iommufd_device,
				    &iommufd_device_type);
	if (IS_ERR(idev))
		return idev;
	idev->ictx = ictx;
	idev->dev = dev;
	INIT_LIST_HEAD(&idev->attached_item);

	idev->claim = iommufd_group_claim(ictx, dev);
	if (IS_ERR(idev->claim)) {
		rc = PTR_ERR(idev->claim);
		goto err_abort;
	}
	/* The driver's dependency: only unbind ends it. Not dying, cannot fail. */
	iommufd_object_depend(ictx, &idev->obj);
	iommufd_ctx_get(ictx);
	*id = idev->obj.id;
	trace_iommufd_bind(ictx->debug.number, idev->obj.id, dev);
	iommufd_object_finalize(ictx, &idev->obj);

	mutex_lock(&ictx->claims_lock);
	list_add_tail(&idev->bound_item, &idev->claim->bound);
	mutex_unlock(&ictx->claims_lock);
	return idev;

err_abort:
	iommufd_object_abort(ictx, &idev->obj);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_bind, IOMMUFD);

/**
 * iommufd_device_unbind_in_ctx() - Unbind a device that lives in its context
 * @idev: Not attached. Gone when this returns
 *
 * For a device that one of the context's own objects has made. It goes with
 * the context, so it must not keep it: the object gives the reference of
 * iommufd_device_bind() back at once, and this leaves the context alone.
 */
void iommufd_device_unbind_in_ctx(struct iommufd_device *idev)
{
	trace_iommufd_unbind(idev->ictx->debug.number, idev->obj.id, idev->dev);
	/* The driver is the only one that depends on it. */
	if (!WARN_ON(!iommufd_object_retire(idev->ictx, &idev->obj)))
		iommufd_object_destroy_retired(idev->ictx, &idev->obj);
}

/**
 * iommufd_device_unbind() - Take a device back from its context
 * @idev: Not attached. Gone when this returns
 *
 * Cannot fail. The last one of a group gives the group back to the kernel.
 */
void iommufd_device_unbind(struct iommufd_device *idev)
{
	struct iommufd_ctx *ictx = idev->ictx;

	iommufd_device_unbind_in_ctx(idev);
	iommufd_ctx_put(ictx);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_unbind, IOMMUFD);

/**
 * iommufd_device_to_ictx() - The context that a device is bound to
 * @idev: The device
 *
 * Return: the context, without a reference: valid while @idev is bound
 */
struct iommufd_ctx *iommufd_device_to_ictx(struct iommufd_device *idev)
{
	return idev->ictx;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_to_ictx, IOMMUFD);

/**
 * iommufd_device_to_id() - The id of a bound device in its context
 * @idev: The device
 *
 * Return: the id
 */
u32 iommufd_device_to_id(struct iommufd_device *idev)
{
	return idev->obj.id;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_to_id, IOMMUFD);
