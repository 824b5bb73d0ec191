// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_BUF: a part of a BAR as a dma-buf, which an address
 * space of /dev/iommu can map for the DMA of other devices.
 *
 * Who has the device open can turn its memory decoding off, reset it, put it to
 * sleep and close it. Before any of that is done, with memory_lock held for
 * writing, all its dma-bufs are revoked: no device reaches them when that returns.
 * They can be mapped anew when the memory answers again, and never after the
 * device was closed.
 *
 * Locks, outer first:
 *
 *   vfio_pci_core_device.memory_lock > exports_mutex > reservation lock
 *
 * A dma-buf may live longer than the device. It is on the list of its device until
 * either goes, under exports_mutex.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/iommufd.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio_pci_core.h>

#include "vfio_pci_dma_buf.h"
#include "vfio_pci_priv.h"

MODULE_IMPORT_NS(DMA_BUF);
MODULE_IMPORT_NS(IOMMUFD);

static DEFINE_MUTEX(exports_mutex);

/**
 * struct vfio_pci_dma_buf - A part of a BAR
 * @item: (e) In vfio_pci_core_device.dma_bufs; empty when the device was closed
 * @dma_buf: (i) What user space has
 * @paddr: (i) Where it is
 * @revoked: (r) Nobody may reach it now
 *
 * (i) immutable, (e) under exports_mutex, (r) under the reservation lock
 */
struct vfio_pci_dma_buf {
	struct list_head item;
	struct dma_buf *dma_buf;
	phys_addr_t paddr;
	bool revoked;
};

/* Only iommufd maps it: there are no pages for anybody else. */
static struct sg_table *refuse_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void unmap_nothing(struct dma_buf_attachment *attach,
			  struct sg_table *table, enum dma_data_direction dir)
{
}

/* What is pinned could not be revoked. */
static int refuse_pin(struct dma_buf_attachment *attach)
{
	return -EOPNOTSUPP;
}

static void unpin_nothing(struct dma_buf_attachment *attach)
{
}

static int attach_peer(struct dma_buf *dma_buf,
		       struct dma_buf_attachment *attach)
{
	return attach->peer2peer ? 0 : -EOPNOTSUPP;
}

static void release(struct dma_buf *dma_buf)
{
	struct vfio_pci_dma_buf *export = dma_buf->priv;

	mutex_lock(&exports_mutex);
	list_del(&export->item);
	mutex_unlock(&exports_mutex);
	kfree(export);
}

static const struct dma_buf_ops vfio_pci_dma_buf_ops = {
	.attach		= attach_peer,
	.pin		= refuse_pin,
	.unpin		= unpin_nothing,
	.map_dma_buf	= refuse_map,
	.unmap_dma_buf	= unmap_nothing,
	.release	= release,
};

static int get_paddr(struct dma_buf *dma_buf, phys_addr_t *paddr)
{
	struct vfio_pci_dma_buf *export = dma_buf->priv;

	dma_resv_assert_held(dma_buf->resv);
	if (export->revoked)
		return -ENODEV;
	*paddr = export->paddr;
	return 0;
}

static struct iommufd_dma_buf_exporter exporter = {
	.ops = &vfio_pci_dma_buf_ops,
	.get_paddr = get_paddr,
};

/** vfio_pci_init_dma_bufs - let iommufd map BARs */
void vfio_pci_init_dma_bufs(void)
{
	iommufd_register_dma_buf_exporter(&exporter);
}

/** vfio_pci_exit_dma_bufs - the reverse of vfio_pci_init_dma_bufs() */
void vfio_pci_exit_dma_bufs(void)
{
	iommufd_unregister_dma_buf_exporter(&exporter);
}

static void set_revoked(struct vfio_pci_dma_buf *export, bool revoked)
{
	struct dma_buf *dma_buf = export->dma_buf;

	lockdep_assert_held(&exports_mutex);
	dma_resv_lock(dma_buf->resv, NULL);
	if (export->revoked != revoked) {
		export->revoked = revoked;
		dma_buf_move_notify(dma_buf);
	}
	dma_resv_unlock(dma_buf->resv);
}

static void set_all_revoked(struct vfio_pci_core_device *vdev, bool revoked)
{
	struct vfio_pci_dma_buf *export;

	lockdep_assert_held_write(&vdev->memory_lock);
	mutex_lock(&exports_mutex);
	list_for_each_entry(export, &vdev->dma_bufs, item)
		set_revoked(export, revoked);
	mutex_unlock(&exports_mutex);
}

/**
 * vfio_pci_revoke_dma_bufs - let no device reach the BARs any more
 * @vdev: memory_lock is held for writing
 *
 * Context: May sleep; waits for the IOTLBs of the devices that reach them.
 */
void vfio_pci_revoke_dma_bufs(struct vfio_pci_core_device *vdev)
{
	set_all_revoked(vdev, true);
}

/**
 * vfio_pci_restore_dma_bufs - let the BARs be mapped again, if they answer
 * @vdev: memory_lock is held for writing
 *
 * What was mapped before does not come back by this.
 */
void vfio_pci_restore_dma_bufs(struct vfio_pci_core_device *vdev)
{
	lockdep_assert_held_write(&vdev->memory_lock);
	/* One that has none may not even be open, when its bus is reset */
	if (!list_empty(&vdev->dma_bufs) && __vfio_pci_memory_enabled(vdev))
		set_all_revoked(vdev, false);
}

/**
 * vfio_pci_close_dma_bufs - revoke all dma-bufs of a device for good
 * @vdev: Being closed, no other user left
 */
void vfio_pci_close_dma_bufs(struct vfio_pci_core_device *vdev)
{
	struct vfio_pci_dma_buf *export, *next;

	mutex_lock(&exports_mutex);
	list_for_each_entry_safe(export, next, &vdev->dma_bufs, item) {
		set_revoked(export, true);
		list_del_init(&export->item);
	}
	mutex_unlock(&exports_mutex);
}

static int check_get(const struct vfio_device_feature_dma_buf *get)
{
	if (get->flags || get->open_flags & ~(O_ACCMODE | O_CLOEXEC))
		return -EINVAL;
	if (get->region_index > VFIO_PCI_BAR5_REGION_INDEX || !get->nr_ranges)
		return -EINVAL;
	/* What iommufd maps is in one piece. */
	return get->nr_ranges > 1 ? -EOPNOTSUPP : 0;
}

/* As for mmap(), only BARs that fill their pages */
static int check_range(struct vfio_pci_core_device *vdev, u32 bar,
		       const struct vfio_region_dma_range *range)
{
	u64 end;

	if (!vdev->bar_mmap_supported[bar] || !range->length ||
	    !PAGE_ALIGNED(range->offset) || !PAGE_ALIGNED(range->length) ||
	    check_add_overflow(range->offset, range->length, &end) ||
	    end > pci_resource_len(vdev->pdev, bar))
		return -EINVAL;
	/* So that nobody else has the region */
	return vfio_pci_setup_barmap(vdev, bar);
}

static struct dma_buf *export_bar(struct vfio_pci_core_device *vdev, u32 bar,
				  const struct vfio_region_dma_range *range,
				  int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct vfio_pci_dma_buf *export;
	struct dma_buf *dma_buf;

	export = kzalloc(sizeof(*export), GFP_KERNEL_ACCOUNT);
	if (!export)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&export->item);
	export->paddr = pci_resource_start(vdev->pdev, bar) + range->offset;
	info.ops = &vfio_pci_dma_buf_ops;
	info.size = range->length;
	info.flags = flags;
	info.priv = export;
	dma_buf = dma_buf_export(&info);
	if (IS_ERR(dma_buf)) {
		kfree(export);
		return dma_buf;
	}
	export->dma_buf = dma_buf;

	/* Nobody else has it yet. */
	down_read(&vdev->memory_lock);
	export->revoked = !__vfio_pci_memory_enabled(vdev);
	mutex_lock(&exports_mutex);
	list_add_tail(&export->item, &vdev->dma_bufs);
	mutex_unlock(&exports_mutex);
	up_read(&vdev->memory_lock);
	return dma_buf;
}

/**
 * vfio_pci_core_feature_dma_buf - VFIO_DEVICE_FEATURE_DMA_BUF
 * @device: Open
 * @flags: Of the feature
 * @arg: The struct, in user memory, with its ranges behind
 * @argsz: Bytes that user space has there
 *
 * Return: A file of the dma-buf; -EINVAL for what is not in a BAR that can be
 * mapped; -EOPNOTSUPP for more than one range; -EFAULT; what exporting gives.
 */
int vfio_pci_core_feature_dma_buf(struct vfio_device *device, u32 flags,
				  struct vfio_device_feature_dma_buf __user *arg,
				  size_t argsz)
{
	struct vfio_pci_core_device *vdev =
		container_of(device, struct vfio_pci_core_device, vdev);
	struct vfio_device_feature_dma_buf get;
	struct vfio_region_dma_range range;
	struct dma_buf *dma_buf;
	int rc;

	rc = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				sizeof(get));
	if (rc != 1)
		return rc;
	if (copy_from_user(&get, arg, sizeof(get)))
		return -EFAULT;
	rc = check_get(&get);
	if (rc)
		return rc;
	if (argsz < struct_size(arg, dma_ranges, get.nr_ranges))
		return -EINVAL;
	if (copy_from_user(&range, &arg->dma_ranges[0], sizeof(range)))
		return -EFAULT;
	rc = check_range(vdev, get.region_index, &range);
	if (rc)
		return rc;

	dma_buf = export_bar(vdev, get.region_index, &range,
			     get.open_flags & O_ACCMODE);
	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	rc = dma_buf_fd(dma_buf, get.open_flags & O_CLOEXEC);
	if (rc < 0)
		dma_buf_put(dma_buf);
	return rc;
}
