/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of /dev/iommu as functions. Each returns 0 (or what it made) or
 * a negative errno, so that a test compares against -E... and never reads
 * errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_IOMMU_H
#define SELFTESTS_IOMMU_LIB_IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/iommufd.h>

#define IOMMU_MAP_RW (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)
#define IOMMU_UNMAP_ALL (~0ULL)

int iommu_open(void);
int iommu_ioctl(int fd, unsigned long cmd, void *arg);

int iommu_destroy(int fd, __u32 id);
int iommu_ioas_alloc(int fd, __u32 *ioas_id);
int iommu_map_at(int fd, __u32 ioas_id, const void *va, __u64 length,
		 __u64 iova, __u32 prot);
int iommu_map(int fd, __u32 ioas_id, const void *va, __u64 length,
	      __u64 *iova, __u32 prot);
int iommu_map_file_at(int fd, __u32 ioas_id, int file, __u64 start,
		      __u64 length, __u64 iova, __u32 prot);
int iommu_map_file(int fd, __u32 ioas_id, int file, __u64 start, __u64 length,
		   __u64 *iova, __u32 prot);
int iommu_change_process(int fd);
int iommu_copy_at(int fd, __u32 dst_id, __u64 dst_iova, __u32 src_id,
		  __u64 src_iova, __u64 length, __u32 prot);
int iommu_copy(int fd, __u32 dst_id, __u64 *dst_iova, __u32 src_id,
	       __u64 src_iova, __u64 length, __u32 prot);
int iommu_unmap(int fd, __u32 ioas_id, __u64 iova, __u64 length);
int iommu_unmap_count(int fd, __u32 ioas_id, __u64 iova, __u64 length,
		      __u64 *unmapped);
int iommu_unmap_all(int fd, __u32 ioas_id);
int iommu_iova_ranges(int fd, __u32 ioas_id, struct iommu_iova_range *ranges,
		      __u32 *num, __u64 *alignment);
int iommu_allow_iovas(int fd, __u32 ioas_id,
		      const struct iommu_iova_range *ranges, __u32 num);
int iommu_option_set(int fd, __u32 option, __u32 object_id, __u64 value);
int iommu_option_get(int fd, __u32 option, __u32 object_id, __u64 *value);
int iommu_hwpt_alloc(int fd, __u32 dev_id, __u32 ioas_id, __u32 *hwpt_id);
int iommu_hwpt_alloc_flags(int fd, __u32 dev_id, __u32 ioas_id, __u32 flags,
			   __u32 *hwpt_id);
int iommu_track(int fd, __u32 hwpt_id, bool on);
int iommu_read_dirty(int fd, __u32 hwpt_id, __u32 flags, __u64 iova,
		     __u64 length, __u64 page_size, void *bitmap);
int iommu_hw_info(int fd, __u32 dev_id, struct iommu_hw_info *info);
int iommu_iova_usable(int fd, __u32 ioas_id, __u64 start, __u64 last);

#endif
