// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space can know of a device's IOMMU: IOMMU_GET_HW_INFO.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "device.h"
#include "ioctl.h"
#include "refuse.h"

/* More than any driver has to tell */
#define MAX_HW_INFO	64

static int check_hw_info(const struct iommu_hw_info *cmd)
{
	if (cmd->flags & ~IOMMU_HW_INFO_FLAG_INPUT_TYPE)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (memchr_inv(cmd->__reserved, 0, sizeof(cmd->__reserved)))
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	return 0;
}

static int write_info(const struct iommu_hw_info *cmd, const void *data,
		      size_t have)
{
	u8 __user *to = u64_to_user_ptr(cmd->data_uptr);
	size_t some = min_t(size_t, have, cmd->data_len);

	if (copy_to_user(to, data, some) ||
	    clear_user(to + some, cmd->data_len - some))
		return iommufd_refuse(-EFAULT, "data cannot be written");
	return 0;
}

static int get_info(struct iommu_hw_info *cmd, struct device *dev)
{
	u32 wanted = cmd->flags & IOMMU_HW_INFO_FLAG_INPUT_TYPE ?
			     cmd->in_data_type : IOMMU_HW_INFO_TYPE_DEFAULT;
	u8 data[MAX_HW_INFO] = {};
	u32 type;
	int have, rc;

	have = iommu_device_hw_info(dev, &type, data, sizeof(data));
	if (have < 0)
		return iommufd_refuse(have, "IOMMU driver cannot tell");
	if (wanted != IOMMU_HW_INFO_TYPE_DEFAULT && wanted != type)
		return iommufd_refuse(-EOPNOTSUPP,
				      "hardware is of another type");
	rc = write_info(cmd, data, have);
	if (rc)
		return rc;
	cmd->data_len = have;
	cmd->out_data_type = type;
	cmd->out_max_pasid_log2 = 0;
	cmd->out_capabilities = 0;
	if (device_iommu_capable(dev, IOMMU_CAP_DIRTY_TRACKING))
		cmd->out_capabilities |= IOMMU_HW_CAP_DIRTY_TRACKING;
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
	rc = get_info(cmd, idev->dev);
	iommufd_device_put(ucmd, idev);
	return rc ?: iommufd_ucmd_respond(ucmd);
}
