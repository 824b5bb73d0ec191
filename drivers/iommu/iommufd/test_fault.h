/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failures of the mock IOMMU, on request.
 */
#ifndef _IOMMUFD_TEST_FAULT_H
#define _IOMMUFD_TEST_FAULT_H

#include <linux/types.h>

bool iommufd_should_fail(void);
void iommufd_test_fault_init(void);
void iommufd_test_fault_exit(void);

#endif
