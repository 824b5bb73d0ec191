/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor of the QEMU that this machine runs in, on a virtio-serial port.
 */
#ifndef SELFTESTS_IOMMU_LIB_MONITOR_H
#define SELFTESTS_IOMMU_LIB_MONITOR_H

int monitor_open(void);
int monitor_do(int fd, const char *command);

#endif
