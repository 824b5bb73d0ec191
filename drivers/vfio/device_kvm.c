// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual machine of a file of /dev/vfio/devices/vfioN.
 *
 * KVM's VFIO device is given the file, and gives it the virtual machine: at any
 * time, bound or not, and under locks of its own. A file has one virtual
 * machine, the last one it was given, and loses it when KVM takes any back. KVM
 * keeps a virtual machine in existence from giving it to taking it back, and
 * the file takes no reference.
 *
 * What has the file when it is bound, the driver finds in vfio_device.kvm from
 * open_device() to close_device(). That is a reference, which lives as long as
 * the device is open, whatever happens to the file's virtual machine meanwhile.
 *
 * KVM may be a module that comes after this one, or never. So its functions are
 * looked up, and one that is still to be called keeps the module.
 *
 * No lock is taken inside vfio_cdev_file.kvm_lock.
 */
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/vfio.h>
#if IS_ENABLED(CONFIG_KVM)
#include <linux/kvm_host.h>
#endif

#include "device_bind.h"
#include "device_cdev.h"
#include "vfio.h"

/**
 * vfio_cdev_kvm_init - prepare a file for virtual machines
 * @cfile: New
 * @device: Of its node, with a registration held
 *
 * What the IOMMU of a device can do never changes, so it is looked up here,
 * where there is a device for certain.
 */
void vfio_cdev_kvm_init(struct vfio_cdev_file *cfile,
			struct vfio_device *device)
{
	spin_lock_init(&cfile->kvm_lock);
	/* What the CPU does for a device goes through its caches */
	cfile->coherent = device->group->type == VFIO_EMULATED_IOMMU ||
			  device_iommu_capable(device->dev,
					       IOMMU_CAP_ENFORCE_CACHE_COHERENCY);
}

/**
 * vfio_cdev_set_kvm - give a file a virtual machine, or take it back
 * @cfile: The file, bound or not
 * @kvm: Exists until this is called again; NULL to take it back
 *
 * Without effect on a device that is open already.
 */
void vfio_cdev_set_kvm(struct vfio_cdev_file *cfile, struct kvm *kvm)
{
	spin_lock(&cfile->kvm_lock);
	cfile->kvm = kvm;
	spin_unlock(&cfile->kvm_lock);
}

/**
 * vfio_cdev_can_be_coherent - will DMA through a file always be coherent?
 * @cfile: The file, bound or not
 *
 * Return: True if the IOMMU ignores it when the device asks to go around the
 * CPU's caches. Iommufd then attaches it to such page tables only.
 */
bool vfio_cdev_can_be_coherent(struct vfio_cdev_file *cfile)
{
	return cfile->coherent;
}

#if IS_ENABLED(CONFIG_KVM)
/**
 * vfio_cdev_get_kvm - take a reference to the virtual machine of a file
 * @cfile: The file
 * @ref: Filled in; vfio_cdev_put_kvm() ends it
 *
 * Context: Any but interrupts.
 */
void vfio_cdev_get_kvm(struct vfio_cdev_file *cfile, struct vfio_kvm_ref *ref)
{
	bool (*get)(struct kvm *kvm);
	void (*put)(struct kvm *kvm);

	ref->kvm = NULL;
	put = symbol_get(kvm_put_kvm);
	if (!put)
		return;
	get = symbol_get(kvm_get_kvm_safe);
	if (!get)
		goto err_put_symbol;

	/* The lock keeps KVM from taking it back, and so from freeing it */
	spin_lock(&cfile->kvm_lock);
	if (cfile->kvm && get(cfile->kvm))
		ref->kvm = cfile->kvm;
	spin_unlock(&cfile->kvm_lock);

	symbol_put(kvm_get_kvm_safe);
	ref->put = put;
	if (ref->kvm)
		return;

err_put_symbol:
	symbol_put(kvm_put_kvm);
}

/**
 * vfio_cdev_put_kvm - end a reference to a virtual machine
 * @ref: From vfio_cdev_get_kvm(), also if there was none
 *
 * Context: May sleep. It can be the last reference, and all of the virtual
 * machine is destroyed here: do not call it with a lock held.
 */
void vfio_cdev_put_kvm(struct vfio_kvm_ref *ref)
{
	if (!ref->kvm)
		return;
	ref->put(ref->kvm);
	ref->kvm = NULL;
	symbol_put(kvm_put_kvm);
}
#else
void vfio_cdev_get_kvm(struct vfio_cdev_file *cfile, struct vfio_kvm_ref *ref)
{
	ref->kvm = NULL;
}

void vfio_cdev_put_kvm(struct vfio_kvm_ref *ref)
{
}
#endif
