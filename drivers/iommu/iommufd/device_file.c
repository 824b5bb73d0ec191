// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of devices belong to VFIO, which comes on top of this. So it is VFIO
 * that says which device is behind a file, while it is there.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/iommufd.h>
#include <linux/rwsem.h>

#include "device_file.h"
#include "refuse.h"

/* A lookup keeps what it has found from being unregistered. */
static DECLARE_RWSEM(lookup_rwsem); /* lock (f) */
static const struct iommufd_device_file_ops *file_ops; /* (f) */

/**
 * iommufd_register_device_files() - Tell which group a device file is about
 * @ops: Say it, until iommufd_unregister_device_files()
 *
 * For the one subsystem that has device files.
 */
void iommufd_register_device_files(const struct iommufd_device_file_ops *ops)
{
	down_write(&lookup_rwsem);
	WARN_ON(file_ops);
	file_ops = ops;
	up_write(&lookup_rwsem);
}
EXPORT_SYMBOL_NS_GPL(iommufd_register_device_files, IOMMUFD);

/**
 * iommufd_unregister_device_files() - Undo iommufd_register_device_files()
 *
 * None of its functions runs any more when this returns.
 */
void iommufd_unregister_device_files(void)
{
	down_write(&lookup_rwsem);
	file_ops = NULL;
	up_write(&lookup_rwsem);
}
EXPORT_SYMBOL_NS_GPL(iommufd_unregister_device_files, IOMMUFD);

/**
 * iommufd_group_from_fd() - The IOMMU group of an open device
 * @fd: A file descriptor of the caller's, any number
 *
 * Return: the group with a reference; ERR_PTR of -EBADF there is no open file,
 * -EINVAL it is not a device, -ENODEV the device is gone or has no IOMMU
 */
struct iommu_group *iommufd_group_from_fd(int fd)
{
	struct iommu_group *group = NULL;
	struct fd f = fdget(fd);

	if (!f.file)
		return ERR_PTR(iommufd_refuse(-EBADF, "no such file"));
	down_read(&lookup_rwsem);
	if (file_ops)
		group = file_ops->get_group(f.file);
	up_read(&lookup_rwsem);
	fdput(f);

	if (!group)
		return ERR_PTR(iommufd_refuse(-EINVAL,
					      "file is not a device"));
	if (IS_ERR(group))
		iommufd_refuse(PTR_ERR(group), "device is gone or has no IOMMU");
	return group;
}
