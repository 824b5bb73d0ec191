/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vfio/devices/vfioN, as the VFIO core sees it.
 */
#ifndef __VFIO_DEVICE_CDEV_H
#define __VFIO_DEVICE_CDEV_H

#include <linux/device.h>
#include <linux/vfio.h>

struct file;
struct kvm;
struct vfio_cdev_file;

#if IS_ENABLED(CONFIG_VFIO_DEVICE_CDEV)
int vfio_cdev_init(struct class *device_class);
void vfio_cdev_cleanup(void);
int vfio_cdev_device_add(struct vfio_device *device);
void vfio_cdev_device_del(struct vfio_device *device);
struct vfio_cdev_file *vfio_cdev_from_file(struct file *filep);
bool vfio_cdev_can_be_coherent(struct vfio_cdev_file *cfile);
void vfio_cdev_set_kvm(struct vfio_cdev_file *cfile, struct kvm *kvm);
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

static inline struct vfio_cdev_file *vfio_cdev_from_file(struct file *filep)
{
	return NULL;
}

static inline bool vfio_cdev_can_be_coherent(struct vfio_cdev_file *cfile)
{
	return false;
}

static inline void vfio_cdev_set_kvm(struct vfio_cdev_file *cfile,
				     struct kvm *kvm)
{
}
#endif /* CONFIG_VFIO_DEVICE_CDEV */
#endif
