/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_VFIO_COMPAT_H
#define _IOMMUFD_VFIO_COMPAT_H

#include <linux/sizes.h>
#include <linux/types.h>

struct iommufd_ctx;
struct iommufd_ioas;
struct iommufd_object;
struct iommufd_ucmd;

/**
 * struct iommufd_vfio - What a context is as a VFIO container
 * @ioas_id: (o) The address space that container commands act on, 0: none. It
 *           may be destroyed at any time
 * @no_iommu: (o) Groups without an IOMMU have come, so it gets no @ioas_id
 * @tracking: (o) Dirty pages are being tracked
 */
struct iommufd_vfio {
	u32 ioas_id;
	bool no_iommu;
	bool tracking;
};

/* vfio_compat_ioas.c */
struct iommufd_ioas *iommufd_vfio_ioas_get(struct iommufd_ctx *ictx);
void iommufd_vfio_ioas_put(struct iommufd_ctx *ictx,
			   struct iommufd_ioas *ioas);
void iommufd_vfio_forget(struct iommufd_ctx *ictx, u32 ioas_id);
long iommufd_vfio_is_coherent(struct iommufd_ctx *ictx);
int iommufd_vfio_ioas_ioctl(struct iommufd_ucmd *ucmd);

/* vfio_compat_info.c */
int iommufd_vfio_get_info(struct iommufd_ctx *ictx, void *cmd,
			  void __user *ubuffer);

/* vfio_compat_map.c */
int iommufd_vfio_map_dma(struct iommufd_ctx *ictx, void *cmd,
			 void __user *ubuffer);
int iommufd_vfio_unmap_dma(struct iommufd_ctx *ictx, void *cmd,
			   void __user *ubuffer);

/* vfio_compat_dirty.c */
struct vfio_bitmap;

int iommufd_vfio_check_bitmap(const struct vfio_bitmap *bitmap, u64 size);
int iommufd_vfio_report(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			const struct vfio_bitmap *bitmap, unsigned long iova,
			unsigned long last);
int iommufd_vfio_dirty_pages(struct iommufd_ctx *ictx, void *cmd,
			     void __user *ubuffer);

/* The longest bitmap that a command takes, in bytes: as type 1 */
#define IOMMUFD_VFIO_BITMAP_MAX	SZ_256M

/* vfio_compat.c */
long iommufd_vfio_ioctl(struct iommufd_ctx *ictx, unsigned int cmd,
			unsigned long arg);

#endif
