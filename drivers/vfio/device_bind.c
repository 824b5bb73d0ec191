// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding a file of /dev/vfio/devices/vfioN to an iommufd context, and the
 * device to page tables of that.
 *
 * The results of BIND and ATTACH are written through a page that was pinned
 * before anything changes. So writing them can neither fail, after a success
 * that would be hard to take back, nor wait for a page fault under a lock that
 * all devices of the set need.
 *
 * A set can have devices of several users, who must not wait for each other's
 * memory. So its lock is held while a device is bound, opened and closed, but
 * not while it is attached or detached, when all that is mapped may have to be
 * pinned or unpinned: that is for a lock of the device alone.
 *
 * Locks, outer first:
 *
 *   vfio_device_set.lock > vfio_device.iommufd_lock > locks of the context
 *   vfio_device_set.lock > vfio_group.group_lock, to count bound devices
 *   vfio_device_set.lock > vfio_cdev.lock
 */
#include <linux/highmem.h>
#include <linux/iommufd.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/uuid.h>
#include <linux/vfio.h>

#include "device_bind.h"
#include "vfio.h"

/*
 * A u32 in the memory of the caller that can be written without a fault.
 */
struct vfio_cdev_out {
	struct page *pages[2];
	unsigned int npages;
	unsigned int offset;
};

static int vfio_cdev_out_pin(struct vfio_cdev_out *out, u32 __user *uptr)
{
	unsigned long start = (unsigned long)uptr;
	int npinned;

	out->offset = offset_in_page(start);
	out->npages = DIV_ROUND_UP(out->offset + sizeof(u32), PAGE_SIZE);

	npinned = pin_user_pages_fast(start & PAGE_MASK, out->npages,
				      FOLL_WRITE, out->pages);
	if (npinned == out->npages)
		return 0;
	if (npinned < 0)
		return npinned;
	unpin_user_pages(out->pages, npinned);
	return -EFAULT;
}

static void vfio_cdev_out_write(struct vfio_cdev_out *out, u32 value)
{
	char *bytes = (char *)&value;
	size_t head = min_t(size_t, sizeof(value), PAGE_SIZE - out->offset);

	memcpy_to_page(out->pages[0], out->offset, bytes, head);
	if (head < sizeof(value))
		memcpy_to_page(out->pages[1], 0, bytes + head,
			       sizeof(value) - head);
}

static void vfio_cdev_out_unpin(struct vfio_cdev_out *out, bool written)
{
	unpin_user_pages_dirty_lock(out->pages, out->npages, written);
}

/* Shuts out the files of the group; -EBUSY when there is one */
static int vfio_cdev_enter_group(struct vfio_group *group)
{
	int rc = 0;

	mutex_lock(&group->group_lock);
	if (group->opened_file)
		rc = -EBUSY;
	else
		group->cdev_users++;
	mutex_unlock(&group->group_lock);
	return rc;
}

static void vfio_cdev_leave_group(struct vfio_group *group)
{
	mutex_lock(&group->group_lock);
	group->cdev_users--;
	mutex_unlock(&group->group_lock);
}

static int vfio_cdev_open_device(struct vfio_device *device, struct kvm *kvm)
{
	int rc;

	device->open_count++;
	device->kvm = kvm;
	if (!device->ops->open_device)
		return 0;

	rc = device->ops->open_device(device);
	if (rc) {
		device->kvm = NULL;
		device->open_count--;
	}
	return rc;
}

static void vfio_cdev_close_device(struct vfio_device *device)
{
	if (device->ops->close_device)
		device->ops->close_device(device);
	device->kvm = NULL;
	device->open_count--;
}

/*
 * A driver that has tokens is asked also when there is none, since it may
 * insist on one.
 */
static int vfio_cdev_check_token(struct vfio_device *device,
				 const uuid_t *token)
{
	if (!device->ops->check_token)
		return token ? -EINVAL : 0;
	return device->ops->check_token(device, token);
}

/* On success @kvm has passed to the file */
static int vfio_cdev_bind_locked(struct vfio_cdev_file *cfile,
				 struct vfio_device *device, int iommufd,
				 const uuid_t *token, struct vfio_kvm_ref *kvm,
				 u32 *dev_id)
{
	const struct vfio_iommufd_ops *ops = device->ops->iommufd_ops;
	struct iommufd_ctx *ictx;
	int rc;

	lockdep_assert_held(&device->dev_set->lock);

	/* The wait for the lock can have been long */
	if (!vfio_cdev_is_registered(cfile->vcdev))
		return -ENODEV;

	rc = vfio_cdev_enter_group(device->group);
	if (rc)
		return rc;

	if (device->iommufd_bound || device->open_count) {
		rc = -EINVAL;
		goto err_leave_group;
	}

	ictx = iommufd_ctx_from_fd(iommufd);
	if (IS_ERR(ictx)) {
		rc = PTR_ERR(ictx);
		goto err_leave_group;
	}

	rc = vfio_cdev_check_token(device, token);
	if (rc)
		goto err_put_ictx;

	mutex_lock(&device->iommufd_lock);
	rc = ops->bind(device, ictx, dev_id);
	mutex_unlock(&device->iommufd_lock);
	if (rc)
		goto err_put_ictx;

	rc = vfio_cdev_open_device(device, kvm->kvm);
	if (rc)
		goto err_unbind;

	/* A bound device keeps the context by itself */
	iommufd_ctx_put(ictx);
	device->iommufd_bound = true;
	device->iommufd_ictx = ictx;
	device->iommufd_dev_id = *dev_id;
	cfile->device_kvm = *kvm;
	/* Pairs with vfio_cdev_bound_device() */
	smp_store_release(&cfile->device, device);
	return 0;

err_unbind:
	mutex_lock(&device->iommufd_lock);
	ops->unbind(device);
	mutex_unlock(&device->iommufd_lock);
err_put_ictx:
	iommufd_ctx_put(ictx);
err_leave_group:
	vfio_cdev_leave_group(device->group);
	return rc;
}

/* Takes what a bound file holds beside the device itself, and binds it */
static int vfio_cdev_bind(struct vfio_cdev_file *cfile, int iommufd,
			  const uuid_t *token, u32 *dev_id)
{
	struct vfio_device *device;
	struct vfio_kvm_ref kvm;
	int rc;

	device = vfio_cdev_get_device(cfile->vcdev);
	if (!device)
		return -ENODEV;

	if (!try_module_get(device->dev->driver->owner)) {
		rc = -ENODEV;
		goto err_put_registration;
	}

	vfio_cdev_get_kvm(cfile, &kvm);
	mutex_lock(&device->dev_set->lock);
	rc = vfio_cdev_bind_locked(cfile, device, iommufd, token, &kvm, dev_id);
	mutex_unlock(&device->dev_set->lock);
	if (rc)
		goto err_put_kvm;
	return 0;

err_put_kvm:
	vfio_cdev_put_kvm(&kvm);
	module_put(device->dev->driver->owner);
err_put_registration:
	vfio_device_put_registration(device);
	return rc;
}

/**
 * vfio_cdev_unbind - close the device of a bound file
 * @cfile: Bound, with no other user left
 *
 * Undoes all that BIND and ATTACH did. Always succeeds.
 *
 * Context: May sleep.
 */
void vfio_cdev_unbind(struct vfio_cdev_file *cfile)
{
	struct vfio_device *device = cfile->device;

	/* The driver stops the DMA before the page table goes */
	mutex_lock(&device->dev_set->lock);
	vfio_cdev_close_device(device);
	device->iommufd_ictx = NULL;
	mutex_unlock(&device->dev_set->lock);

	/* It cannot be opened meanwhile, by its node or by its group */
	mutex_lock(&device->iommufd_lock);
	device->ops->iommufd_ops->unbind(device);
	mutex_unlock(&device->iommufd_lock);

	mutex_lock(&device->dev_set->lock);
	device->iommufd_bound = false;
	vfio_cdev_leave_group(device->group);
	mutex_unlock(&device->dev_set->lock);

	vfio_cdev_put_kvm(&cfile->device_kvm);
	module_put(device->dev->driver->owner);
	vfio_device_put_registration(device);
}

/**
 * vfio_cdev_ioctl_bind - VFIO_DEVICE_BIND_IOMMUFD
 * @cfile: The file; another thread may be in here too
 * @arg: The argument, in user memory
 *
 * Context: May sleep.
 * Return: 0, or a negative error code with nothing changed; the comment in
 * include/uapi/linux/vfio.h has the codes.
 */
int vfio_cdev_ioctl_bind(struct vfio_cdev_file *cfile,
			 struct vfio_device_bind_iommufd __user *arg)
{
	struct vfio_device_bind_iommufd bind;
	const uuid_t *token = NULL;
	struct vfio_cdev_out out;
	uuid_t token_buf;
	u32 dev_id;
	u32 argsz;
	int rc;

	if (get_user(argsz, &arg->argsz))
		return -EFAULT;
	if (argsz < offsetofend(struct vfio_device_bind_iommufd, out_devid))
		return -EINVAL;

	rc = copy_struct_from_user(&bind, sizeof(bind), arg, argsz);
	if (rc)
		return rc;
	if (bind.flags & ~VFIO_DEVICE_BIND_FLAG_TOKEN || bind.iommufd < 0)
		return -EINVAL;

	if (bind.flags & VFIO_DEVICE_BIND_FLAG_TOKEN) {
		if (copy_from_user(&token_buf,
				   u64_to_user_ptr(bind.token_uuid_ptr),
				   sizeof(token_buf)))
			return -EFAULT;
		token = &token_buf;
	}

	rc = vfio_cdev_out_pin(&out, &arg->out_devid);
	if (rc)
		return rc;

	rc = vfio_cdev_bind(cfile, bind.iommufd, token, &dev_id);
	if (!rc)
		vfio_cdev_out_write(&out, dev_id);
	vfio_cdev_out_unpin(&out, !rc);
	return rc;
}

/**
 * vfio_cdev_ioctl_attach - VFIO_DEVICE_ATTACH_IOMMUFD_PT
 * @device: The device of a bound file
 * @arg: The argument, in user memory
 *
 * Context: May sleep.
 * Return: 0, or a negative error code with the attachment as it was.
 */
int vfio_cdev_ioctl_attach(struct vfio_device *device,
			   struct vfio_device_attach_iommufd_pt __user *arg)
{
	size_t minsz = offsetofend(struct vfio_device_attach_iommufd_pt, pt_id);
	struct vfio_device_attach_iommufd_pt attach;
	struct vfio_cdev_out out;
	int rc;

	if (copy_from_user(&attach, arg, minsz))
		return -EFAULT;
	if (attach.argsz < minsz ||
	    attach.flags & ~VFIO_DEVICE_ATTACH_PASID)
		return -EINVAL;
	if (attach.flags & VFIO_DEVICE_ATTACH_PASID)
		return attach.argsz < sizeof(attach) ? -EINVAL : -EOPNOTSUPP;

	rc = vfio_cdev_out_pin(&out, &arg->pt_id);
	if (rc)
		return rc;

	mutex_lock(&device->iommufd_lock);
	rc = device->ops->iommufd_ops->attach(device, &attach.pt_id);
	mutex_unlock(&device->iommufd_lock);

	if (!rc)
		vfio_cdev_out_write(&out, attach.pt_id);
	vfio_cdev_out_unpin(&out, !rc);
	return rc;
}

/**
 * vfio_cdev_ioctl_detach - VFIO_DEVICE_DETACH_IOMMUFD_PT
 * @device: The device of a bound file
 * @arg: The argument, in user memory
 *
 * Context: May sleep.
 * Return: 0, also when nothing was attached, or a negative error code.
 */
int vfio_cdev_ioctl_detach(struct vfio_device *device,
			   struct vfio_device_detach_iommufd_pt __user *arg)
{
	size_t minsz = offsetofend(struct vfio_device_detach_iommufd_pt, flags);
	struct vfio_device_detach_iommufd_pt detach;

	if (copy_from_user(&detach, arg, minsz))
		return -EFAULT;
	if (detach.argsz < minsz ||
	    detach.flags & ~VFIO_DEVICE_DETACH_PASID)
		return -EINVAL;
	if (detach.flags & VFIO_DEVICE_DETACH_PASID)
		return detach.argsz < sizeof(detach) ? -EINVAL : -EOPNOTSUPP;

	mutex_lock(&device->iommufd_lock);
	device->ops->iommufd_ops->detach(device);
	mutex_unlock(&device->iommufd_lock);
	return 0;
}
