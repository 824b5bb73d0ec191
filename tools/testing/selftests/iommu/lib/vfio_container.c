// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "vfio.h"

/**
 * vfio_group_open - Open the node of a whole group
 * @group: its number
 *
 * Return: the file or a negative errno.
 */
int vfio_group_open(int group)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int set_up(struct vfio_container *cont)
{
	if (ioctl(cont->group_fd, VFIO_GROUP_SET_CONTAINER, &cont->fd))
		return -errno;
	if (ioctl(cont->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	return 0;
}

/**
 * vfio_container_open - Put a group into a new type 1 container
 * @cont: initialized, also on failure
 * @group: its number
 */
int vfio_container_open(struct vfio_container *cont, int group)
{
	int rc;

	cont->fd = -1;
	cont->group_fd = vfio_group_open(group);
	if (cont->group_fd < 0)
		return cont->group_fd;
	cont->fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	rc = cont->fd < 0 ? -errno : set_up(cont);
	if (rc)
		vfio_container_close(cont);
	return rc;
}

/**
 * vfio_container_close - Give the group back
 * @cont: was initialized; twice does no harm
 *
 * Close the devices first.
 */
void vfio_container_close(struct vfio_container *cont)
{
	if (cont->group_fd >= 0)
		close(cont->group_fd);
	if (cont->fd >= 0)
		close(cont->fd);
	cont->group_fd = -1;
	cont->fd = -1;
}

/**
 * vfio_container_get_dev - Get a device's file out of its group
 * @cont: has the device's group
 * @name: PCI name
 * @dev: initialized; needs no vfio_bind()
 */
int vfio_container_get_dev(struct vfio_container *cont, const char *name,
			   struct vfio_dev *dev)
{
	memset(dev, 0, sizeof(*dev));
	dev->fd = ioctl(cont->group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
	return dev->fd < 0 ? -errno : 0;
}

/**
 * vfio_container_map - Map memory for the container's devices, both directions
 * @cont: the container
 * @va: start of the memory
 * @length: bytes
 * @iova: where
 */
int vfio_container_map(struct vfio_container *cont, void *va, __u64 length,
		       __u64 iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)va,
		.iova = iova,
		.size = length,
	};

	return ioctl(cont->fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

/**
 * vfio_container_unmap - Take a mapping back
 * @cont: the container
 * @iova: where
 * @length: bytes
 */
int vfio_container_unmap(struct vfio_container *cont, __u64 iova,
			 __u64 length)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = length,
	};

	return ioctl(cont->fd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;
}
