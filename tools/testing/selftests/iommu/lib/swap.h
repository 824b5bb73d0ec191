/* SPDX-License-Identifier: GPL-2.0-only */
/* Swap space, and memory that is there. */
#ifndef SELFTESTS_IOMMU_LIB_SWAP_H
#define SELFTESTS_IOMMU_LIB_SWAP_H

#include <stddef.h>

int swap_on(void);
long swap_resident(const void *p, size_t length);
int swap_out(const void *p, size_t length);
int swap_enter(void);
int swap_reclaim(size_t length);

#endif
