// SPDX-License-Identifier: GPL-2.0-only
/*
 * There are no dma-bufs here: what pages have of them is never called.
 */
#include <stdlib.h>

#include "kernel.h"
#include "dma_buf.h"

struct iommufd_dma_buf *iommufd_dma_buf_import(struct dma_buf *buf,
					       unsigned long start,
					       unsigned long length,
					       bool writable)
{
	abort();
}

void iommufd_dma_buf_release(struct iommufd_dma_buf *imported)
{
	abort();
}

int iommufd_dma_buf_map(struct iommufd_dma_buf *imported,
			struct iommu_domain *domain, unsigned long iova,
			unsigned long offset, unsigned long length, int prot,
			size_t max_leaf)
{
	abort();
}

void iommufd_dma_buf_unmap(struct iommufd_dma_buf *imported,
			   struct iommu_domain *domain, unsigned long iova)
{
	abort();
}
