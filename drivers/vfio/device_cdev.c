// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vfio/devices/vfioN: a device handed to user space through a node of its
 * own, with neither a container nor the file of its group.
 *
 * A file of the node is *inert* at first. It gives no access, there may be any
 * number of them, and they hold up neither the removal of the device nor the
 * unloading of its driver. VFIO_DEVICE_BIND_IOMMUFD makes one of them *bound*:
 * the IOMMU group of the device now belongs to the iommufd context, the driver
 * has opened the device, and the file answers all that a device file from a
 * group answers. It stays bound until it is closed, and closing undoes
 * everything. The two ways to a device exclude each other by group: no file of
 * the group can be opened while one of its devices is bound, and the reverse.
 *
 * Only devices whose driver has vfio_device_ops.iommufd_ops get a node, and none
 * that does DMA without an IOMMU: there would be nothing to bind. A mediated
 * device does no DMA that an IOMMU could translate, so binding it claims nothing,
 * and its driver uses the address space instead.
 *
 * Here are the node and its files; device_bind.c has what makes a file bound.
 *
 * Letters behind fields: (i) immutable once published, (n) vfio_cdev.lock,
 * inside which no other lock of VFIO is taken.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "device_bind.h"
#include "device_cdev.h"
#include "vfio.h"

/**
 * struct vfio_cdev - the node of a device
 * @kobj: Counts the references to this struct: one of the registration, one
 *        of @cdev, which each open file holds
 * @cdev: (i) The character device
 * @lock: Nothing nests inside but what device_add() takes
 * @device: (n) The device, while it is registered
 *
 * Apart from the vfio_device, because an inert file may live longer than that.
 */
struct vfio_cdev {
	struct kobject kobj;
	struct cdev cdev;
	struct mutex lock;	/* Guards device */
	struct vfio_device *device;
};

static dev_t vfio_cdev_region;

/**
 * vfio_cdev_is_registered - is there a device behind a node?
 * @vcdev: The node
 *
 * Context: May sleep. Waits for a registration that is under way.
 * Return: False once the removal of the device has begun.
 */
bool vfio_cdev_is_registered(struct vfio_cdev *vcdev)
{
	bool registered;

	mutex_lock(&vcdev->lock);
	registered = vcdev->device;
	mutex_unlock(&vcdev->lock);
	return registered;
}

/**
 * vfio_cdev_get_device - the device of a node
 * @vcdev: The node
 *
 * Context: May sleep.
 * Return: The device with a registration held, which
 * vfio_device_put_registration() gives back; NULL once it is being removed.
 */
struct vfio_device *vfio_cdev_get_device(struct vfio_cdev *vcdev)
{
	struct vfio_device *device;

	mutex_lock(&vcdev->lock);
	device = vcdev->device;
	if (device && !vfio_device_try_get_registration(device))
		device = NULL;
	mutex_unlock(&vcdev->lock);
	return device;
}

/* NULL while the file is inert. Once bound it stays so while it is open. */
static struct vfio_device *vfio_cdev_bound_device(struct file *filep)
{
	struct vfio_cdev_file *cfile = filep->private_data;

	/* Pairs with vfio_cdev_bind_locked() */
	return smp_load_acquire(&cfile->device);
}

static int vfio_cdev_fops_open(struct inode *inode, struct file *filep)
{
	struct vfio_cdev *vcdev =
		container_of(inode->i_cdev, struct vfio_cdev, cdev);
	struct vfio_cdev_file *cfile;
	struct vfio_device *device;

	cfile = kzalloc(sizeof(*cfile), GFP_KERNEL_ACCOUNT);
	if (!cfile)
		return -ENOMEM;

	device = vfio_cdev_get_device(vcdev);
	if (!device) {
		kfree(cfile);
		return -ENODEV;
	}
	vfio_cdev_kvm_init(cfile, device);
	vfio_device_put_registration(device);

	cfile->vcdev = vcdev;
	filep->private_data = cfile;
	return 0;
}

static int vfio_cdev_fops_release(struct inode *inode, struct file *filep)
{
	struct vfio_cdev_file *cfile = filep->private_data;

	if (cfile->device)
		vfio_cdev_unbind(cfile);
	kfree(cfile);
	return 0;
}

static long vfio_cdev_fops_unl_ioctl(struct file *filep, unsigned int cmd,
				     unsigned long arg)
{
	struct vfio_device *device;
	void __user *uarg = (void __user *)arg;

	if (cmd == VFIO_DEVICE_BIND_IOMMUFD)
		return vfio_cdev_ioctl_bind(filep->private_data, uarg);

	device = vfio_cdev_bound_device(filep);
	if (!device)
		return -EINVAL;

	switch (cmd) {
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return vfio_cdev_ioctl_attach(device, uarg);
	case VFIO_DEVICE_DETACH_IOMMUFD_PT:
		return vfio_cdev_ioctl_detach(device, uarg);
	default:
		return vfio_device_ioctl(device, cmd, arg);
	}
}

static ssize_t vfio_cdev_fops_read(struct file *filep, char __user *buf,
				   size_t count, loff_t *ppos)
{
	struct vfio_device *device = vfio_cdev_bound_device(filep);

	if (!device || !device->ops->read)
		return -EINVAL;
	return device->ops->read(device, buf, count, ppos);
}

static ssize_t vfio_cdev_fops_write(struct file *filep, const char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct vfio_device *device = vfio_cdev_bound_device(filep);

	if (!device || !device->ops->write)
		return -EINVAL;
	return device->ops->write(device, buf, count, ppos);
}

static int vfio_cdev_fops_mmap(struct file *filep, struct vm_area_struct *vma)
{
	struct vfio_device *device = vfio_cdev_bound_device(filep);

	if (!device || !device->ops->mmap)
		return -EINVAL;
	return device->ops->mmap(device, vma);
}

#ifdef CONFIG_PROC_FS
static void vfio_cdev_fops_show_fdinfo(struct seq_file *m, struct file *filep)
{
	struct vfio_cdev_file *cfile = filep->private_data;
	struct vfio_device *device = vfio_cdev_get_device(cfile->vcdev);

	if (!device)
		return;
	vfio_device_show_fdinfo(m, device);
	vfio_device_put_registration(device);
}
#endif

static const struct file_operations vfio_cdev_fops = {
	.owner		= THIS_MODULE,
	.open		= vfio_cdev_fops_open,
	.release	= vfio_cdev_fops_release,
	.read		= vfio_cdev_fops_read,
	.write		= vfio_cdev_fops_write,
	.unlocked_ioctl	= vfio_cdev_fops_unl_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= vfio_cdev_fops_mmap,
#ifdef CONFIG_PROC_FS
	.show_fdinfo	= vfio_cdev_fops_show_fdinfo,
#endif
};

/**
 * vfio_cdev_from_file - a file of a node
 * @filep: Any file, the caller holds a reference
 *
 * Return: It, as long as @filep is open, or NULL if @filep is none.
 */
struct vfio_cdev_file *vfio_cdev_from_file(struct file *filep)
{
	if (filep->f_op != &vfio_cdev_fops)
		return NULL;
	return filep->private_data;
}

static void vfio_cdev_free(struct kobject *kobj)
{
	struct vfio_cdev *vcdev = container_of(kobj, struct vfio_cdev, kobj);

	mutex_destroy(&vcdev->lock);
	kfree(vcdev);
}

static struct kobj_type vfio_cdev_ktype = {
	.release	= vfio_cdev_free,
};

static struct vfio_cdev *vfio_cdev_alloc(void)
{
	struct vfio_cdev *vcdev;

	vcdev = kzalloc(sizeof(*vcdev), GFP_KERNEL);
	if (!vcdev)
		return NULL;

	mutex_init(&vcdev->lock);
	kobject_init(&vcdev->kobj, &vfio_cdev_ktype);
	cdev_init(&vcdev->cdev, &vfio_cdev_fops);
	vcdev->cdev.owner = THIS_MODULE;
	cdev_set_parent(&vcdev->cdev, &vcdev->kobj);
	return vcdev;
}

/**
 * vfio_cdev_device_add - device_add() for a vfio_device, and its node
 * @device: Named, with group and registration count set up
 *
 * Context: May sleep. On success user space may have bound the device already.
 * Return: 0, or a negative error code with nothing added.
 */
int vfio_cdev_device_add(struct vfio_device *device)
{
	struct vfio_cdev *vcdev;
	int rc;

	if (!device->ops->iommufd_ops || device->group->type == VFIO_NO_IOMMU)
		return device_add(&device->device);

	vcdev = vfio_cdev_alloc();
	if (!vcdev)
		return -ENOMEM;
	mutex_init(&device->iommufd_lock);
	device->device.devt = MKDEV(MAJOR(vfio_cdev_region), device->index);

	/*
	 * The node must work when device_add() announces it, but nobody may
	 * use a device of which that can still fail: openers wait.
	 */
	mutex_lock(&vcdev->lock);
	rc = cdev_add(&vcdev->cdev, device->device.devt, 1);
	if (rc)
		goto err_unlock;

	rc = device_add(&device->device);
	if (rc)
		goto err_del_cdev;

	vcdev->device = device;
	device->vcdev = vcdev;
	mutex_unlock(&vcdev->lock);
	return 0;

err_del_cdev:
	cdev_del(&vcdev->cdev);
err_unlock:
	mutex_unlock(&vcdev->lock);
	kobject_put(&vcdev->kobj);
	return rc;
}

/**
 * vfio_cdev_device_del - device_del() for a vfio_device, and its node
 * @device: Added by vfio_cdev_device_add()
 *
 * Inert files of the node stay inert after this. A file that is bound, or just
 * about to be, keeps the device until it is closed.
 *
 * Context: May sleep.
 */
void vfio_cdev_device_del(struct vfio_device *device)
{
	struct vfio_cdev *vcdev = device->vcdev;

	device_del(&device->device);
	if (!vcdev)
		return;

	mutex_lock(&vcdev->lock);
	vcdev->device = NULL;
	mutex_unlock(&vcdev->lock);

	device->vcdev = NULL;
	cdev_del(&vcdev->cdev);
	kobject_put(&vcdev->kobj);
}

/*
 * For iommufd: the group of an open device, whether it was opened by its node,
 * and is bound or not, or through its group.
 */
static struct iommu_group *vfio_file_device_group(struct file *filep)
{
	struct vfio_device *device, *inert = NULL;
	struct iommu_group *group = NULL;

	if (filep->f_op == &vfio_cdev_fops) {
		struct vfio_cdev_file *cfile = filep->private_data;

		device = vfio_cdev_bound_device(filep);
		if (!device) {
			inert = vfio_cdev_get_device(cfile->vcdev);
			if (!inert)
				return ERR_PTR(-ENODEV);
			device = inert;
		}
	} else {
		device = vfio_device_from_group_file(filep);
		if (!device)
			return NULL;
	}

	/* The groups of others are made up, and known to no IOMMU driver */
	if (device->group->type == VFIO_IOMMU)
		group = iommu_group_get(device->dev);
	if (inert)
		vfio_device_put_registration(inert);
	return group ?: ERR_PTR(-ENODEV);
}

static const struct iommufd_device_file_ops vfio_file_ops = {
	.get_group	= vfio_file_device_group,
};

static char *vfio_cdev_devnode(struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vfio/devices/%s", dev_name(dev));
}

/**
 * vfio_cdev_init - make nodes possible
 * @device_class: The class of all vfio_device.device
 *
 * Return: 0, or a negative error code when there are no device numbers.
 */
int vfio_cdev_init(struct class *device_class)
{
	int rc;

	device_class->devnode = vfio_cdev_devnode;
	rc = alloc_chrdev_region(&vfio_cdev_region, 0, MINORMASK + 1,
				 "vfio-dev");
	if (!rc)
		iommufd_register_device_files(&vfio_file_ops);
	return rc;
}

/** vfio_cdev_cleanup - the reverse of vfio_cdev_init() */
void vfio_cdev_cleanup(void)
{
	iommufd_unregister_device_files();
	unregister_chrdev_region(vfio_cdev_region, MINORMASK + 1);
}
