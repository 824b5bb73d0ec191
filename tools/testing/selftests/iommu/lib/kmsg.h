/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says about a fault, as it says it. */
#ifndef SELFTESTS_IOMMU_LIB_KMSG_H
#define SELFTESTS_IOMMU_LIB_KMSG_H

#include <stddef.h>
#include <linux/types.h>

#define KMSG_LINE 512

/* Who waits for a fault makes it again: the kernel limits its reports' rate */
#define KMSG_TRIES 3

int kmsg_open(void);
int kmsg_wait(int fd, const char *needle, char *line);
int kmsg_wait_fault(int fd, const char *name, __u64 iova, char *line);

#endif
