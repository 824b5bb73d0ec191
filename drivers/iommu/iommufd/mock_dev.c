// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices behind the mock IOMMU.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/slab.h>

#include "iommufd_test.h"
#include "mock_bus.h"
#include "mock_dev.h"
#include "test_fault.h"

static DEFINE_IDA(mock_dev_ids);

static void mock_dev_release(struct device *dev)
{
	struct iommufd_mock_dev *mdev = iommufd_to_mock_dev(dev);

	if (mdev->id >= 0)
		ida_free(&mock_dev_ids, mdev->id);
	kfree(mdev);
}

static int mock_dev_add(struct iommufd_mock_dev *mdev)
{
	struct device *dev = &mdev->dev;
	int rc;

	mdev->id = ida_alloc(&mock_dev_ids, GFP_KERNEL);
	if (mdev->id < 0)
		return mdev->id;
	rc = dev_set_name(dev, "iommufd_mock%d", mdev->id);
	if (rc)
		return rc;
	rc = device_add(dev);
	if (rc)
		return rc;
	/* The bus does not tell that the IOMMU could not take the device */
	if (!device_iommu_mapped(dev)) {
		device_del(dev);
		return -ENOMEM;
	}
	return 0;
}

/**
 * iommufd_mock_dev_create() - Make a device
 * @flags: Flags of struct iommu_test_cmd.mock_domain_flags
 *
 * Return: the device, for iommufd_mock_dev_destroy(); ERR_PTR(-EOPNOTSUPP) for
 * unknown flags; ERR_PTR(-ENOMEM)
 */
struct iommufd_mock_dev *iommufd_mock_dev_create(u32 flags)
{
	struct iommufd_mock_dev *mdev;
	int rc;

	if (flags & ~(MOCK_FLAGS_DEVICE_NO_DIRTY | MOCK_FLAGS_DEVICE_PASID |
		      MOCK_FLAGS_DEVICE_RESERVED |
		      MOCK_FLAGS_DEVICE_SHARED_GROUP |
		      MOCK_FLAGS_DEVICE_UNBOUND))
		return ERR_PTR(-EOPNOTSUPP);
	if (iommufd_should_fail())
		return ERR_PTR(-ENOMEM);

	mdev = kzalloc(sizeof(*mdev), GFP_KERNEL_ACCOUNT);
	if (!mdev)
		return ERR_PTR(-ENOMEM);
	mdev->id = -1;
	mdev->flags = flags;
	device_initialize(&mdev->dev);
	mdev->dev.bus = &iommufd_mock_bus_type;
	mdev->dev.release = mock_dev_release;

	rc = mock_dev_add(mdev);
	if (rc) {
		put_device(&mdev->dev);
		return ERR_PTR(rc);
	}
	return mdev;
}

/**
 * iommufd_mock_dev_destroy() - Undo iommufd_mock_dev_create()
 * @mdev: Not bound to anything
 */
void iommufd_mock_dev_destroy(struct iommufd_mock_dev *mdev)
{
	device_unregister(&mdev->dev);
}
