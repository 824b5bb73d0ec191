/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices without DMA of their own, when iommufd has their memory.
 */
#ifndef __VFIO_EMULATED_H
#define __VFIO_EMULATED_H

#include <linux/errno.h>
#include <linux/types.h>
#include <linux/vfio.h>

#if IS_ENABLED(CONFIG_VFIO_IOMMUFD) && defined(VFIO_IOMMUFD_EMULATED_OPS)
int vfio_emulated_pin_pages(struct vfio_device *device, dma_addr_t iova,
			    int npage, int prot, struct page **pages);
void vfio_emulated_unpin_pages(struct vfio_device *device, dma_addr_t iova,
			       int npage);
int vfio_emulated_dma_rw(struct vfio_device *device, dma_addr_t iova,
			 void *data, size_t len, bool write);
#else
static inline int vfio_emulated_pin_pages(struct vfio_device *device,
					  dma_addr_t iova, int npage, int prot,
					  struct page **pages)
{
	return -EINVAL;
}

static inline void vfio_emulated_unpin_pages(struct vfio_device *device,
					     dma_addr_t iova, int npage)
{
}

static inline int vfio_emulated_dma_rw(struct vfio_device *device,
				       dma_addr_t iova, void *data, size_t len,
				       bool write)
{
	return -EINVAL;
}
#endif
#endif
