/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process may lock in memory. */
#ifndef SELFTESTS_IOMMU_LIB_LIMIT_H
#define SELFTESTS_IOMMU_LIB_LIMIT_H

#include <stddef.h>

int limit_locked_memory(size_t bytes);
int limit_drop_cap(int cap);
int limit_pages(size_t npages);

#endif
