/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_IOPT_DOMAIN_H
#define _IOMMUFD_IOPT_DOMAIN_H

#include "iopt.h"

int iommufd_iopt_add_domain(struct iommufd_iopt *iopt,
			    struct iommufd_iopt_domain *idomain);
void iommufd_iopt_remove_domain(struct iommufd_iopt *iopt,
				struct iommufd_iopt_domain *idomain);

#endif
