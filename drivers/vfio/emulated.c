// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices without DMA of their own, such as mediated ones, on iommufd: their
 * drivers pin, read and write the memory of an address space with the CPU.
 *
 * There is no IOMMU group to claim. The driver becomes an in-kernel user of the
 * address space, an access, for as long as the device is bound.
 *
 * Drivers unpin any part of what they pinned, and also pages that they never
 * did, since the type 1 container allows that. So each page is pinned by itself,
 * and vfio_device.iommufd_pins has how often, by the number of the page in the
 * address space. That also tells which pages the driver is to let go of when a
 * range is unmapped: it is asked page by page, for some drivers look at nothing
 * but the first address, and some at each page up to the last.
 *
 * vfio_device.iommufd_access is set before the driver opens the device and
 * cleared after the driver has closed it, so its own calls need no lock.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "emulated.h"
#include "vfio.h"

/* Pages of the range that the driver has just pinned may not be counted yet */
static void vfio_emulated_unmap(void *data, unsigned long iova,
				unsigned long length)
{
	struct vfio_device *vdev = data;
	unsigned long index;
	void *count;

	xa_for_each_range(&vdev->iommufd_pins, index, count, PFN_DOWN(iova),
			  PFN_DOWN(iova + length - 1)) {
		vdev->ops->dma_unmap(vdev, (u64)index << PAGE_SHIFT, PAGE_SIZE);
		cond_resched();
	}
}

static const struct iommufd_access_ops vfio_access_ops_pin = {
	.needs_pin_pages	= 1,
	.unmap			= vfio_emulated_unmap,
};

/* For drivers that would not let go: they can only read and write */
static const struct iommufd_access_ops vfio_access_ops_rw = {
};

static int vfio_iommufd_emulated_bind(struct vfio_device *vdev,
				      struct iommufd_ctx *ictx, u32 *dev_id)
{
	struct iommufd_access *access;

	lockdep_assert_held(&vdev->iommufd_lock);

	xa_init(&vdev->iommufd_pins);
	access = iommufd_access_create(ictx,
				       vdev->ops->dma_unmap ?
					       &vfio_access_ops_pin :
					       &vfio_access_ops_rw,
				       vdev, dev_id);
	if (IS_ERR(access))
		return PTR_ERR(access);

	vdev->iommufd_access = access;
	return 0;
}

static void vfio_iommufd_emulated_unbind(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->iommufd_lock);

	iommufd_access_destroy(vdev->iommufd_access);
	vdev->iommufd_access = NULL;
	vdev->iommufd_attached = false;
	/* Counts are left where the driver has kept pages */
	xa_destroy(&vdev->iommufd_pins);
}

/* There is no page table: @pt_id can only be an address space, and stays */
static int vfio_iommufd_emulated_attach(struct vfio_device *vdev, u32 *pt_id)
{
	int rc;

	lockdep_assert_held(&vdev->iommufd_lock);

	if (vdev->iommufd_attached)
		return iommufd_access_replace(vdev->iommufd_access, *pt_id);

	rc = iommufd_access_attach(vdev->iommufd_access, *pt_id);
	if (rc)
		return rc;

	vdev->iommufd_attached = true;
	return 0;
}

static void vfio_iommufd_emulated_detach(struct vfio_device *vdev)
{
	lockdep_assert_held(&vdev->iommufd_lock);

	iommufd_access_detach(vdev->iommufd_access);
	vdev->iommufd_attached = false;
}

/*
 * For devices that are registered by vfio_register_emulated_iommu_dev(). To be
 * named as VFIO_IOMMUFD_EMULATED_OPS.
 */
const struct vfio_iommufd_ops vfio_iommufd_emulated_ops = {
	.bind		= vfio_iommufd_emulated_bind,
	.unbind		= vfio_iommufd_emulated_unbind,
	.attach		= vfio_iommufd_emulated_attach,
	.detach		= vfio_iommufd_emulated_detach,
};
EXPORT_SYMBOL_GPL(vfio_iommufd_emulated_ops);

static int count_pin(struct xarray *pins, unsigned long index)
{
	void *old, *now = xa_load(pins, index);

	do {
		old = now;
		now = xa_cmpxchg(pins, index, old,
				 xa_mk_value(old ? xa_to_value(old) + 1 : 1),
				 GFP_KERNEL_ACCOUNT);
		if (xa_is_err(now))
			return xa_err(now);
	} while (now != old);
	return 0;
}

/* False if it was not pinned */
static bool uncount_pin(struct xarray *pins, unsigned long index)
{
	void *old, *now = xa_load(pins, index);
	unsigned long count;

	do {
		old = now;
		if (!old)
			return false;
		count = xa_to_value(old) - 1;
		now = xa_cmpxchg(pins, index, old,
				 count ? xa_mk_value(count) : NULL, 0);
	} while (now != old);
	return true;
}

static int vfio_emulated_pin_page(struct vfio_device *device,
				  unsigned long iova, int prot,
				  struct page **page)
{
	struct iommufd_access *access = device->iommufd_access;
	int rc;

	rc = iommufd_access_pin_pages(access, iova, PAGE_SIZE, page,
				      prot & IOMMU_WRITE ?
					      IOMMUFD_ACCESS_RW_WRITE : 0);
	if (rc)
		return rc;

	rc = count_pin(&device->iommufd_pins, PFN_DOWN(iova));
	if (rc)
		iommufd_access_unpin_pages(access, iova, PAGE_SIZE);
	return rc;
}

/* As with containers: what is not mapped is a wrong address */
static int to_container_errno(int rc)
{
	return rc == -ENOENT ? -EINVAL : rc;
}

/**
 * vfio_emulated_pin_pages - vfio_pin_pages() for a device on iommufd
 * @device: Open
 * @iova: First address, of a page
 * @npage: How many pages, more than 0 and not more than
 *         VFIO_PIN_PAGES_MAX_ENTRIES
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @pages: The pages, all NULL on error
 *
 * Context: May sleep.
 * Return: @npage; -EINVAL if some of it is not mapped, the device is not bound or
 * attached or its driver has no dma_unmap; -EPERM if the mapping does not allow
 * it; what pinning gives.
 */
int vfio_emulated_pin_pages(struct vfio_device *device, dma_addr_t iova,
			    int npage, int prot, struct page **pages)
{
	int i, rc = -EINVAL;

	if (!device->iommufd_access || iova > ULONG_MAX ||
	    (npage - 1) > PFN_DOWN(ULONG_MAX - (unsigned long)iova))
		return -EINVAL;

	for (i = 0; i < npage; i++) {
		rc = vfio_emulated_pin_page(device, iova + i * PAGE_SIZE, prot,
					    &pages[i]);
		if (rc)
			goto err_unpin;
	}
	return npage;

err_unpin:
	vfio_emulated_unpin_pages(device, iova, i);
	memset(pages, 0, npage * sizeof(*pages));
	return to_container_errno(rc);
}

/**
 * vfio_emulated_unpin_pages - vfio_unpin_pages() for a device on iommufd
 * @device: Open
 * @iova: First address
 * @npage: How many pages; those that are not pinned are left out
 *
 * Context: May sleep. May be called in vfio_device_ops.dma_unmap.
 */
void vfio_emulated_unpin_pages(struct vfio_device *device, dma_addr_t iova,
			       int npage)
{
	unsigned long at = iova;
	int i;

	if (WARN_ON(!device->iommufd_access))
		return;
	for (i = 0; i < npage; i++, at += PAGE_SIZE)
		if (uncount_pin(&device->iommufd_pins, PFN_DOWN(at)))
			iommufd_access_unpin_pages(device->iommufd_access,
						   at & PAGE_MASK, PAGE_SIZE);
}

/**
 * vfio_emulated_dma_rw - vfio_dma_rw() for a device on iommufd
 * @device: Open
 * @iova: First address
 * @data: The kernel's side
 * @len: Bytes
 * @write: To the address space, not from there
 *
 * Context: May sleep. In kernel threads too.
 * Return: 0; -EINVAL if some of it is not mapped or the device is not bound or
 * attached; -EPERM if the mapping does not allow it; -EFAULT. With an error some
 * may be copied.
 */
int vfio_emulated_dma_rw(struct vfio_device *device, dma_addr_t iova,
			 void *data, size_t len, bool write)
{
	unsigned int flags = write ? IOMMUFD_ACCESS_RW_WRITE :
				     IOMMUFD_ACCESS_RW_READ;

	if (!device->iommufd_access || iova > ULONG_MAX)
		return -EINVAL;
	if (!current->mm)
		flags |= IOMMUFD_ACCESS_RW_KTHREAD;
	return to_container_errno(iommufd_access_rw(device->iommufd_access,
						    iova, data, len, flags));
}
