/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of VFIO containers and groups, for /dev/vfio/vfio and /dev/iommu
 * alike. Functions return 0 (or what they found) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_CONTAINER_H
#define SELFTESTS_IOMMU_LIB_CONTAINER_H

#include <stddef.h>
#include <linux/types.h>
#include <linux/vfio.h>

#define CONTAINER_INFO_SIZE 4096

int container_ioctl(int fd, unsigned long cmd, void *arg);
int container_extension(int fd, unsigned long type);
int container_set_iommu(int fd, unsigned long type);
int container_map(int fd, const void *va, __u64 length, __u64 iova,
		  __u32 flags);
int container_unmap(int fd, __u64 iova, __u64 length, __u32 flags,
		    __u64 *unmapped);
int container_unmap_dirty(int fd, __u64 iova, __u64 length, __u64 *bitmap,
			  size_t size, __u64 page);
int container_dirty(int fd, __u32 flag);
int container_dirty_bitmap(int fd, __u64 iova, __u64 length, __u64 *bitmap,
			   size_t size, __u64 page);
int container_info(int fd, struct vfio_iommu_type1_info *info, __u32 argsz);
void *container_capability(struct vfio_iommu_type1_info *info, __u16 id);

int group_set_container(int group_fd, int fd);
int group_unset_container(int group_fd);
int group_status(int group_fd, __u32 *flags);

#endif
