/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_HWPT_IOCTL_H
#define _IOMMUFD_HWPT_IOCTL_H

struct iommufd_ucmd;

int iommufd_hwpt_alloc_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_set_dirty_ioctl(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_get_dirty_ioctl(struct iommufd_ucmd *ucmd);

#endif
