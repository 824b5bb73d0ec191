/* SPDX-License-Identifier: GPL-2.0-only */
/* Drivers in the kernel that only a few tests want to be there. */
#ifndef SELFTESTS_IOMMU_LIB_DRIVER_H
#define SELFTESTS_IOMMU_LIB_DRIVER_H

#include <stdbool.h>

int driver_load(const char *name, const char *device, bool *loaded);
int driver_unload(const char *name);
bool driver_has_netdev(const char *device);

#endif
