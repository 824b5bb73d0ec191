/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual functions and their physical function. Functions return 0 or a
 * negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_SRIOV_H
#define SELFTESTS_IOMMU_LIB_SRIOV_H

#include <stdbool.h>

#include "pci.h"
#include "vfio.h"

/* What the user of a physical function and those of its VFs agree on */
struct sriov_token {
	unsigned char uuid[16];
};

int sriov_set_vfs(const char *pf, unsigned int count);
int sriov_find_vf(const char *pf, unsigned int nth, struct pci_dev *vf);
int sriov_allow_users(bool on);
int sriov_bind(struct vfio_dev *dev, int iommufd,
	       const struct sriov_token *token);

#endif
