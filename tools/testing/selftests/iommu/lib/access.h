/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user of an address space in the kernel, as the kernel's test commands offer
 * it. Each function returns 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_ACCESS_H
#define SELFTESTS_IOMMU_LIB_ACCESS_H

#include "mock.h"

int access_open(int fd, __u32 ioas_id, __u32 flags);
int access_pin(int fd, int access, __u64 iova, __u64 length, const void *va,
	       __u32 flags, __u32 *id);
int access_unpin(int fd, int access, __u32 id);
int access_rw(int fd, int access, __u64 iova, void *buffer, __u64 length,
	      __u32 flags);
int access_replace(int fd, int access, __u32 ioas_id);

#endif
