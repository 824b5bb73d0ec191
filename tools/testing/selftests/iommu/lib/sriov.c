// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "file.h"
#include "sriov.h"

#define DEVICES "/sys/bus/pci/devices"

/**
 * sriov_set_vfs - Let virtual functions appear or vanish
 * @pf: their physical function, which has a driver that can do it
 * @count: so many, where there were none, or 0
 *
 * With 0 it takes until nobody uses one any more.
 */
int sriov_set_vfs(const char *pf, unsigned int count)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/sriov_numvfs", pf);
	return file_write_number(path, count);
}

/**
 * sriov_find_vf - Find a virtual function
 * @pf: its physical function
 * @nth: 0 for the first
 * @vf: filled
 */
int sriov_find_vf(const char *pf, unsigned int nth, struct pci_dev *vf)
{
	char path[PATH_MAX];
	int rc;

	memset(vf, 0, sizeof(*vf));
	snprintf(path, sizeof(path), DEVICES "/%s/virtfn%u", pf, nth);
	rc = file_link_name(path, vf->name, sizeof(vf->name));
	vf->group = rc ? -1 : file_iommu_group(DEVICES, vf->name);
	return rc;
}

/**
 * sriov_allow_users - May a physical function that a user drives have VFs?
 * @on: off is how a kernel starts
 */
int sriov_allow_users(bool on)
{
	return file_write("/sys/module/vfio_pci/parameters/enable_sriov",
			  on ? "Y" : "N");
}

/**
 * sriov_bind - vfio_bind() with a token
 * @dev: open
 * @iommufd: the context
 * @token: the token
 */
int sriov_bind(struct vfio_dev *dev, int iommufd,
	       const struct sriov_token *token)
{
	struct vfio_device_bind_iommufd cmd = {
		.argsz = sizeof(cmd),
		.flags = VFIO_DEVICE_BIND_FLAG_TOKEN,
		.iommufd = iommufd,
		.token_uuid_ptr = (uintptr_t)token->uuid,
	};

	if (ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &cmd))
		return -errno;
	dev->dev_id = cmd.out_devid;
	return 0;
}
