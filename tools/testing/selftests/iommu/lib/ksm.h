/* SPDX-License-Identifier: GPL-2.0-only */
/* Small pages of the same content that the kernel makes one of. */
#ifndef SELFTESTS_IOMMU_LIB_KSM_H
#define SELFTESTS_IOMMU_LIB_KSM_H

#include <stddef.h>

int ksm_merge(char *one, char *other, size_t page);
int ksm_stop(void);

#endif
