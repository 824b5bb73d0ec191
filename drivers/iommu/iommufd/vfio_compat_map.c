// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA.
 *
 * A container has one lock for all of this, so programs do not know of EBUSY:
 * who meets another thread's work waits for it.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "context.h"
#include "ioas.h"
#include "iopt_cut.h"
#include "pages.h"
#include "refuse.h"
#include "vfio_compat.h"

#include <trace/events/iommufd.h>

static int check_map(const struct vfio_iommu_type1_dma_map *map)
{
	u64 last;

	if (map->flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE))
		return iommufd_refuse(-EINVAL, "unknown flag");
	if (!map->flags)
		return iommufd_refuse(-EINVAL, "neither read nor write");
	if (!map->size)
		return iommufd_refuse(-EINVAL, "length 0");
	if (!IS_ALIGNED(map->size | map->iova | map->vaddr, PAGE_SIZE))
		return iommufd_refuse(-EINVAL, "not in whole pages");
	if (check_add_overflow(map->iova, map->size - 1, &last) ||
	    check_add_overflow(map->vaddr, map->size - 1, &last))
		return iommufd_refuse(-EINVAL, "range ends beyond 64 bits");
	return 0;
}

/* Takes the caller's reference over. */
static int map_pages(struct iommufd_ctx *ictx, struct iommufd_pages *pages,
		     const struct vfio_iommu_type1_dma_map *map)
{
	struct iommufd_ioas *ioas = iommufd_vfio_ioas_get(ictx);
	int prot = IOMMU_CACHE;
	int rc;

	if (IS_ERR(ioas)) {
		iommufd_pages_put(pages);
		return PTR_ERR(ioas);
	}
	if (map->flags & VFIO_DMA_MAP_FLAG_READ)
		prot |= IOMMU_READ;
	if (map->flags & VFIO_DMA_MAP_FLAG_WRITE)
		prot |= IOMMU_WRITE;
	rc = iommufd_iopt_map(&ioas->iopt, pages, map->iova, map->size, prot,
			      NULL, NULL);
	if (!rc)
		trace_iommufd_map(ictx->debug.number, ioas->obj.id, map->iova,
				  map->size);
	iommufd_vfio_ioas_put(ictx, ioas);
	return rc;
}

/**
 * iommufd_vfio_map_dma() - VFIO_IOMMU_MAP_DMA
 * @ictx: The context
 * @cmd: &struct vfio_iommu_type1_dma_map
 * @ubuffer: Not used
 *
 * Return: 0; -EINVAL a member is wrong or IOVAs are reserved; -EEXIST; -ENODEV
 * without an address space; what pinning and mapping give
 */
int iommufd_vfio_map_dma(struct iommufd_ctx *ictx, void *cmd,
			 void __user *ubuffer)
{
	struct vfio_iommu_type1_dma_map *map = cmd;
	struct iommufd_pages *pages;
	int rc;

	rc = check_map(map);
	if (rc)
		return rc;
	pages = iommufd_pages_alloc_user(u64_to_user_ptr(map->vaddr), map->size,
					 map->flags & VFIO_DMA_MAP_FLAG_WRITE,
					 ictx->account_mode);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	return map_pages(ictx, pages, map);
}

static int check_unmap(const struct vfio_iommu_type1_dma_unmap *unmap)
{
	const u32 bitmap = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	const u32 all = VFIO_DMA_UNMAP_FLAG_ALL;
	u64 last;

	if (unmap->flags & ~(bitmap | all))
		return iommufd_refuse(-EINVAL, "unknown flag");
	if (unmap->flags == (bitmap | all))
		return iommufd_refuse(-EINVAL, "flags exclude each other");
	if (unmap->flags & all) {
		if (unmap->iova || unmap->size)
			return iommufd_refuse(-EINVAL,
					      "everything has no range");
		return 0;
	}
	if (!unmap->size)
		return iommufd_refuse(-EINVAL, "length 0");
	if (!IS_ALIGNED(unmap->iova | unmap->size, PAGE_SIZE))
		return iommufd_refuse(-EINVAL, "not in whole pages");
	if (check_add_overflow(unmap->iova, unmap->size - 1, &last))
		return iommufd_refuse(-EINVAL, "range ends beyond 64 bits");
	return 0;
}

/*
 * Version 1 cuts what reaches across an end of the range. Where another thread
 * has mapped again since, that is done anew, which -EBUSY asks for.
 */
static int cut_and_unmap(struct iommufd_iopt *iopt, unsigned long iova,
			 unsigned long last, unsigned long *unmapped)
{
	int rc;

	rc = iommufd_iopt_cut(iopt, iova);
	if (!rc && last != ULONG_MAX)
		rc = iommufd_iopt_cut(iopt, last + 1);
	if (!rc)
		rc = iommufd_iopt_unmap_within(iopt, iova, last, unmapped);
	return rc == -ENOENT ? -EBUSY : rc;
}

/* Version 2, which has huge pages, cuts nothing: such a range is wrong. */
static int unmap_range(struct iommufd_iopt *iopt, unsigned long iova,
		       unsigned long last, unsigned long *unmapped)
{
	int rc;

	if (!iommufd_iopt_huge_pages(iopt))
		return cut_and_unmap(iopt, iova, last, unmapped);
	rc = iommufd_iopt_unmap_within(iopt, iova, last, unmapped);
	return rc == -ENOENT ? -EINVAL : rc;
}

static int unmap_waiting(struct iommufd_iopt *iopt,
			 const struct vfio_iommu_type1_dma_unmap *unmap,
			 unsigned long *unmapped)
{
	int rc;

	for (;;) {
		if (unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL)
			rc = iommufd_iopt_unmap_all(iopt, unmapped);
		else
			rc = unmap_range(iopt, unmap->iova,
					 unmap->iova + unmap->size - 1,
					 unmapped);
		if (rc != -EBUSY)
			return rc;
		if (fatal_signal_pending(current))
			return iommufd_refuse(-EINTR, "killed");
		schedule_timeout_killable(1);
	}
}

/* The bitmap follows the first version of the struct. */
static int read_bitmap(const struct vfio_iommu_type1_dma_unmap *unmap,
		       void __user *ubuffer, struct vfio_bitmap *bitmap)
{
	if (unmap->argsz < sizeof(*unmap) + sizeof(*bitmap))
		return iommufd_refuse(-EINVAL, "struct is too short");
	if (copy_from_user(bitmap, ubuffer + sizeof(*unmap), sizeof(*bitmap)))
		return iommufd_refuse(-EFAULT, "command cannot be read");
	return iommufd_vfio_check_bitmap(bitmap, unmap->size);
}

/* The answer and the bitmap are written first: unmapping cannot be undone. */
static int unmap_and_tell(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			  struct vfio_iommu_type1_dma_unmap *unmap,
			  const struct vfio_bitmap *bitmap,
			  void __user *ubuffer)
{
	unsigned long unmapped;
	int rc;

	if (copy_to_user(ubuffer, unmap, sizeof(*unmap)))
		return iommufd_refuse(-EFAULT, "answer cannot be written");
	if (unmap->flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) {
		rc = iommufd_vfio_report(ictx, ioas, bitmap, unmap->iova,
					 unmap->iova + unmap->size - 1);
		if (rc)
			return rc;
	}
	rc = unmap_waiting(&ioas->iopt, unmap, &unmapped);
	if (rc)
		return rc;
	trace_iommufd_unmap(ictx->debug.number, ioas->obj.id, unmap->iova,
			    unmapped);
	unmap->size = unmapped;
	if (copy_to_user(ubuffer, unmap, sizeof(*unmap)))
		return iommufd_refuse(-EFAULT, "answer cannot be written");
	return 0;
}

/**
 * iommufd_vfio_unmap_dma() - VFIO_IOMMU_UNMAP_DMA
 * @ictx: The context
 * @cmd: &struct vfio_iommu_type1_dma_unmap
 * @ubuffer: The caller's struct, where the bitmap may follow
 *
 * Return: 0, also when nothing was mapped there; -EINVAL a member is wrong, or
 * the range would cut a mapping, in version 2; -ENODEV without an address space;
 * -EDEADLOCK an in-kernel user does not let go; -ENOMEM; -EFAULT; -EINTR
 */
int iommufd_vfio_unmap_dma(struct iommufd_ctx *ictx, void *cmd,
			   void __user *ubuffer)
{
	struct vfio_iommu_type1_dma_unmap *unmap = cmd;
	struct vfio_bitmap bitmap = {};
	struct iommufd_ioas *ioas;
	int rc;

	rc = check_unmap(unmap);
	if (!rc && unmap->flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP)
		rc = read_bitmap(unmap, ubuffer, &bitmap);
	if (rc)
		return rc;
	ioas = iommufd_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = unmap_and_tell(ictx, ioas, unmap, &bitmap, ubuffer);
	iommufd_vfio_ioas_put(ictx, ioas);
	return rc;
}
