/* SPDX-License-Identifier: GPL-2.0-only */
/* How many pins there are, of all programs and of the kernel. */
#ifndef SELFTESTS_IOMMU_LIB_PINS_H
#define SELFTESTS_IOMMU_LIB_PINS_H

int pins_read(long *pins);

#endif
