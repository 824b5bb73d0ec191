// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOVAs that devices keep for themselves: message signalled interrupts, the
 * memory of firmware.
 */
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "group_claim.h"
#include "ioas.h"
#include "iova.h"
#include "refuse.h"
#include "reserve.h"

/**
 * iommufd_find_msi_base() - Where have the doorbells of a device to be mapped?
 * @dev: The device
 *
 * Return: the address, PHYS_ADDR_MAX when its hardware does not translate them
 */
phys_addr_t iommufd_find_msi_base(struct device *dev)
{
	phys_addr_t base = PHYS_ADDR_MAX;
	struct iommu_resv_region *region;
	LIST_HEAD(regions);

	iommu_get_resv_regions(dev, &regions);
	list_for_each_entry(region, &regions, list)
		if (region->type == IOMMU_RESV_SW_MSI)
			base = region->start;
	iommu_put_resv_regions(dev, &regions);
	return base;
}

static int reserve_regions(struct iommufd_ioas *ioas,
			   struct list_head *regions, const void *owner)
{
	struct iommu_resv_region *region;
	int rc;

	list_for_each_entry(region, regions, list) {
		/* Firmware says 1:1, but only its own drivers rely on it. */
		if (region->type == IOMMU_RESV_DIRECT_RELAXABLE ||
		    !region->length)
			continue;
		rc = iommufd_iova_reserve(&ioas->iopt, region->start,
					  region->start + region->length - 1,
					  owner);
		if (rc) {
			iommufd_iova_unreserve(&ioas->iopt, owner);
			return rc;
		}
	}
	return 0;
}

/**
 * iommufd_reserve_device() - Keep a device's IOVAs from being mapped
 * @ioas: Where
 * @dev: The device
 * @owner: For iommufd_iova_unreserve(), has nothing there yet
 *
 * Return: 0 or what iommufd_iova_reserve() gives; nothing has changed then
 */
int iommufd_reserve_device(struct iommufd_ioas *ioas, struct device *dev,
			   const void *owner)
{
	LIST_HEAD(regions);
	int rc;

	iommu_get_resv_regions(dev, &regions);
	rc = reserve_regions(ioas, &regions, owner);
	iommu_put_resv_regions(dev, &regions);
	return rc;
}

/**
 * iommufd_reserve_group() - Keep the IOVAs of all members from being mapped
 * @ioas: Where
 * @claim: The claim of the group; owns the ranges, has none there yet
 *
 * Members that nobody has bound follow the group into its domain, and the
 * hardware may take DMA of any member for that of another. One that joins
 * later adds its own when it is attached.
 *
 * Return: 0; -ENOMEM or what iommufd_iova_reserve() gives; nothing has changed
 * then
 */
int iommufd_reserve_group(struct iommufd_ioas *ioas,
			  struct iommufd_group_claim *claim)
{
	struct iommu_resv_region *region, *next;
	LIST_HEAD(regions);
	int rc;

	rc = iommu_get_group_resv_regions(claim->group, &regions);
	if (rc)
		iommufd_refuse(rc, "reserved IOVAs cannot be listed");
	else
		rc = reserve_regions(ioas, &regions, claim);
	list_for_each_entry_safe(region, next, &regions, list)
		kfree(region);
	return rc;
}
