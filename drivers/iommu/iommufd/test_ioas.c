// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test operations about address spaces.
 */
#include <linux/err.h>
#include <linux/overflow.h>

#include "ioas.h"
#include "ioctl.h"
#include "iommufd_test.h"
#include "iova.h"
#include "test_cmd.h"

/* What mainline needs at least for a batch of page frame numbers */
#define MIN_MEMORY_LIMIT 12

/**
 * iommufd_test_add_reserved() - IOMMU_TEST_OP_ADD_RESERVED
 * @ucmd: The call
 *
 * Return: 0; -EINVAL no length; -EOVERFLOW beyond the last address; -ENOENT no
 * such IOAS; -EADDRINUSE something is mapped there, or allowed; -ENOMEM
 */
int iommufd_test_add_reserved(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long start = cmd->add_reserved.start, last;
	struct iommufd_object *obj;
	struct iommufd_iopt *iopt;
	int rc;

	if (!cmd->add_reserved.length)
		return -EINVAL;
	if (check_add_overflow(start,
			       (unsigned long)cmd->add_reserved.length - 1,
			       &last))
		return -EOVERFLOW;

	obj = iommufd_object_get(ucmd->ictx, cmd->id, &iommufd_ioas_type);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	iopt = &iommufd_obj_to_ioas(obj)->iopt;
	/* As its own owner it drops the range when it ends. */
	rc = iommufd_iova_reserve(iopt, start, last, iopt);
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

/**
 * iommufd_test_memory_limit() - IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT
 * @ucmd: The call
 *
 * Mainline collects pages in large arrays on their way into a domain, and this
 * makes them small, so that tests see them overflow. Here pages go into their
 * extents at once, through an array of a page at most: nothing to limit.
 *
 * Return: 0; -EINVAL when mainline could not do with so little
 */
int iommufd_test_memory_limit(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;

	return cmd->memory_limit.limit < MIN_MEMORY_LIMIT ? -EINVAL : 0;
}
