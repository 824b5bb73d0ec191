/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_DEVICE_FILE_H
#define _IOMMUFD_DEVICE_FILE_H

struct iommu_group;

struct iommu_group *iommufd_group_from_fd(int fd);

#endif
