/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_OPTION_H
#define _IOMMUFD_OPTION_H

struct iommufd_ucmd;

int iommufd_option_ioctl(struct iommufd_ucmd *ucmd);

#endif
