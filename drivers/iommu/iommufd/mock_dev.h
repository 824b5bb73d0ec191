/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_MOCK_DEV_H
#define _IOMMUFD_MOCK_DEV_H

#include <linux/device.h>
#include <linux/types.h>

struct iommufd_mock_domain;

/**
 * struct iommufd_mock_dev - A device behind the mock IOMMU
 * @dev: On the mock's bus. Nothing drives it
 * @id: (i) Number in its name, below 0 while it has none
 * @flags: (i) Flags of struct iommu_test_cmd.mock_domain_flags
 * @domain: What it is attached to, NULL: a domain of the IOMMU core's. Guarded
 *          by the mutex that the core holds while it attaches
 */
struct iommufd_mock_dev {
	struct device dev;
	int id;
	u32 flags;
	struct iommufd_mock_domain *domain;
};

static inline struct iommufd_mock_dev *iommufd_to_mock_dev(struct device *dev)
{
	return container_of(dev, struct iommufd_mock_dev, dev);
}

struct iommufd_mock_dev *iommufd_mock_dev_create(u32 flags);
void iommufd_mock_dev_destroy(struct iommufd_mock_dev *mdev);

#endif
