/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vfio/devices/vfioN, as the VFIO core sees it.
 */
#ifndef __VFIO_DEVICE_CDEV_H
#define __VFIO_DEVICE_CDEV_H

#include <linux/device.h>
#include <linux/vfio.h>

#if IS_ENABLED(CONFIG_VFIO_DEVICE_CDEV)
int vfio_cdev_init(struct class *device_class);
void vfio_cdev_cleanup(void);
int vfio_cdev_device_add(struct vfio_device *device);
void vfio_cdev_device_del(struct vfio_device *device);
#else
static inline int vfio_cdev_init(struct class *device_class)
{
	return 0;
}

static inline void vfio_cdev_cleanup(void)
{
}

static inline int vfio_cdev_device_add(struct vfio_device *device)
{
#if IS_ENABLED(CONFIG_VFIO_IOMMUFD)
	mutex_init(&device->iommufd_lock);
#endif
	return device_add(&device->device);
}

static inline void vfio_cdev_device_del(struct vfio_device *device)
{
	device_del(&device->device);
}
#endif /* CONFIG_VFIO_DEVICE_CDEV */
#endif
