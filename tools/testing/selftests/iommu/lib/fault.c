// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../kselftest.h"
#include "fault.h"
#include "file.h"

#define DEBUGFS "/sys/kernel/debug/"
#define MAX_RUNS 10000

/* Open for good: to open it would count as allocations itself. */
static int nth_fd = -1;

/**
 * fault_prepare - Let allocations of this thread fail, also those that may sleep
 *
 * Return: 0, or a negative errno when the kernel cannot do that.
 */
int fault_prepare(void)
{
	static const char * const files[][2] = {
		{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
		{ DEBUGFS "failslab/verbose", "0" },
		{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ DEBUGFS "fail_page_alloc/min-order", "0" },
		{ DEBUGFS "fail_page_alloc/verbose", "0" },
	};
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		rc = file_write(files[i][0], files[i][1]);
		if (rc)
			return rc;
	}
	/* Only kernels with a mock IOMMU have it */
	rc = file_write(DEBUGFS "fail_iommufd/verbose", "0");
	if (rc && rc != -ENOENT)
		return rc;
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return nth_fd < 0 ? -errno : 0;
}

/**
 * fault_arm - Let one allocation of this thread fail
 * @nth: which one from here on, 1 for the next; 0 for none
 *
 * Return: 0 or a negative errno.
 */
int fault_arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(nth_fd, text, n, 0) < 0 ? -errno : 0;
}

/**
 * fault_arm_mock - Let what the mock IOMMU does fail, for all programs
 * @times: how often from here on, 0 for no more
 *
 * Return: 0 or a negative errno.
 */
int fault_arm_mock(unsigned int times)
{
	int rc = file_write_number(DEBUGFS "fail_iommufd/times", times);

	if (!rc)
		rc = file_write(DEBUGFS "fail_iommufd/probability",
				times ? "100" : "0");
	return rc;
}

/**
 * fault_disarm - Let no more allocations fail
 *
 * Return: whether the one that was armed has failed: the kernel counts down to
 * it, and stays at 0.
 */
bool fault_disarm(void)
{
	char text[16] = "";
	bool fired = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 &&
		     !strtoul(text, NULL, 10);

	fault_arm(0);
	return fired;
}

/**
 * fault_next - Begin the next run of a sweep, with the next allocation armed
 * @sweep: zero before the first run
 *
 * Return: whether there is one: the last run is that in which nothing failed.
 */
bool fault_next(struct fault_sweep *sweep)
{
	if (sweep->nth && !sweep->fired)
		return false;
	return ++sweep->nth <= MAX_RUNS && !fault_arm(sweep->nth);
}

/**
 * fault_is_expected - Is this what a call of a sweep may return?
 * @sweep: the sweep, after fault_disarm()
 * @rc: what the call returned
 *
 * Return: whether it is success or the shortage that was made; a call can do
 * without some of what it asks for.
 */
bool fault_is_expected(const struct fault_sweep *sweep, int rc)
{
	return !rc || (sweep->fired && rc == -ENOMEM);
}

/**
 * fault_swept - Did a sweep come to its end, and fail something on the way?
 * @sweep: after its last run
 */
bool fault_swept(const struct fault_sweep *sweep)
{
	return !sweep->fired && sweep->nth > 1;
}
