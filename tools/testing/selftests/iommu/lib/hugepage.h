/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of more than the CPU's smallest size: the pools that hugetlbfs takes
 * them from, and what the kernel makes of ordinary memory.
 */
#ifndef SELFTESTS_IOMMU_LIB_HUGEPAGE_H
#define SELFTESTS_IOMMU_LIB_HUGEPAGE_H

#include <stddef.h>

long hugepage_count(size_t size);
int hugepage_set_count(size_t size, long count);
int hugepage_check(const void *p, size_t length, size_t size);
int hugepage_is_zero(const void *p);
int hugepage_make(void *p, size_t length);
int hugepage_split(const void *p, size_t length);

#endif
