// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_IOMMU_GET_INFO: what can be mapped, as a chain of capabilities.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>

#include "context.h"
#include "ioas.h"
#include "iova.h"
#include "refuse.h"
#include "vfio_compat.h"

/**
 * struct fixed_part - What comes before the ranges, which are of any number
 * @info: The struct of the command
 * @migration: First capability
 * @avail: Second capability
 * @ranges: Third capability, without its array
 */
struct fixed_part {
	struct vfio_iommu_type1_info info;
	struct vfio_iommu_type1_info_cap_migration migration;
	struct vfio_iommu_type1_info_dma_avail avail __aligned(8);
	struct vfio_iommu_type1_info_cap_iova_range ranges __aligned(8);
};

/* Sizes that all IOMMUs have. What is smaller than a page is not told. */
static int page_sizes(struct iommufd_iopt *iopt, u64 *sizes)
{
	struct iommufd_iopt_domain *idomain;
	u64 all = U64_MAX;

	if (down_read_killable(&iopt->domains_rwsem))
		return iommufd_refuse(-EINTR, "killed");
	list_for_each_entry(idomain, &iopt->domains, item)
		all &= idomain->domain->pgsize_bitmap;
	up_read(&iopt->domains_rwsem);
	if (all & ~PAGE_MASK)
		all = (all & PAGE_MASK) | PAGE_SIZE;
	*sizes = all;
	return 0;
}

/* The ranges in memory of their own, as many as @count says. */
static struct iommu_iova_range *get_ranges(struct iommufd_iopt *iopt,
					   size_t *count)
{
	struct iommu_iova_range *ranges = NULL;
	size_t room = 0;

	for (;;) {
		*count = iommufd_iova_ranges(iopt, ranges, room);
		if (*count <= room)
			return ranges;
		kvfree(ranges);
		room = *count;
		ranges = kvcalloc(room, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
		if (!ranges)
			return ERR_PTR(iommufd_refuse(-ENOMEM,
						      "out of memory"));
	}
}

static void fill_capabilities(struct fixed_part *part, size_t count)
{
	part->migration = (struct vfio_iommu_type1_info_cap_migration){
		.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION,
		.header.version = 1,
		.header.next = offsetof(struct fixed_part, avail),
		.pgsize_bitmap = PAGE_SIZE,
		.max_dirty_bitmap_size = IOMMUFD_VFIO_BITMAP_MAX,
	};
	part->avail = (struct vfio_iommu_type1_info_dma_avail){
		.header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
		.header.version = 1,
		.header.next = count ? offsetof(struct fixed_part, ranges) : 0,
		.avail = U32_MAX,
	};
	part->ranges = (struct vfio_iommu_type1_info_cap_iova_range){
		.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
		.header.version = 1,
		.nr_iovas = count,
	};
}

/*
 * Programs learn from argsz how much room the chain needs. They may not know of
 * cap_offset, but then they do not have the room.
 */
static int respond(struct fixed_part *part,
		   const struct iommu_iova_range *ranges, size_t count,
		   void __user *ubuffer)
{
	struct vfio_iommu_type1_info *info = &part->info;
	size_t fixed = count ? sizeof(*part) :
			       offsetof(struct fixed_part, ranges);
	size_t array = array_size(count, sizeof(*ranges));
	size_t head = offsetofend(struct vfio_iommu_type1_info, iova_pgsizes);

	if (info->argsz >= offsetofend(struct vfio_iommu_type1_info,
				       cap_offset))
		head = offsetofend(struct vfio_iommu_type1_info, cap_offset);

	if (info->argsz >= size_add(fixed, array)) {
		info->cap_offset = offsetof(struct fixed_part, migration);
		if (copy_to_user(ubuffer + sizeof(*info),
				 (void *)part + sizeof(*info),
				 fixed - sizeof(*info)) ||
		    copy_to_user(ubuffer + fixed, ranges, array))
			return iommufd_refuse(-EFAULT,
					      "answer cannot be written");
	} else {
		info->cap_offset = 0;
		info->argsz = size_add(fixed, array);
	}
	if (copy_to_user(ubuffer, info, head))
		return iommufd_refuse(-EFAULT, "answer cannot be written");
	return 0;
}

static int get_info(struct iommufd_ioas *ioas, struct fixed_part *part,
		    void __user *ubuffer)
{
	struct iommu_iova_range *ranges;
	size_t count;
	int rc;

	rc = page_sizes(&ioas->iopt, &part->info.iova_pgsizes);
	if (rc)
		return rc;
	ranges = get_ranges(&ioas->iopt, &count);
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	part->info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	fill_capabilities(part, count);
	rc = respond(part, ranges, count, ubuffer);
	kvfree(ranges);
	return rc;
}

/**
 * iommufd_vfio_get_info() - VFIO_IOMMU_GET_INFO
 * @ictx: The context
 * @cmd: &struct vfio_iommu_type1_info, its first version
 * @ubuffer: The caller's struct
 *
 * Return: 0, also when there is no room for the capabilities; -ENODEV without an
 * address space; -EFAULT, -ENOMEM, -EINTR
 */
int iommufd_vfio_get_info(struct iommufd_ctx *ictx, void *cmd,
			  void __user *ubuffer)
{
	struct vfio_iommu_type1_info *info = cmd;
	struct iommufd_ioas *ioas;
	struct fixed_part part;
	int rc;

	/* Of what lies in between the capabilities every byte is written. */
	memset(&part, 0, sizeof(part));
	part.info.argsz = info->argsz;
	BUILD_BUG_ON(sizeof(struct iommu_iova_range) !=
		     sizeof(struct vfio_iova_range));

	ioas = iommufd_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = get_info(ioas, &part, ubuffer);
	iommufd_vfio_ioas_put(ictx, ioas);
	return rc;
}
