// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdma: a mediated DMA engine, made of software alone.
 *
 * The other samples show user space a device; this one uses the memory that user
 * space has mapped for it, in the two ways that a driver can: it pins pages, for
 * a moment or until it is told to let go, and it reads and writes by
 * vfio_dma_rw().
 *
 *	echo $UUID > /sys/class/mdma/mdma/mdev_supported_types/mdma-engine/create
 *
 * Region 0 is all there is. A write of a struct mdma_command to offset 0 is
 * done before it returns, and fails as the command does; any number of threads
 * may do that at the same time. A read at offset 0 gives struct mdma_state.
 */
#include <linux/highmem.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mdev.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#define MDMA_MAX_PAGES	VFIO_PIN_PAGES_MAX_ENTRIES
#define MDMA_RW		(IOMMU_READ | IOMMU_WRITE)

/**
 * enum mdma_op - What to do
 * @MDMA_COPY: Copy by vfio_dma_rw()
 * @MDMA_COPY_PINNED: Copy between pages that are pinned for that; @source and
 *	@target are those of pages
 * @MDMA_HOLD: Pin the pages at @source and keep them pinned
 * @MDMA_DROP: Unpin what one MDMA_HOLD of @source and @length has pinned
 * @MDMA_FILL: Write @target's lowest byte all over what one MDMA_HOLD of @source
 *	and @length has pinned
 * @MDMA_DROP_ALL: Unpin all that is kept, and @length pages at @source whether
 *	they were pinned or not
 */
enum mdma_op {
	MDMA_COPY,
	MDMA_COPY_PINNED,
	MDMA_HOLD,
	MDMA_DROP,
	MDMA_FILL,
	MDMA_DROP_ALL,
};

struct mdma_command {
	__u64 op;	/* enum mdma_op */
	__u64 source;	/* I/O virtual addresses */
	__u64 target;
	__u64 length;	/* bytes */
};

struct mdma_state {
	__u64 held;	/* pages that are kept pinned */
	__u64 asked;	/* times that the driver was asked to let go */
};

struct mdma_hold {
	struct list_head item;
	u64 iova;
	int npages;
	struct page *pages[];
};

struct mdma {
	struct vfio_device vdev;
	/* Not held while pages are pinned: who unmaps waits for it */
	struct mutex lock;
	struct list_head holds;
	struct mdma_state state;
};

static struct mdma *to_mdma(struct vfio_device *vdev)
{
	return container_of(vdev, struct mdma, vdev);
}

static int mdma_pin(struct mdma *mdma, u64 iova, int npages,
		    struct page **pages)
{
	int pinned = vfio_pin_pages(&mdma->vdev, iova, npages, MDMA_RW, pages);

	if (pinned < 0)
		return pinned;
	return 0;
}

static int mdma_copy(struct mdma *mdma, const struct mdma_command *cmd)
{
	u64 done, count;
	void *buffer;
	int rc = 0;

	buffer = kmalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return -ENOMEM;
	for (done = 0; done < cmd->length && !rc; done += count) {
		count = min_t(u64, cmd->length - done, PAGE_SIZE);
		rc = vfio_dma_rw(&mdma->vdev, cmd->source + done, buffer, count,
				 false) ?:
		     vfio_dma_rw(&mdma->vdev, cmd->target + done, buffer, count,
				 true);
	}
	kfree(buffer);
	return rc;
}

static int mdma_copy_pinned(struct mdma *mdma, const struct mdma_command *cmd)
{
	struct page *pages[2];
	u64 done;
	int rc;

	for (done = 0; done < cmd->length; done += PAGE_SIZE) {
		rc = mdma_pin(mdma, cmd->source + done, 1, &pages[0]);
		if (rc)
			return rc;
		rc = mdma_pin(mdma, cmd->target + done, 1, &pages[1]);
		if (!rc) {
			copy_highpage(pages[1], pages[0]);
			vfio_unpin_pages(&mdma->vdev, cmd->target + done, 1);
		}
		vfio_unpin_pages(&mdma->vdev, cmd->source + done, 1);
		if (rc)
			return rc;
	}
	return 0;
}

static int mdma_hold(struct mdma *mdma, const struct mdma_command *cmd)
{
	int npages = PFN_UP(cmd->length);
	struct mdma_hold *hold;
	int rc;

	hold = kzalloc(struct_size(hold, pages, npages), GFP_KERNEL_ACCOUNT);
	if (!hold)
		return -ENOMEM;
	hold->iova = cmd->source;
	hold->npages = npages;
	rc = mdma_pin(mdma, hold->iova, npages, hold->pages);
	if (rc) {
		kfree(hold);
		return rc;
	}

	mutex_lock(&mdma->lock);
	list_add_tail(&hold->item, &mdma->holds);
	mdma->state.held += npages;
	mutex_unlock(&mdma->lock);
	return 0;
}

static void mdma_release(struct mdma *mdma, struct list_head *holds)
{
	struct mdma_hold *hold, *next;

	list_for_each_entry_safe(hold, next, holds, item) {
		vfio_unpin_pages(&mdma->vdev, hold->iova, hold->npages);
		kfree(hold);
	}
}

/* Let go of all that reaches into a range */
static void mdma_release_range(struct mdma *mdma, u64 iova, u64 length)
{
	struct mdma_hold *hold, *next;
	LIST_HEAD(holds);

	mutex_lock(&mdma->lock);
	list_for_each_entry_safe(hold, next, &mdma->holds, item) {
		u64 size = (u64)hold->npages << PAGE_SHIFT;

		if (hold->iova - iova >= length && iova - hold->iova >= size)
			continue;
		list_move_tail(&hold->item, &holds);
		mdma->state.held -= hold->npages;
	}
	mutex_unlock(&mdma->lock);
	mdma_release(mdma, &holds);
}

static struct mdma_hold *mdma_find_locked(struct mdma *mdma,
					  const struct mdma_command *cmd)
{
	struct mdma_hold *hold;

	lockdep_assert_held(&mdma->lock);
	list_for_each_entry(hold, &mdma->holds, item)
		if (hold->iova == cmd->source &&
		    hold->npages == PFN_UP(cmd->length))
			return hold;
	return NULL;
}

static int mdma_drop(struct mdma *mdma, const struct mdma_command *cmd)
{
	struct mdma_hold *hold;
	LIST_HEAD(holds);

	mutex_lock(&mdma->lock);
	hold = mdma_find_locked(mdma, cmd);
	if (hold) {
		list_move_tail(&hold->item, &holds);
		mdma->state.held -= hold->npages;
	}
	mutex_unlock(&mdma->lock);
	mdma_release(mdma, &holds);
	return hold ? 0 : -ENOENT;
}

/* The lock keeps the pages: who unmaps them waits for it */
static int mdma_fill(struct mdma *mdma, const struct mdma_command *cmd)
{
	struct mdma_hold *hold;
	int i;

	mutex_lock(&mdma->lock);
	hold = mdma_find_locked(mdma, cmd);
	for (i = 0; hold && i < hold->npages; i++) {
		void *va = kmap_local_page(hold->pages[i]);

		memset(va, cmd->target, PAGE_SIZE);
		kunmap_local(va);
	}
	mutex_unlock(&mdma->lock);
	return hold ? 0 : -ENOENT;
}

static int mdma_do(struct mdma *mdma, const struct mdma_command *cmd)
{
	if (!cmd->length || cmd->length > MDMA_MAX_PAGES * PAGE_SIZE)
		return -EINVAL;

	switch (cmd->op) {
	case MDMA_COPY:
		return mdma_copy(mdma, cmd);
	case MDMA_COPY_PINNED:
		return mdma_copy_pinned(mdma, cmd);
	case MDMA_HOLD:
		return mdma_hold(mdma, cmd);
	case MDMA_DROP:
		return mdma_drop(mdma, cmd);
	case MDMA_FILL:
		return mdma_fill(mdma, cmd);
	case MDMA_DROP_ALL:
		mdma_release_range(mdma, 0, U64_MAX);
		vfio_unpin_pages(&mdma->vdev, cmd->source, PFN_UP(cmd->length));
		return 0;
	default:
		return -EINVAL;
	}
}

static ssize_t mdma_write(struct vfio_device *vdev, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct mdma_command cmd;
	int rc;

	if (*ppos || count != sizeof(cmd))
		return -EINVAL;
	if (copy_from_user(&cmd, buf, sizeof(cmd)))
		return -EFAULT;
	rc = mdma_do(to_mdma(vdev), &cmd);
	return rc ?: count;
}

static ssize_t mdma_read(struct vfio_device *vdev, char __user *buf,
			 size_t count, loff_t *ppos)
{
	struct mdma *mdma = to_mdma(vdev);
	struct mdma_state state;

	if (*ppos || count != sizeof(state))
		return -EINVAL;
	mutex_lock(&mdma->lock);
	state = mdma->state;
	mutex_unlock(&mdma->lock);
	return copy_to_user(buf, &state, sizeof(state)) ? -EFAULT : count;
}

static long mdma_get_info(unsigned long arg)
{
	size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PLATFORM | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = 1;
	info.num_irqs = 0;
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static long mdma_get_region_info(unsigned long arg)
{
	size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;

	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index)
		return -EINVAL;
	info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	info.cap_offset = 0;
	info.offset = 0;
	info.size = sizeof(struct mdma_command);
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static long mdma_ioctl(struct vfio_device *vdev, unsigned int cmd,
		       unsigned long arg)
{
	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return mdma_get_info(arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return mdma_get_region_info(arg);
	case VFIO_DEVICE_RESET:
		mdma_release_range(to_mdma(vdev), 0, U64_MAX);
		return 0;
	default:
		return -ENOTTY;
	}
}

static void mdma_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct mdma *mdma = to_mdma(vdev);

	mutex_lock(&mdma->lock);
	mdma->state.asked++;
	mutex_unlock(&mdma->lock);
	mdma_release_range(mdma, iova, length);
}

static void mdma_close_device(struct vfio_device *vdev)
{
	mdma_release_range(to_mdma(vdev), 0, U64_MAX);
}

static int mdma_init_dev(struct vfio_device *vdev)
{
	struct mdma *mdma = to_mdma(vdev);

	mutex_init(&mdma->lock);
	INIT_LIST_HEAD(&mdma->holds);
	return 0;
}

static void mdma_release_dev(struct vfio_device *vdev)
{
	mutex_destroy(&to_mdma(vdev)->lock);
	vfio_free_device(vdev);
}

static const struct vfio_device_ops mdma_ops = {
	.name		= "mdma",
	.iommufd_ops	= VFIO_IOMMUFD_EMULATED_OPS,
	.init		= mdma_init_dev,
	.release	= mdma_release_dev,
	.close_device	= mdma_close_device,
	.read		= mdma_read,
	.write		= mdma_write,
	.ioctl		= mdma_ioctl,
	.dma_unmap	= mdma_dma_unmap,
};

static int mdma_probe(struct mdev_device *mdev)
{
	struct mdma *mdma;
	int rc;

	mdma = vfio_alloc_device(mdma, vdev, mdev_dev(mdev), &mdma_ops);
	if (IS_ERR(mdma))
		return PTR_ERR(mdma);
	rc = vfio_register_emulated_iommu_dev(&mdma->vdev);
	if (rc) {
		vfio_put_device(&mdma->vdev);
		return rc;
	}
	dev_set_drvdata(mdev_dev(mdev), mdma);
	return 0;
}

static void mdma_remove(struct mdev_device *mdev)
{
	struct mdma *mdma = dev_get_drvdata(mdev_dev(mdev));

	vfio_unregister_group_dev(&mdma->vdev);
	vfio_put_device(&mdma->vdev);
}

static struct mdev_type mdma_type = {
	.sysfs_name	= "engine",
	.pretty_name	= "DMA engine",
};

static struct mdev_type *mdma_types[] = { &mdma_type };

static struct mdev_driver mdma_driver = {
	.device_api	= VFIO_DEVICE_API_PLATFORM_STRING,
	.max_instances	= 16,
	.driver = {
		.name		= "mdma",
		.owner		= THIS_MODULE,
		.mod_name	= KBUILD_MODNAME,
	},
	.probe	= mdma_probe,
	.remove	= mdma_remove,
};

static struct class *mdma_class;
static struct device *mdma_dev;
static struct mdev_parent mdma_parent;

static int __init mdma_init(void)
{
	int rc;

	rc = mdev_register_driver(&mdma_driver);
	if (rc)
		return rc;

	mdma_class = class_create(THIS_MODULE, "mdma");
	if (IS_ERR(mdma_class)) {
		rc = PTR_ERR(mdma_class);
		goto err_driver;
	}

	mdma_dev = device_create(mdma_class, NULL, 0, NULL, "mdma");
	if (IS_ERR(mdma_dev)) {
		rc = PTR_ERR(mdma_dev);
		goto err_class;
	}

	rc = mdev_register_parent(&mdma_parent, mdma_dev, &mdma_driver,
				  mdma_types, ARRAY_SIZE(mdma_types));
	if (rc)
		goto err_dev;
	return 0;

err_dev:
	device_unregister(mdma_dev);
err_class:
	class_destroy(mdma_class);
err_driver:
	mdev_unregister_driver(&mdma_driver);
	return rc;
}

static void __exit mdma_exit(void)
{
	mdev_unregister_parent(&mdma_parent);
	device_unregister(mdma_dev);
	class_destroy(mdma_class);
	mdev_unregister_driver(&mdma_driver);
}

module_init(mdma_init)
module_exit(mdma_exit)

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Mediated DMA engine that pins and copies memory");
