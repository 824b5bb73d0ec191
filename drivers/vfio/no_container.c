// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers of devices without DMA of their own call, in a kernel that has no
 * containers of VFIO's own: there is nothing that they could pin or reach.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/vfio.h>

int vfio_pin_pages(struct vfio_device *device, dma_addr_t iova, int npage,
		   int prot, struct page **pages)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vfio_pin_pages);

void vfio_unpin_pages(struct vfio_device *device, dma_addr_t iova, int npage)
{
	/* Nothing was pinned */
	WARN_ON(1);
}
EXPORT_SYMBOL(vfio_unpin_pages);

int vfio_dma_rw(struct vfio_device *device, dma_addr_t iova, void *data,
		size_t len, bool write)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vfio_dma_rw);
