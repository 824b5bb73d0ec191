/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of devices, as dma-bufs show it.
 */
#ifndef __IOMMUFD_DMA_BUF_H
#define __IOMMUFD_DMA_BUF_H

#include <linux/types.h>

struct dma_buf;
struct iommu_domain;
struct iommufd_dma_buf;

struct iommufd_dma_buf *iommufd_dma_buf_import(struct dma_buf *buf,
					       unsigned long start,
					       unsigned long length,
					       bool writable);
void iommufd_dma_buf_release(struct iommufd_dma_buf *imported);

int iommufd_dma_buf_map(struct iommufd_dma_buf *imported,
			struct iommu_domain *domain, unsigned long iova,
			unsigned long offset, unsigned long length, int prot,
			size_t max_leaf);
void iommufd_dma_buf_unmap(struct iommufd_dma_buf *imported,
			   struct iommu_domain *domain, unsigned long iova);
void iommufd_dma_buf_lock(struct iommufd_dma_buf *imported);
void iommufd_dma_buf_unlock(struct iommufd_dma_buf *imported);
bool iommufd_dma_buf_is_revoked(struct iommufd_dma_buf *imported);

#endif
