/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of /dev/vfio/devices/vfioN, inert or bound.
 */
#ifndef __VFIO_DEVICE_BIND_H
#define __VFIO_DEVICE_BIND_H

struct vfio_cdev;
struct vfio_device;
struct vfio_device_attach_iommufd_pt;
struct vfio_device_bind_iommufd;
struct vfio_device_detach_iommufd_pt;

/**
 * struct vfio_cdev_file - an open file of a node
 * @vcdev: (i) The node
 * @device: (s) The device if bound, with a registration and a reference on
 *          the module of its driver. To be read by smp_load_acquire() without
 *          the lock.
 *
 * (i) immutable, (s) vfio_device_set.lock of the device.
 */
struct vfio_cdev_file {
	struct vfio_cdev *vcdev;
	struct vfio_device *device;
};

/* device_cdev.c */
bool vfio_cdev_is_registered(struct vfio_cdev *vcdev);
struct vfio_device *vfio_cdev_get_device(struct vfio_cdev *vcdev);

/* device_bind.c */
int vfio_cdev_ioctl_bind(struct vfio_cdev_file *cfile,
			 struct vfio_device_bind_iommufd __user *arg);
int vfio_cdev_ioctl_attach(struct vfio_device *device,
			   struct vfio_device_attach_iommufd_pt __user *arg);
int vfio_cdev_ioctl_detach(struct vfio_device *device,
			   struct vfio_device_detach_iommufd_pt __user *arg);
void vfio_cdev_unbind(struct vfio_cdev_file *cfile);

#endif
