/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of /dev/vfio/devices/vfioN, inert or bound.
 */
#ifndef __VFIO_DEVICE_BIND_H
#define __VFIO_DEVICE_BIND_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct kvm;
struct vfio_cdev;
struct vfio_device;
struct vfio_device_attach_iommufd_pt;
struct vfio_device_bind_iommufd;
struct vfio_device_detach_iommufd_pt;

/**
 * struct vfio_kvm_ref - a reference to a virtual machine
 * @kvm: The virtual machine, NULL if there is none
 * @put: Ends the reference; the module that it is in is held as well
 */
struct vfio_kvm_ref {
	struct kvm *kvm;
	void (*put)(struct kvm *kvm);
};

/**
 * struct vfio_cdev_file - an open file of a node
 * @vcdev: (i) The node
 * @device: (s) The device if bound, with a registration and a reference on
 *          the module of its driver. To be read by smp_load_acquire() without
 *          the lock.
 * @device_kvm: (s) What the device has in vfio_device.kvm while bound
 * @coherent: (i) The IOMMU can keep the device from going around the caches
 * @kvm_lock: Nothing nests inside
 * @kvm: (k) The virtual machine that the file was given, without a reference
 *
 * (i) immutable, (s) vfio_device_set.lock of the device, (k) kvm_lock.
 */
struct vfio_cdev_file {
	struct vfio_cdev *vcdev;
	struct vfio_device *device;
	struct vfio_kvm_ref device_kvm;
	bool coherent;
	spinlock_t kvm_lock;	/* Guards kvm */
	struct kvm *kvm;
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

/* device_kvm.c */
void vfio_cdev_kvm_init(struct vfio_cdev_file *cfile,
			struct vfio_device *device);
void vfio_cdev_get_kvm(struct vfio_cdev_file *cfile, struct vfio_kvm_ref *ref);
void vfio_cdev_put_kvm(struct vfio_kvm_ref *ref);

#endif
