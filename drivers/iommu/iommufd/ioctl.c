// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command table and the one place that knows the size rules.
 *
 * A handler gets the kernel's copy of the struct, checks its members, acts,
 * and answers with iommufd_ucmd_respond() before it publishes anything.
 */
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd_group.h>

#include "context.h"
#include "device.h"
#include "group_info.h"
#include "hwpt_ioctl.h"
#include "ioas.h"
#include "ioctl.h"
#include "iommufd_test.h"
#include "object.h"
#include "option.h"
#include "refuse.h"
#include "test_cmd.h"
#include "vfio_compat.h"

#include <trace/events/iommufd.h>

/**
 * iommufd_ucmd_respond() - Copy the struct back to the caller
 * @ucmd: The call, @ucmd->cmd holds the answer
 *
 * Return: 0, or -EFAULT, upon which the handler undoes what it did
 */
int iommufd_ucmd_respond(struct iommufd_ucmd *ucmd)
{
	if (copy_to_user(ucmd->ubuffer, ucmd->cmd,
			 min(ucmd->user_size, ucmd->kernel_size)))
		return iommufd_refuse(-EFAULT, "answer cannot be written");
	return 0;
}

static int destroy(struct iommufd_ucmd *ucmd)
{
	struct iommu_destroy *cmd = ucmd->cmd;

	return iommufd_object_destroy_id(ucmd->ictx, cmd->id);
}

/**
 * struct ioctl_op - One command
 * @cmd: Full number, as user space passes it
 * @size: Bytes of the struct as the kernel knows it
 * @min_size: Bytes of its first version: less is not accepted
 * @execute: The handler
 */
struct ioctl_op {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	int (*execute)(struct iommufd_ucmd *ucmd);
};

/* Room on the stack for any command of the table. */
union ucmd_buffer {
	u32 size;
	u64 bytes[10];
};

/* _last is the last member of the first version of the struct. */
#define IOCTL_OP(_cmd, _fn, _struct, _last)                                   \
	[_IOC_NR(_cmd) - IOMMUFD_CMD_BASE] = {                                \
		.cmd = (_cmd),                                                \
		.size = sizeof(_struct) +                                     \
			BUILD_BUG_ON_ZERO(sizeof(_struct) >                   \
					  sizeof(union ucmd_buffer)),         \
		.min_size = offsetofend(_struct, _last),                      \
		.execute = (_fn),                                             \
	}

static const struct ioctl_op ioctl_ops[] = {
	IOCTL_OP(IOMMU_DESTROY, destroy, struct iommu_destroy, id),
	IOCTL_OP(IOMMU_IOAS_ALLOC, iommufd_ioas_alloc_ioctl,
		 struct iommu_ioas_alloc, out_ioas_id),
	IOCTL_OP(IOMMU_IOAS_ALLOW_IOVAS, iommufd_ioas_allow_iovas_ioctl,
		 struct iommu_ioas_allow_iovas, allowed_iovas),
	IOCTL_OP(IOMMU_IOAS_COPY, iommufd_ioas_copy_ioctl,
		 struct iommu_ioas_copy, src_iova),
	IOCTL_OP(IOMMU_IOAS_IOVA_RANGES, iommufd_ioas_iova_ranges_ioctl,
		 struct iommu_ioas_iova_ranges, out_iova_alignment),
	IOCTL_OP(IOMMU_IOAS_MAP, iommufd_ioas_map_ioctl,
		 struct iommu_ioas_map, iova),
	IOCTL_OP(IOMMU_IOAS_MAP_FILE, iommufd_ioas_map_file_ioctl,
		 struct iommu_ioas_map_file, iova),
	IOCTL_OP(IOMMU_IOAS_UNMAP, iommufd_ioas_unmap_ioctl,
		 struct iommu_ioas_unmap, length),
	IOCTL_OP(IOMMU_IOAS_CHANGE_PROCESS, iommufd_ioas_change_process_ioctl,
		 struct iommu_ioas_change_process, __reserved),
	IOCTL_OP(IOMMU_GROUP_INFO, iommufd_group_info_ioctl,
		 struct iommu_group_info, __reserved),
	IOCTL_OP(IOMMU_GET_HW_INFO, iommufd_get_hw_info_ioctl,
		 struct iommu_hw_info, __reserved),
	IOCTL_OP(IOMMU_HWPT_ALLOC, iommufd_hwpt_alloc_ioctl,
		 struct iommu_hwpt_alloc, __reserved),
	IOCTL_OP(IOMMU_HWPT_SET_DIRTY_TRACKING, iommufd_hwpt_set_dirty_ioctl,
		 struct iommu_hwpt_set_dirty_tracking, __reserved),
	IOCTL_OP(IOMMU_HWPT_GET_DIRTY_BITMAP, iommufd_hwpt_get_dirty_ioctl,
		 struct iommu_hwpt_get_dirty_bitmap, data),
	IOCTL_OP(IOMMU_OPTION, iommufd_option_ioctl, struct iommu_option,
		 val64),
	IOCTL_OP(IOMMU_VFIO_IOAS, iommufd_vfio_ioas_ioctl,
		 struct iommu_vfio_ioas, __reserved),
#ifdef CONFIG_IOMMUFD_TEST
	IOCTL_OP(IOMMU_TEST_CMD, iommufd_test_ioctl, struct iommu_test_cmd,
		 last),
#endif
};

static int run_command(struct iommufd_ctx *ictx, unsigned int cmd,
		       void __user *ubuffer)
{
	unsigned int index = _IOC_NR(cmd) - IOMMUFD_CMD_BASE;
	struct iommufd_ucmd ucmd __uninitialized;
	const struct ioctl_op *op;
	/* Handlers see their struct alone, which is written in full. */
	union ucmd_buffer buffer __uninitialized;
	int rc;

	/* A number below the base wraps and is beyond the table as well. */
	if (index >= ARRAY_SIZE(ioctl_ops))
		return iommufd_refuse(-ENOTTY, "no such command");
	op = &ioctl_ops[array_index_nospec(index, ARRAY_SIZE(ioctl_ops))];
	if (!op->execute || op->cmd != cmd)
		return iommufd_refuse(-ENOTTY, "no such command");

	ucmd.ictx = ictx;
	ucmd.ubuffer = ubuffer;
	ucmd.kernel_size = op->size;
	ucmd.cmd = &buffer;
	if (get_user(ucmd.user_size, (u32 __user *)ubuffer))
		return iommufd_refuse(-EFAULT, "command cannot be read");
	if (ucmd.user_size < op->min_size)
		return iommufd_refuse(-EINVAL, "struct is too short");

	rc = copy_struct_from_user(&buffer, op->size, ubuffer, ucmd.user_size);
	if (rc == -E2BIG)
		return iommufd_refuse(rc, "struct has members of the future");
	if (rc)
		return iommufd_refuse(rc, "command cannot be read");
	/* Another thread may have written the struct since it was read. */
	buffer.size = ucmd.user_size;
	return op->execute(&ucmd);
}

/**
 * iommufd_ioctl() - Run a command
 * @file: An open /dev/iommu
 * @cmd: Its number
 * @arg: The caller's struct; the layout is the same for 32 bit callers
 *
 * Numbers below the table's are those of VFIO containers.
 *
 * Return: 0 or an error as the UAPI header documents
 */
long iommufd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct iommufd_ctx *ictx = file->private_data;
	long rc;

	if (_IOC_NR(cmd) < IOMMUFD_CMD_BASE)
		rc = iommufd_vfio_ioctl(ictx, cmd, arg);
	else
		rc = run_command(ictx, cmd, (void __user *)arg);
	if (rc < 0)
		trace_iommufd_command_failed(ictx->debug.number, cmd, rc);
	return rc;
}
