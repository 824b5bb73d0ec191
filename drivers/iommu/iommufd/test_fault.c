// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failures of the mock IOMMU, on request: debugfs's fail_iommufd, or one of
 * the failures that /proc/<pid>/fail-nth counts.
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#include "test_fault.h"

static DECLARE_FAULT_ATTR(fail_iommufd);
static struct dentry *fault_dir;

/**
 * iommufd_should_fail() - Is what comes next to fail?
 *
 * Asked wherever the mock can fail like an IOMMU that runs out of something.
 *
 * Return: true to give up with -ENOMEM
 */
bool iommufd_should_fail(void)
{
	return should_fail(&fail_iommufd, 1);
}

/**
 * iommufd_test_fault_init() - Add the files to debugfs
 *
 * Without debugfs, fail-nth is left.
 */
void iommufd_test_fault_init(void)
{
	fault_dir = fault_create_debugfs_attr("fail_iommufd", NULL,
					      &fail_iommufd);
}

/**
 * iommufd_test_fault_exit() - Undo iommufd_test_fault_init()
 */
void iommufd_test_fault_exit(void)
{
	debugfs_remove_recursive(fault_dir);
}
