/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's trace events tell of this thread's doings. */
#ifndef SELFTESTS_IOMMU_LIB_TRACE_H
#define SELFTESTS_IOMMU_LIB_TRACE_H

#include <stddef.h>

#define TRACE_TEXT 4096

int trace_start(void);
void trace_remove(void);
int trace_take(int pipe, char *text);

#endif
