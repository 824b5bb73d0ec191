// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VFIO group whose container is an open /dev/iommu.
 *
 * The group takes the context when it is given it by VFIO_GROUP_SET_CONTAINER,
 * and keeps it until VFIO_GROUP_UNSET_CONTAINER or the close of the group. Each
 * device is bound when its first file is made, attached to the address space
 * that the context has for containers, and unbound when the last file is
 * closed. So the IOMMU group is claimed as long as one of its devices is open.
 *
 * A set can have devices of several users, who must not wait for each other's
 * memory. So a device is bound and opened under the lock of the set, but
 * attached and unbound without it. That nobody opens a device meanwhile that is
 * half closed is for a lock of the group, which has one user only.
 *
 * Locks, outer first:
 *
 *   vfio_group.iommufd_lock > vfio_device_set.lock > vfio_group.group_lock
 *   vfio_device_set.lock > vfio_device.iommufd_lock > locks of the context
 *   vfio_group.group_lock > locks of the context
 *
 * vfio_group.iommufd is guarded by group_lock, and does not change while a
 * device of the group is open.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/iommufd.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/vfio.h>

#include "group_iommufd.h"
#include "vfio.h"

MODULE_IMPORT_NS(IOMMUFD_VFIO);

/**
 * vfio_group_iommufd_init - prepare a group
 * @group: New
 */
void vfio_group_iommufd_init(struct vfio_group *group)
{
	mutex_init(&group->iommufd_lock);
}

/**
 * vfio_group_iommufd_set - VFIO_GROUP_SET_CONTAINER with a file of /dev/iommu
 * @group: A group without container, group_lock is held
 * @filep: Any file
 *
 * A group without an IOMMU has nothing to bind or to attach: the context only
 * notes that such groups have come.
 *
 * Return: 0; -EBADFD if it is not /dev/iommu; -EPERM for a group without an
 * IOMMU; -EINVAL if the context has groups of the other kind; -ENOMEM.
 */
int vfio_group_iommufd_set(struct vfio_group *group, struct file *filep)
{
	struct iommufd_ctx *ictx;
	int rc;

	lockdep_assert_held(&group->group_lock);

	ictx = iommufd_ctx_from_file(filep);
	if (IS_ERR(ictx))
		return PTR_ERR(ictx);

	if (group->type != VFIO_NO_IOMMU)
		rc = iommufd_vfio_compat_ioas_create(ictx);
	else if (capable(CAP_SYS_RAWIO))
		rc = iommufd_vfio_compat_set_no_iommu(ictx);
	else
		rc = -EPERM;
	if (rc) {
		iommufd_ctx_put(ictx);
		return rc;
	}

	group->iommufd = ictx;
	group->container_users = 1;
	return 0;
}

/**
 * vfio_group_iommufd_unset - undo vfio_group_iommufd_set(), if there is anything
 * @group: A group without open devices, group_lock is held
 *
 * What is mapped stays in the context.
 */
void vfio_group_iommufd_unset(struct vfio_group *group)
{
	lockdep_assert_held(&group->group_lock);

	if (!group->iommufd)
		return;
	WARN_ON(group->container_users != 1);
	iommufd_ctx_put(group->iommufd);
	group->iommufd = NULL;
	group->container_users = 0;
}

/**
 * vfio_group_has_iommufd - is /dev/iommu the container of a group?
 * @group: The group; group_lock is held, or a device of it is open
 *
 * Return: True if it is.
 */
bool vfio_group_has_iommufd(struct vfio_group *group)
{
	return group->iommufd;
}

/**
 * vfio_group_iommufd_coherent - can no device go around the CPU's caches?
 * @group: A group with /dev/iommu for container, group_lock is held
 *
 * Return: False if one can. Also while no device is open, as nothing is known
 * before; but there is nothing to fear of devices that do no DMA of their own.
 */
bool vfio_group_iommufd_coherent(struct vfio_group *group)
{
	lockdep_assert_held(&group->group_lock);

	return group->type == VFIO_EMULATED_IOMMU ||
	       (group->type == VFIO_IOMMU &&
		iommufd_vfio_compat_enforced_coherent(group->iommufd));
}

/**
 * vfio_group_iommufd_lock - keep others from opening and closing devices
 * @group: A group whose container does not change; may be of any kind
 *
 * Return: 0, or -EINTR if the caller was killed.
 */
int vfio_group_iommufd_lock(struct vfio_group *group)
{
	if (!group->iommufd)
		return 0;
	/* Opening pins all memory, which may take its time */
	return mutex_lock_killable(&group->iommufd_lock);
}

/**
 * vfio_group_iommufd_lock_close - the same, for who cannot give up
 * @group: A group whose container does not change; may be of any kind
 */
void vfio_group_iommufd_lock_close(struct vfio_group *group)
{
	if (group->iommufd)
		mutex_lock(&group->iommufd_lock);
}

/**
 * vfio_group_iommufd_unlock - undo vfio_group_iommufd_lock()
 * @group: The group, its container has not changed
 */
void vfio_group_iommufd_unlock(struct vfio_group *group)
{
	if (group->iommufd)
		mutex_unlock(&group->iommufd_lock);
}

/* Devices of groups that are made up have no IOMMU that could be claimed */
static bool vfio_device_needs_iommufd(struct vfio_device *device)
{
	return device->group->iommufd && device->group->type != VFIO_NO_IOMMU;
}

/**
 * vfio_device_iommufd_bind - hand a device to the context of its group
 * @device: Not open, the lock of its set is held
 *
 * Return: 0, also if the container is not /dev/iommu; -EINVAL if the driver does
 * not know how; what binding gives.
 */
int vfio_device_iommufd_bind(struct vfio_device *device)
{
	const struct vfio_iommufd_ops *ops = device->ops->iommufd_ops;
	u32 dev_id;
	int rc;

	lockdep_assert_held(&device->dev_set->lock);

	if (!vfio_device_needs_iommufd(device))
		return 0;
	if (!ops)
		return -EINVAL;

	mutex_lock(&device->iommufd_lock);
	rc = ops->bind(device, device->group->iommufd, &dev_id);
	mutex_unlock(&device->iommufd_lock);
	return rc;
}

/**
 * vfio_device_iommufd_attach - let an open device reach what is mapped
 * @device: Bound, vfio_group_iommufd_lock() is held
 *
 * Return: 0, also if it is attached already; -ENODEV if the context has no
 * address space for containers any more; what attaching gives.
 */
int vfio_device_iommufd_attach(struct vfio_device *device)
{
	u32 ioas_id;
	int rc = 0;

	if (!vfio_device_needs_iommufd(device))
		return 0;

	mutex_lock(&device->iommufd_lock);
	if (!device->iommufd_attached)
		rc = iommufd_vfio_compat_ioas_get_id(device->group->iommufd,
						     &ioas_id) ?:
		     device->ops->iommufd_ops->attach(device, &ioas_id);
	mutex_unlock(&device->iommufd_lock);
	/* The caller named no address space that might not be there */
	return rc == -ENOENT ? -ENODEV : rc;
}

/**
 * vfio_device_iommufd_unbind - undo vfio_device_iommufd_bind() and ..._attach()
 * @device: Bound, not open; vfio_group_iommufd_lock() is held, the lock of its
 *          set may be
 */
void vfio_device_iommufd_unbind(struct vfio_device *device)
{
	if (!vfio_device_needs_iommufd(device))
		return;

	mutex_lock(&device->iommufd_lock);
	device->ops->iommufd_ops->unbind(device);
	mutex_unlock(&device->iommufd_lock);
}
