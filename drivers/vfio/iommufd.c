// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a VFIO driver puts a device under an iommufd context, and learns which
 * devices a context owns.
 *
 * vfio_device.iommufd_device and .iommufd_attached are guarded by
 * vfio_device.iommufd_lock, which the callers of all operations hold.
 * vfio_device.iommufd_ictx and .iommufd_dev_id are guarded by the lock of the
 * set. The locks of the context nest inside either.
 */
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/module.h>
#include <linux/vfio.h>

MODULE_IMPORT_NS(IOMMUFD);

/* Claims the IOMMU group of the device for the context, with DMA blocked */
static int vfio_iommufd_physical_bind(struct vfio_device *vdev,
				      struct iommufd_ctx *ictx, u32 *dev_id)
{
	struct iommufd_device *idev;

	lockdep_assert_held(&vdev->iommufd_lock);

	idev = iommufd_device_bind(ictx, vdev->dev, dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);

	vdev->iommufd_device = idev;
	return 0;
}

static void vfio_iommufd_physical_detach(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->iommufd_lock);

	if (!vdev->iommufd_attached)
		return;

	iommufd_device_detach(vdev->iommufd_device);
	vdev->iommufd_attached = false;
}

static void vfio_iommufd_physical_unbind(struct vfio_device *vdev)
{
	vfio_iommufd_physical_detach(vdev);
	iommufd_device_unbind(vdev->iommufd_device);
	vdev->iommufd_device = NULL;
}

/*
 * A second attach moves the device from one page table to the other. When the
 * move fails it stays on the first.
 */
static int vfio_iommufd_physical_attach(struct vfio_device *vdev, u32 *pt_id)
{
	int rc;

	lockdep_assert_held(&vdev->iommufd_lock);

	if (vdev->iommufd_attached)
		return iommufd_device_replace(vdev->iommufd_device, pt_id);

	rc = iommufd_device_attach(vdev->iommufd_device, pt_id);
	if (rc)
		return rc;

	vdev->iommufd_attached = true;
	return 0;
}

/*
 * For devices whose DMA an IOMMU translates: their drivers have set
 * driver_managed_dma and register them by vfio_register_group_dev(). To be
 * named as VFIO_IOMMUFD_PHYSICAL_OPS.
 */
const struct vfio_iommufd_ops vfio_iommufd_physical_ops = {
	.bind		= vfio_iommufd_physical_bind,
	.unbind		= vfio_iommufd_physical_unbind,
	.attach		= vfio_iommufd_physical_attach,
	.detach		= vfio_iommufd_physical_detach,
};
EXPORT_SYMBOL_GPL(vfio_iommufd_physical_ops);

/**
 * vfio_iommufd_ctx - the context that an open device is bound to
 * @device: Kept as it is by the lock of its set, or open by the file that this
 *          is called for
 *
 * Return: The context, without a reference: valid for as long as that. NULL if
 * the device is not open, or through a file that came from a group.
 */
struct iommufd_ctx *vfio_iommufd_ctx(struct vfio_device *device)
{
	/* Set before the file could be used, cleared when it no longer can */
	return device->iommufd_ictx;
}
EXPORT_SYMBOL_GPL(vfio_iommufd_ctx);

/**
 * vfio_iommufd_owns - does a device belong to a context?
 * @ictx: The context
 * @device: A device, in a set whose lock is held
 * @dev_id: Its id in @ictx, 0 when it is not open but nobody else can open it,
 *          because its IOMMU group is claimed by @ictx. Undefined if it is not
 *          owned
 *
 * One that is just being closed is not open any more. One that is open through
 * its group belongs to who has the group's file, whatever its container is.
 *
 * Context: May sleep. Takes locks of @ictx.
 * Return: True if it does.
 */
bool vfio_iommufd_owns(struct iommufd_ctx *ictx, struct vfio_device *device,
		       u32 *dev_id)
{
	struct iommu_group *group;
	bool owned;

	lockdep_assert_held(&device->dev_set->lock);

	*dev_id = 0;
	if (device->iommufd_ictx) {
		*dev_id = device->iommufd_dev_id;
		return device->iommufd_ictx == ictx;
	}
	if (device->open_count)
		return false;

	group = iommu_group_get(device->dev);
	if (!group)
		return false;
	owned = iommufd_ctx_has_group(ictx, group);
	iommu_group_put(group);
	return owned;
}
EXPORT_SYMBOL_GPL(vfio_iommufd_owns);
