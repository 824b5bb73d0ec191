/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOAS_H
#define _IOMMUFD_IOAS_H

#include <linux/list.h>
#include <linux/mutex.h>

#include "iopt.h"
#include "object.h"

struct iommufd_ctx;
struct iommufd_ucmd;

/**
 * struct iommufd_ioas - An I/O address space
 * @obj: Id and life
 * @ictx: (i) The context
 * @iopt: What is mapped, in all its domains
 * @mutex: (m) The list of hwpts. Inside claim->lock, outside of the iopt's
 *         locks. Held while a hwpt joins or leaves
 * @hwpts: (m) struct iommufd_hwpt that show it
 */
struct iommufd_ioas {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	struct iommufd_iopt iopt;
	struct mutex mutex; /* lock (m) */
	struct list_head hwpts;
};

extern const struct iommufd_object_type iommufd_ioas_type;

static inline struct iommufd_ioas *
iommufd_obj_to_ioas(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_ioas, obj);
}

struct iommufd_ioas *iommufd_ioas_alloc(struct iommufd_ctx *ictx);
struct iommufd_ioas *iommufd_ioas_get(struct iommufd_ucmd *ucmd, u32 id);
void iommufd_ioas_put(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas);

int iommufd_ioas_alloc_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_allow_iovas_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_copy_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_iova_ranges_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_map_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_map_file_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_change_process_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_ioas_unmap_ioctl(struct iommufd_ucmd *ucmd);

#endif
