/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_CUT_H
#define _IOMMUFD_IOPT_CUT_H

struct iommufd_iopt;

int iommufd_iopt_cut(struct iommufd_iopt *iopt, unsigned long iova);

#endif
