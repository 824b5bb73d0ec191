// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: The mock IOMMU
 *
 * An IOMMU without hardware, for tests of everything above it. It has a bus of
 * its own, so that it can exist next to a real one, and devices that do no DMA.
 * The IOMMU core and iommufd see nothing of that: they claim its groups, attach
 * its domains and map in them as with any other driver. Tests see what was
 * mapped through IOMMU_TEST_CMD, and make calls fail.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>

#include "../iommu-bus.h"
#include "iommufd_test.h"
#include "mock_bus.h"
#include "mock_dev.h"
#include "mock_domain.h"
#include "test_fault.h"

#define MOCK_IOMMU_NAME "iommufd_selftest_iommu"

static struct iommu_device mock_iommu;
static struct platform_device *mock_iommu_dev;
static struct notifier_block mock_bus_nb;

struct bus_type iommufd_mock_bus_type = {
	.name = "iommufd_mock",
};

static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
	case IOMMU_CAP_INTR_REMAP:
		return true;
	case IOMMU_CAP_DIRTY_TRACKING:
		return !(iommufd_to_mock_dev(dev)->flags &
			 MOCK_FLAGS_DEVICE_NO_DIRTY);
	default:
		return false;
	}
}

static int mock_hw_info(struct device *dev, u32 *type, void *data, size_t size)
{
	struct iommu_test_hw_info *info = data;

	if (iommufd_should_fail() || size < sizeof(*info))
		return -ENOMEM;
	info->test_reg = IOMMU_HW_INFO_SELFTEST_REGVAL;
	*type = IOMMU_HW_INFO_TYPE_SELFTEST;
	return sizeof(*info);
}

static struct iommu_device *mock_probe_device(struct device *dev)
{
	if (iommufd_should_fail())
		return ERR_PTR(-ENOMEM);
	return &mock_iommu;
}

static void mock_release_device(struct device *dev)
{
	/* The core moves a device out of an owner's domain before it goes. */
	WARN_ON(iommufd_to_mock_dev(dev)->domain);
}

static int has_shared_group(struct device *dev, const void *data)
{
	return dev->iommu_group && (iommufd_to_mock_dev(dev)->flags &
				    MOCK_FLAGS_DEVICE_SHARED_GROUP);
}

/* Devices come and go under the same locks as on any other bus: none here */
static struct iommu_group *mock_device_group(struct device *dev)
{
	struct iommu_group *group = NULL;
	struct device *other;

	if (!(iommufd_to_mock_dev(dev)->flags & MOCK_FLAGS_DEVICE_SHARED_GROUP))
		return generic_device_group(dev);
	other = bus_find_device(dev->bus, NULL, NULL, has_shared_group);
	if (other) {
		group = iommu_group_get(other);
		put_device(other);
	}
	return group ?: generic_device_group(dev);
}

static void mock_get_resv_regions(struct device *dev, struct list_head *head)
{
	struct iommu_resv_region *region;

	if (!(iommufd_to_mock_dev(dev)->flags & MOCK_FLAGS_DEVICE_RESERVED))
		return;
	region = iommu_alloc_resv_region(MOCK_RESERVED_START,
					 MOCK_RESERVED_LENGTH, 0,
					 IOMMU_RESV_MSI, GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, head);
}

/* A default domain that costs nothing, whatever the command line says. */
static int mock_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops mock_ops = {
	.owner = THIS_MODULE,
	.capable = mock_capable,
	.hw_info = mock_hw_info,
	.domain_alloc = iommufd_mock_domain_alloc,
	.domain_alloc_paging_flags = iommufd_mock_domain_alloc_flags,
	.probe_device = mock_probe_device,
	.release_device = mock_release_device,
	.device_group = mock_device_group,
	.get_resv_regions = mock_get_resv_regions,
	.def_domain_type = mock_def_domain_type,
	.default_domain_ops = &iommufd_mock_domain_ops,
};

/**
 * iommufd_mock_init() - Register the mock IOMMU
 *
 * Return: 0, undone by iommufd_mock_exit(); what registering its parts gives
 */
int iommufd_mock_init(void)
{
	int rc;

	iommufd_test_fault_init();
	mock_iommu_dev = platform_device_register_simple(MOCK_IOMMU_NAME,
							 PLATFORM_DEVID_NONE,
							 NULL, 0);
	if (IS_ERR(mock_iommu_dev)) {
		rc = PTR_ERR(mock_iommu_dev);
		goto err_fault;
	}
	rc = bus_register(&iommufd_mock_bus_type);
	if (rc)
		goto err_platform;
	rc = iommu_device_sysfs_add(&mock_iommu, &mock_iommu_dev->dev, NULL,
				    MOCK_IOMMU_NAME);
	if (rc)
		goto err_bus;
	rc = iommu_device_register_bus(&mock_iommu, &mock_ops,
				       &iommufd_mock_bus_type, &mock_bus_nb);
	if (rc)
		goto err_sysfs;
	return 0;

err_sysfs:
	iommu_device_sysfs_remove(&mock_iommu);
err_bus:
	bus_unregister(&iommufd_mock_bus_type);
err_platform:
	platform_device_unregister(mock_iommu_dev);
err_fault:
	iommufd_test_fault_exit();
	return rc;
}

/**
 * iommufd_mock_exit() - Undo iommufd_mock_init()
 *
 * There is no mock device any more, each would hold the module.
 */
void iommufd_mock_exit(void)
{
	iommu_device_unregister_bus(&mock_iommu, &iommufd_mock_bus_type,
				    &mock_bus_nb);
	iommu_device_sysfs_remove(&mock_iommu);
	bus_unregister(&iommufd_mock_bus_type);
	platform_device_unregister(mock_iommu_dev);
	iommufd_test_fault_exit();
}

MODULE_IMPORT_NS(IOMMUFD_INTERNAL);
