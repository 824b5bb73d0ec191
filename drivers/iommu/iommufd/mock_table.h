/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_MOCK_TABLE_H
#define _IOMMUFD_MOCK_TABLE_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct iommu_dirty_report;

/* Sizes of leaves: MOCK_PAGE_SIZE and MOCK_HUGE_PAGE_SIZE */
#define IOMMUFD_MOCK_LEAF_KINDS 2

/**
 * struct iommufd_mock_table - The mock's page table: leaves by IOVA
 * @leaves: For each size of leaf, leaves by IOVA in units of that size. They
 *          do not overlap, be it in one array or across. Has its own locks
 * @nr_leaves: (a) How many there are
 *
 * Leaves in different places may come and go at the same time.
 */
struct iommufd_mock_table {
	struct xarray leaves[IOMMUFD_MOCK_LEAF_KINDS];
	atomic_long_t nr_leaves;
};

/**
 * struct iommufd_mock_leaf - What a leaf says
 * @iova: Its first IOVA, a multiple of @size
 * @size: Bytes
 * @phys: Where @iova leads
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @dirty: A device has written there
 */
struct iommufd_mock_leaf {
	unsigned long iova;
	size_t size;
	phys_addr_t phys;
	int prot;
	bool dirty;
};

void iommufd_mock_table_init(struct iommufd_mock_table *table);
void iommufd_mock_table_destroy(struct iommufd_mock_table *table);
int iommufd_mock_table_map(struct iommufd_mock_table *table,
			   const struct iommufd_mock_leaf *leaf, gfp_t gfp);
size_t iommufd_mock_table_unmap(struct iommufd_mock_table *table,
				unsigned long iova, size_t length);
bool iommufd_mock_table_find(struct iommufd_mock_table *table,
			     unsigned long iova,
			     struct iommufd_mock_leaf *leaf);
void iommufd_mock_table_read_dirty(struct iommufd_mock_table *table,
				   unsigned long iova, size_t length,
				   unsigned long flags,
				   struct iommu_dirty_report *report);
bool iommufd_mock_table_mark_dirty(struct iommufd_mock_table *table,
				   unsigned long iova, size_t length);

#endif
