// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space can know of a device's IOMMU: IOMMU_GET_HW_INFO.
 *
 * IOMMU drivers of this kernel have nothing to tell. Programs that ask before
 * they make a page table get this as an answer, and not an error.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "device.h"
#include "ioctl.h"
#include "refuse.h"

static int check_hw_info(const struct iommu_hw_info *cmd)
{
	if (cmd->flags)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (memchr_inv(cmd->__reserved, 0, sizeof(cmd->__reserved)))
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	return 0;
}

/**
 * iommufd_get_hw_info_ioctl() - IOMMU_GET_HW_INFO
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_get_hw_info_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_hw_info *cmd = ucmd->cmd;
	struct iommufd_device *idev;
	int rc;

	rc = check_hw_info(cmd);
	if (rc)
		return rc;
	idev = iommufd_device_get(ucmd, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	iommufd_device_put(ucmd, idev);

	if (clear_user(u64_to_user_ptr(cmd->data_uptr), cmd->data_len))
		return iommufd_refuse(-EFAULT, "data cannot be written");
	cmd->data_len = 0;
	cmd->out_data_type = IOMMU_HW_INFO_TYPE_NONE;
	cmd->out_max_pasid_log2 = 0;
	cmd->out_capabilities = 0;
	return iommufd_ucmd_respond(ucmd);
}
