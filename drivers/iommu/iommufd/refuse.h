/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refusals are told, and why.
 */
#ifndef __IOMMUFD_REFUSE_H
#define __IOMMUFD_REFUSE_H

int iommufd_refuse(int rc, const char *reason);

#endif
