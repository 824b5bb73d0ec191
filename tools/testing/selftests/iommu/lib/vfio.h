/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device that is driven from user space: its own node, regions, interrupts.
 * Functions return 0 (or what they made) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_VFIO_H
#define SELFTESTS_IOMMU_LIB_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/vfio.h>

#define VFIO_MAX_BAR 6

/**
 * struct vfio_dev - One open file of a device
 * @fd: the file, or -1
 * @dev_id: id within the bound context
 * @bar: what vfio_map_bar() mapped
 * @bar_size: bytes, 0 when not mapped
 */
struct vfio_dev {
	int fd;
	__u32 dev_id;
	void *bar[VFIO_MAX_BAR];
	size_t bar_size[VFIO_MAX_BAR];
};

int vfio_cdev_path(const char *name, char *path, size_t len);
int vfio_open(struct vfio_dev *dev, const char *name);
void vfio_close(struct vfio_dev *dev);

int vfio_bind(struct vfio_dev *dev, int iommufd);
int vfio_attach(struct vfio_dev *dev, __u32 pt_id);
int vfio_attach_pt(struct vfio_dev *dev, __u32 *pt_id);
int vfio_detach(struct vfio_dev *dev);

int vfio_region(struct vfio_dev *dev, __u32 index,
		struct vfio_region_info *info);
int vfio_map_bar(struct vfio_dev *dev, unsigned int bar);
int vfio_config_read(struct vfio_dev *dev, __u64 offset, void *buf, size_t len);
int vfio_config_write(struct vfio_dev *dev, __u64 offset, const void *buf,
		      size_t len);
int vfio_set_master(struct vfio_dev *dev, bool on);
int vfio_irq_enable(struct vfio_dev *dev, __u32 index, int eventfd);
int vfio_irq_disable(struct vfio_dev *dev, __u32 index);

/**
 * struct vfio_container - The older way to a device: group and container
 * @fd: container file, or -1
 * @group_fd: group file, or -1
 */
struct vfio_container {
	int fd;
	int group_fd;
};

int vfio_group_open(int group);
int vfio_container_open(struct vfio_container *cont, int group);
void vfio_container_close(struct vfio_container *cont);
int vfio_container_get_dev(struct vfio_container *cont, const char *name,
			   struct vfio_dev *dev);
int vfio_container_map(struct vfio_container *cont, void *va, __u64 length,
		       __u64 iova);
int vfio_container_unmap(struct vfio_container *cont, __u64 iova,
			 __u64 length);

#endif
