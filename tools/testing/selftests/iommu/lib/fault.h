/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failing allocations of the kernel, one after the other: a sweep arms the nth
 * allocation of a call to fail, until the call makes fewer than that.
 */
#ifndef SELFTESTS_IOMMU_LIB_FAULT_H
#define SELFTESTS_IOMMU_LIB_FAULT_H

#include <stdbool.h>

/**
 * struct fault_sweep - Runs of a call, in each of which another allocation fails
 * @nth: which one fails in this run
 * @fired: whether it did, as fault_disarm() says
 */
struct fault_sweep {
	unsigned int nth;
	bool fired;
};

int fault_prepare(void);
int fault_arm(unsigned int nth);
int fault_arm_mock(unsigned int times);
bool fault_disarm(void);
bool fault_next(struct fault_sweep *sweep);
bool fault_is_expected(const struct fault_sweep *sweep, int rc);
bool fault_swept(const struct fault_sweep *sweep);

#endif
