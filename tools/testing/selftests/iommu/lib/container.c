// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "container.h"

/**
 * container_ioctl - Any command
 * @fd: container
 * @cmd: number
 * @arg: its struct
 */
int container_ioctl(int fd, unsigned long cmd, void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

/**
 * container_extension - What VFIO_CHECK_EXTENSION says
 * @fd: container
 * @type: VFIO_..._IOMMU or another extension
 */
int container_extension(int fd, unsigned long type)
{
	return container_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)type);
}

/**
 * container_set_iommu - Choose how the container maps
 * @fd: container
 * @type: VFIO_..._IOMMU
 */
int container_set_iommu(int fd, unsigned long type)
{
	return container_ioctl(fd, VFIO_SET_IOMMU, (void *)type);
}

/**
 * container_map - Map memory at an IOVA
 * @fd: container
 * @va: start of the memory
 * @length: bytes
 * @iova: where
 * @flags: VFIO_DMA_MAP_FLAG_...
 */
int container_map(int fd, const void *va, __u64 length, __u64 iova,
		  __u32 flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)va,
		.iova = iova,
		.size = length,
	};

	return container_ioctl(fd, VFIO_IOMMU_MAP_DMA, &map);
}

/**
 * container_unmap - Take mappings back
 * @fd: container
 * @iova: first address
 * @length: bytes
 * @flags: VFIO_DMA_UNMAP_FLAG_...
 * @unmapped: on success bytes that were taken back; may be NULL
 */
int container_unmap(int fd, __u64 iova, __u64 length, __u32 flags,
		    __u64 *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = flags,
		.iova = iova,
		.size = length,
	};
	int rc = container_ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &unmap);

	if (!rc && unmapped)
		*unmapped = unmap.size;
	return rc;
}

/**
 * container_unmap_dirty - Likewise, and learn what was dirty
 * @fd: container
 * @iova: first address
 * @length: bytes
 * @bitmap: written
 * @size: its bytes
 * @page: bytes that each bit stands for
 */
int container_unmap_dirty(int fd, __u64 iova, __u64 length, __u64 *bitmap,
			  size_t size, __u64 page)
{
	struct {
		struct vfio_iommu_type1_dma_unmap unmap;
		struct vfio_bitmap bitmap;
	} args = {
		.unmap.argsz = sizeof(args),
		.unmap.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
		.unmap.iova = iova,
		.unmap.size = length,
		.bitmap.pgsize = page,
		.bitmap.size = size,
		.bitmap.data = bitmap,
	};

	return container_ioctl(fd, VFIO_IOMMU_UNMAP_DMA, &args);
}

/**
 * container_dirty - Start or stop to track dirty pages
 * @fd: container
 * @flag: VFIO_IOMMU_DIRTY_PAGES_FLAG_...
 */
int container_dirty(int fd, __u32 flag)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = {
		.argsz = sizeof(dirty),
		.flags = flag,
	};

	return container_ioctl(fd, VFIO_IOMMU_DIRTY_PAGES, &dirty);
}

/**
 * container_dirty_bitmap - Learn what is dirty
 * @fd: container
 * @iova: first address
 * @length: bytes
 * @bitmap: written
 * @size: its bytes
 * @page: bytes that each bit stands for
 */
int container_dirty_bitmap(int fd, __u64 iova, __u64 length, __u64 *bitmap,
			   size_t size, __u64 page)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} args = {
		.dirty.argsz = sizeof(args),
		.dirty.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		.get.iova = iova,
		.get.size = length,
		.get.bitmap.pgsize = page,
		.get.bitmap.size = size,
		.get.bitmap.data = bitmap,
	};

	return container_ioctl(fd, VFIO_IOMMU_DIRTY_PAGES, &args);
}

/**
 * container_info - What can be mapped
 * @fd: container
 * @info: CONTAINER_INFO_SIZE bytes, of which the kernel is told @argsz
 * @argsz: bytes
 */
int container_info(int fd, struct vfio_iommu_type1_info *info, __u32 argsz)
{
	memset(info, 0, CONTAINER_INFO_SIZE);
	info->argsz = argsz;
	return container_ioctl(fd, VFIO_IOMMU_GET_INFO, info);
}

/**
 * container_capability - Find a capability
 * @info: from container_info()
 * @id: VFIO_IOMMU_TYPE1_INFO_...
 *
 * Return: it, or NULL. An offset that leads out of the struct is none.
 */
void *container_capability(struct vfio_iommu_type1_info *info, __u16 id)
{
	struct vfio_info_cap_header *header;
	__u32 offset = info->cap_offset;

	if (!(info->flags & VFIO_IOMMU_INFO_CAPS))
		return NULL;
	while (offset && offset <= CONTAINER_INFO_SIZE - sizeof(*header)) {
		header = (void *)((char *)info + offset);
		if (header->id == id)
			return header;
		if (header->next <= offset)
			return NULL;
		offset = header->next;
	}
	return NULL;
}

/**
 * group_set_container - Put a group into a container
 * @group_fd: file of the group
 * @fd: whatever shall be its container
 */
int group_set_container(int group_fd, int fd)
{
	return container_ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &fd);
}

/**
 * group_unset_container - Take a group out of its container
 * @group_fd: file of the group
 */
int group_unset_container(int group_fd)
{
	return container_ioctl(group_fd, VFIO_GROUP_UNSET_CONTAINER, NULL);
}

/**
 * group_status - What state is a group in?
 * @group_fd: file of the group
 * @flags: VFIO_GROUP_FLAGS_...
 */
int group_status(int group_fd, __u32 *flags)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int rc = container_ioctl(group_fd, VFIO_GROUP_GET_STATUS, &status);

	*flags = status.flags;
	return rc;
}
