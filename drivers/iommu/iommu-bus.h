/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOMMUs of a single bus, which exist in test kernels only.
 */
#ifndef __IOMMU_BUS_H
#define __IOMMU_BUS_H

struct bus_type;
struct iommu_device;
struct iommu_ops;
struct notifier_block;

#ifdef CONFIG_IOMMUFD_TEST
int iommu_device_register_bus(struct iommu_device *iommu,
			      const struct iommu_ops *ops,
			      struct bus_type *bus, struct notifier_block *nb);
void iommu_device_unregister_bus(struct iommu_device *iommu,
				 struct bus_type *bus,
				 struct notifier_block *nb);
#endif

#endif
