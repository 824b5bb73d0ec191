// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iommu: the character device, and contexts for other drivers.
 *
 * Each open is a context of its own. A driver that hands a device to the
 * context keeps a reference on the open file, so the context outlives its
 * devices whatever order user space closes its files in.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommufd.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "context.h"
#include "debugfs.h"
#include "fdinfo.h"
#include "ioctl.h"
#include "mock_bus.h"
#include "object.h"
#include "test_cmd.h"

/* Who opens /dev/vfio/vfio expects to be charged as by a container. */
static enum iommufd_account_mode default_account_mode(struct inode *inode)
{
	if (IS_ENABLED(CONFIG_IOMMUFD_VFIO_CONTAINER) &&
	    iminor(inode) == VFIO_MINOR)
		return IOMMUFD_ACCOUNT_PROCESS;
	return IOMMUFD_ACCOUNT_USER;
}

static int iommufd_open(struct inode *inode, struct file *file)
{
	struct iommufd_ctx *ictx;
	int rc;

	ictx = kzalloc(sizeof(*ictx), GFP_KERNEL_ACCOUNT);
	if (!ictx)
		return -ENOMEM;

	ictx->file = file;
	xa_init_flags(&ictx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&ictx->idle);
	mutex_init(&ictx->claims_lock);
	mutex_init(&ictx->payer_mutex);
	xa_init(&ictx->claims);
	ictx->account_mode = default_account_mode(inode);
	rc = iommufd_debugfs_add(ictx);
	if (rc) {
		kfree(ictx);
		return rc;
	}
	file->private_data = ictx;
	return 0;
}

static int iommufd_release(struct inode *inode, struct file *file)
{
	struct iommufd_ctx *ictx = file->private_data;
	unsigned long first = 0;

	iommufd_debugfs_remove(ictx);
	iommufd_object_destroy_all(ictx);
	WARN_ON(xa_find(&ictx->claims, &first, ULONG_MAX, XA_PRESENT));
	xa_destroy(&ictx->claims);
	mutex_destroy(&ictx->payer_mutex);
	mutex_destroy(&ictx->claims_lock);
	kfree(ictx);
	return 0;
}

static const struct file_operations iommufd_fops = {
	.owner = THIS_MODULE,
	.open = iommufd_open,
	.release = iommufd_release,
	.unlocked_ioctl = iommufd_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
	.show_fdinfo = iommufd_show_fdinfo,
};

/**
 * iommufd_ctx_get() - Take one more reference on a context
 * @ictx: To which the caller has a reference
 */
void iommufd_ctx_get(struct iommufd_ctx *ictx)
{
	get_file(ictx->file);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_get, IOMMUFD);

/**
 * iommufd_ctx_put() - Give a reference on a context back
 * @ictx: May be gone when this returns
 */
void iommufd_ctx_put(struct iommufd_ctx *ictx)
{
	fput(ictx->file);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_put, IOMMUFD);

/**
 * iommufd_ctx_from_file() - The context behind an open file
 * @file: Any file, the caller keeps its reference
 *
 * Return: the context with a reference of its own, or ERR_PTR(-EBADFD) when
 * @file is not an open /dev/iommu
 */
struct iommufd_ctx *iommufd_ctx_from_file(struct file *file)
{
	struct iommufd_ctx *ictx;

	if (file->f_op != &iommufd_fops)
		return ERR_PTR(-EBADFD);
	ictx = file->private_data;
	iommufd_ctx_get(ictx);
	return ictx;
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_from_file, IOMMUFD);

/**
 * iommufd_ctx_from_fd() - The context behind a file descriptor of the caller's
 * @fd: Any number
 *
 * Return: the context with a reference, ERR_PTR(-EBADF) when there is no open
 * file, ERR_PTR(-EBADFD) when it is not /dev/iommu
 */
struct iommufd_ctx *iommufd_ctx_from_fd(int fd)
{
	struct iommufd_ctx *ictx;
	struct fd f = fdget(fd);

	if (!f.file)
		return ERR_PTR(-EBADF);
	ictx = iommufd_ctx_from_file(f.file);
	fdput(f);
	return ictx;
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_from_fd, IOMMUFD);

static struct miscdevice iommu_misc_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "iommu",
	.nodename = "iommu",
	.mode = 0660,
	.fops = &iommufd_fops,
};

static struct miscdevice vfio_misc_dev = {
	.minor = VFIO_MINOR,
	.name = "vfio",
	.nodename = "vfio/vfio",
	.mode = 0666,
	.fops = &iommufd_fops,
};

/**
 * iommufd_misc_device() - The device behind /dev/iommu
 *
 * Return: the device, there as long as the module is
 */
struct device *iommufd_misc_device(void)
{
	return iommu_misc_dev.this_device;
}

static int register_nodes(void)
{
	int rc;

	rc = misc_register(&iommu_misc_dev);
	if (rc || !IS_ENABLED(CONFIG_IOMMUFD_VFIO_CONTAINER))
		return rc;
	rc = misc_register(&vfio_misc_dev);
	if (rc)
		misc_deregister(&iommu_misc_dev);
	return rc;
}

static void unregister_nodes(void)
{
	if (IS_ENABLED(CONFIG_IOMMUFD_VFIO_CONTAINER))
		misc_deregister(&vfio_misc_dev);
	misc_deregister(&iommu_misc_dev);
}

static int __init iommufd_init(void)
{
	int rc;

	iommufd_debugfs_init();
	rc = iommufd_mock_init();
	if (rc)
		goto err_debugfs;
	rc = register_nodes();
	if (rc)
		goto err_mock;
	if (IS_ENABLED(CONFIG_IOMMUFD_TEST))
		iommufd_test_dma_buf_init();
	return 0;

err_mock:
	iommufd_mock_exit();
err_debugfs:
	iommufd_debugfs_exit();
	return rc;
}
module_init(iommufd_init);

static void __exit iommufd_exit(void)
{
	if (IS_ENABLED(CONFIG_IOMMUFD_TEST))
		iommufd_test_dma_buf_exit();
	unregister_nodes();
	iommufd_mock_exit();
	iommufd_debugfs_exit();
}
module_exit(iommufd_exit);

#ifdef CONFIG_IOMMUFD_VFIO_CONTAINER
MODULE_ALIAS_MISCDEV(VFIO_MINOR);
MODULE_ALIAS("devname:vfio/vfio");
#endif

MODULE_DESCRIPTION("I/O address spaces for user space, by device");
MODULE_LICENSE("GPL");
