/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_MOCK_DOMAIN_H
#define _IOMMUFD_MOCK_DOMAIN_H

#include <linux/atomic.h>
#include <linux/iommu.h>

#include "mock_table.h"

/**
 * struct iommufd_mock_domain - A paging domain of the mock IOMMU
 * @domain: What the IOMMU core knows
 * @table: What is mapped
 * @devices: (a) Devices that are attached: none when it is freed
 * @tracking: What devices write is noted
 */
struct iommufd_mock_domain {
	struct iommu_domain domain;
	struct iommufd_mock_table table;
	atomic_t devices;
	bool tracking;
};

extern const struct iommu_domain_ops iommufd_mock_domain_ops;

/**
 * iommufd_to_mock_domain() - Is this a paging domain of the mock's?
 * @domain: Any domain
 *
 * Return: the domain, or NULL when it is not
 */
static inline struct iommufd_mock_domain *
iommufd_to_mock_domain(struct iommu_domain *domain)
{
	if (domain->ops != &iommufd_mock_domain_ops)
		return NULL;
	return container_of(domain, struct iommufd_mock_domain, domain);
}

struct iommu_domain *iommufd_mock_domain_alloc(unsigned int type);
struct iommu_domain *
iommufd_mock_domain_alloc_flags(struct device *dev, u32 flags,
				const struct iommu_user_data *user_data);

#endif
