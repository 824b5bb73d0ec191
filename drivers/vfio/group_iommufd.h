/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups whose container is an open /dev/iommu, as the VFIO core sees them.
 */
#ifndef __VFIO_GROUP_IOMMUFD_H
#define __VFIO_GROUP_IOMMUFD_H

#include <linux/errno.h>
#include <linux/types.h>

struct file;
struct vfio_device;
struct vfio_group;

#if IS_ENABLED(CONFIG_VFIO_IOMMUFD)
void vfio_group_iommufd_init(struct vfio_group *group);
int vfio_group_iommufd_set(struct vfio_group *group, struct file *filep);
void vfio_group_iommufd_unset(struct vfio_group *group);
bool vfio_group_has_iommufd(struct vfio_group *group);
bool vfio_group_iommufd_coherent(struct vfio_group *group);
int vfio_group_iommufd_lock(struct vfio_group *group);
void vfio_group_iommufd_lock_close(struct vfio_group *group);
void vfio_group_iommufd_unlock(struct vfio_group *group);
int vfio_device_iommufd_bind(struct vfio_device *device);
int vfio_device_iommufd_attach(struct vfio_device *device);
void vfio_device_iommufd_unbind(struct vfio_device *device);
#else
static inline void vfio_group_iommufd_init(struct vfio_group *group)
{
}

static inline int vfio_group_iommufd_set(struct vfio_group *group,
					 struct file *filep)
{
	return -EINVAL;
}

static inline void vfio_group_iommufd_unset(struct vfio_group *group)
{
}

static inline bool vfio_group_has_iommufd(struct vfio_group *group)
{
	return false;
}

static inline bool vfio_group_iommufd_coherent(struct vfio_group *group)
{
	return true;
}

static inline int vfio_group_iommufd_lock(struct vfio_group *group)
{
	return 0;
}

static inline void vfio_group_iommufd_lock_close(struct vfio_group *group)
{
}

static inline void vfio_group_iommufd_unlock(struct vfio_group *group)
{
}

static inline int vfio_device_iommufd_bind(struct vfio_device *device)
{
	return 0;
}

static inline int vfio_device_iommufd_attach(struct vfio_device *device)
{
	return 0;
}

static inline void vfio_device_iommufd_unbind(struct vfio_device *device)
{
}
#endif /* CONFIG_VFIO_IOMMUFD */
#endif
