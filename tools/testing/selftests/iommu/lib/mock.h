/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mock IOMMU: devices behind it, and what is in its page tables. Each
 * function returns 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_MOCK_H
#define SELFTESTS_IOMMU_LIB_MOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "iommufd_test.h"

/**
 * struct mock_device - Ids of a mock device
 * @stdev: the device: to destroy it detaches and unbinds it
 * @hwpt: what it was attached to
 * @idev: the bound device
 */
struct mock_device {
	__u32 stdev;
	__u32 hwpt;
	__u32 idev;
};

int mock_ioctl(int fd, struct iommu_test_cmd *cmd);
int mock_attach(int fd, __u32 pt_id, struct mock_device *dev);
int mock_attach_flags(int fd, __u32 pt_id, __u32 flags,
		      struct mock_device *dev);
int mock_replace(int fd, __u32 stdev, __u32 pt_id, __u32 *hwpt);
int mock_check_map(int fd, __u32 hwpt, __u64 iova, const void *va,
		   __u64 length);
int mock_check_ends(int fd, __u32 hwpt, __u64 iova, const void *va,
		    __u64 length);
int mock_get_phys(int fd, __u32 hwpt, __u64 iova, __u64 length, __u64 *phys);
int mock_check_refs(int fd, const void *va, __u64 length, __u32 refs);
int mock_reserve(int fd, __u32 ioas_id, __u64 start, __u64 length);
int mock_dma_buf(int fd, __u32 length, __u32 flags);
int mock_revoke(int fd, int dma_buf, bool revoked);
int mock_mark_dirty(int fd, __u32 hwpt, __u64 iova, __u64 length,
		    __u64 page_size, const void *bitmap, __u64 *count);
int mock_set_huge(bool huge);
int mock_set_exclusive(bool exclusive);
int mock_reset(void);
int mock_count_devices(void);

#endif
