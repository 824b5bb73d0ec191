// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_TEST_CMD: one command with many operations, as mainline's tests expect.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/nospec.h>

#include "ioctl.h"
#include "iommufd_test.h"
#include "test_cmd.h"

static int (*const test_ops[])(struct iommufd_ucmd *ucmd) = {
	[IOMMU_TEST_OP_ADD_RESERVED] = iommufd_test_add_reserved,
	[IOMMU_TEST_OP_MOCK_DOMAIN] = iommufd_test_mock_domain,
	[IOMMU_TEST_OP_MD_CHECK_MAP] = iommufd_test_check_map,
	[IOMMU_TEST_OP_MD_CHECK_REFS] = iommufd_test_check_refs,
	[IOMMU_TEST_OP_CREATE_ACCESS] = iommufd_test_create_access,
	[IOMMU_TEST_OP_DESTROY_ACCESS_PAGES] =
		iommufd_test_destroy_access_pages,
	[IOMMU_TEST_OP_ACCESS_PAGES] = iommufd_test_access_pages,
	[IOMMU_TEST_OP_ACCESS_RW] = iommufd_test_access_rw,
	[IOMMU_TEST_OP_ACCESS_REPLACE_IOAS] = iommufd_test_access_replace_ioas,
	[IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT] = iommufd_test_memory_limit,
	[IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE] = iommufd_test_mock_domain_replace,
	[IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS] = iommufd_test_mock_domain_flags,
	[IOMMU_TEST_OP_DIRTY] = iommufd_test_dirty,
	[IOMMU_TEST_OP_DMABUF_GET] = iommufd_test_dma_buf_get,
	[IOMMU_TEST_OP_DMABUF_REVOKE] = iommufd_test_dma_buf_revoke,
	[IOMMU_TEST_OP_MD_GET_PHYS] = iommufd_test_get_phys,
};

/**
 * iommufd_test_ioctl() - IOMMU_TEST_CMD
 * @ucmd: The call
 *
 * Return: -EOPNOTSUPP for an operation that is not there or a reserved member
 * that is set; else what the operation gives
 */
int iommufd_test_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned int op = cmd->op;

	if (cmd->__reserved || op >= ARRAY_SIZE(test_ops))
		return -EOPNOTSUPP;
	op = array_index_nospec(op, ARRAY_SIZE(test_ops));
	if (!test_ops[op])
		return -EOPNOTSUPP;
	return test_ops[op](ucmd);
}
