/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BARs of a device as dma-bufs, for the DMA of other devices.
 */
#ifndef VFIO_PCI_DMA_BUF_H
#define VFIO_PCI_DMA_BUF_H

#include <linux/errno.h>
#include <linux/types.h>

struct vfio_device;
struct vfio_device_feature_dma_buf;
struct vfio_pci_core_device;

#if IS_ENABLED(CONFIG_VFIO_IOMMUFD)
int vfio_pci_core_feature_dma_buf(struct vfio_device *device, u32 flags,
				  struct vfio_device_feature_dma_buf __user *arg,
				  size_t argsz);
void vfio_pci_revoke_dma_bufs(struct vfio_pci_core_device *vdev);
void vfio_pci_restore_dma_bufs(struct vfio_pci_core_device *vdev);
void vfio_pci_close_dma_bufs(struct vfio_pci_core_device *vdev);
void vfio_pci_init_dma_bufs(void);
void vfio_pci_exit_dma_bufs(void);
#else
static inline int
vfio_pci_core_feature_dma_buf(struct vfio_device *device, u32 flags,
			      struct vfio_device_feature_dma_buf __user *arg,
			      size_t argsz)
{
	return -ENOTTY;
}

static inline void vfio_pci_revoke_dma_bufs(struct vfio_pci_core_device *vdev)
{
}

static inline void vfio_pci_restore_dma_bufs(struct vfio_pci_core_device *vdev)
{
}

static inline void vfio_pci_close_dma_bufs(struct vfio_pci_core_device *vdev)
{
}

static inline void vfio_pci_init_dma_bufs(void)
{
}

static inline void vfio_pci_exit_dma_bufs(void)
{
}
#endif
#endif
