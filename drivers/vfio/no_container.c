// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers of devices without DMA of their own call, in a kernel that has no
 * containers of VFIO's own: their memory can only be that of iommufd.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/vfio.h>

#include "emulated.h"
#include "vfio.h"

int vfio_pin_pages(struct vfio_device *device, dma_addr_t iova, int npage,
		   int prot, struct page **pages)
{
	if (!pages || npage <= 0 || !vfio_assert_device_open(device))
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	return vfio_emulated_pin_pages(device, iova, npage, prot, pages);
}
EXPORT_SYMBOL(vfio_pin_pages);

void vfio_unpin_pages(struct vfio_device *device, dma_addr_t iova, int npage)
{
	if (WARN_ON(npage <= 0 || npage > VFIO_PIN_PAGES_MAX_ENTRIES))
		return;
	if (WARN_ON(!vfio_assert_device_open(device)))
		return;
	vfio_emulated_unpin_pages(device, iova, npage);
}
EXPORT_SYMBOL(vfio_unpin_pages);

int vfio_dma_rw(struct vfio_device *device, dma_addr_t iova, void *data,
		size_t len, bool write)
{
	if (!data || !len || !vfio_assert_device_open(device))
		return -EINVAL;
	return vfio_emulated_dma_rw(device, iova, data, len, write);
}
EXPORT_SYMBOL(vfio_dma_rw);
