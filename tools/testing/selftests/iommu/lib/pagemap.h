/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the memory of this process is, by /proc/self/pagemap. For root, and
 * nothing is faulted in.
 */
#ifndef SELFTESTS_IOMMU_LIB_PAGEMAP_H
#define SELFTESTS_IOMMU_LIB_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

int pagemap_read_pfns(const void *p, uint64_t *pfns, size_t count);
int pagemap_check_device(int fd, __u32 hwpt, __u64 iova, const void *p,
			 size_t length);

#endif
