/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOCTL_H
#define _IOMMUFD_IOCTL_H

#include <linux/types.h>

struct file;
struct iommufd_ctx;

/**
 * struct iommufd_ucmd - One call of a command
 * @ictx: The context that it was called on
 * @ubuffer: The caller's struct
 * @user_size: Bytes of it that the caller knows of
 * @kernel_size: Bytes of it that the kernel knows of
 * @cmd: The kernel's copy: the caller's bytes, then zeroes
 */
struct iommufd_ucmd {
	struct iommufd_ctx *ictx;
	void __user *ubuffer;
	u32 user_size;
	u32 kernel_size;
	void *cmd;
};

int iommufd_ucmd_respond(struct iommufd_ucmd *ucmd);
long iommufd_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif
