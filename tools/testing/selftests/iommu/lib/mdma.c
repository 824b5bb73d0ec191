// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "mdma.h"

#define MDMA_TYPE "/sys/class/mdma/mdma/mdev_supported_types/mdma-engine"
#define MDEV_DEVICES "/sys/bus/mdev/devices"

/**
 * mdma_missing - Does the kernel lack the sample?
 */
bool mdma_missing(void)
{
	return access(MDMA_TYPE, F_OK);
}

/**
 * mdma_create - Make a device; mode_open() opens it
 * @dev: to be given to mdma_remove() whatever this returns
 * @mode: the way
 * @nth: which of the devices of a test
 */
int mdma_create(struct mode_dev *dev, enum mode mode, int nth)
{
	int rc;

	memset(dev, 0, sizeof(*dev));
	dev->mode = mode;
	dev->vfio.fd = -1;
	dev->cont.fd = -1;
	dev->cont.group_fd = -1;
	snprintf(dev->pci.name, sizeof(dev->pci.name),
		 "6d646d61-0000-4000-8000-%012x", nth);
	rc = file_write(MDMA_TYPE "/create", dev->pci.name);
	if (rc)
		return rc;
	rc = file_iommu_group(MDEV_DEVICES, dev->pci.name);
	if (rc < 0)
		return rc;
	dev->pci.group = rc;
	return 0;
}

/**
 * mdma_remove - Close the device and take it away
 * @dev: from mdma_create()
 */
void mdma_remove(struct mode_dev *dev)
{
	char path[128];

	mode_close(dev);
	snprintf(path, sizeof(path), MDEV_DEVICES "/%s/remove", dev->pci.name);
	file_write(path, "1");
}

/**
 * mdma_do - Have the driver do something
 * @dev: open
 * @op: what
 * @source: I/O virtual address
 * @target: likewise; for MDMA_FILL the byte
 * @length: bytes
 */
int mdma_do(struct mode_dev *dev, enum mdma_op op, __u64 source, __u64 target,
	    __u64 length)
{
	const __u64 cmd[] = { op, source, target, length };

	if (pwrite(dev->vfio.fd, cmd, sizeof(cmd), 0) < 0)
		return -errno;
	return 0;
}

/**
 * mdma_state - Ask the driver
 * @dev: open
 * @state: the answer
 */
int mdma_state(struct mode_dev *dev, struct mdma_state *state)
{
	ssize_t got = pread(dev->vfio.fd, state, sizeof(*state), 0);

	if (got < 0)
		return -errno;
	return got == sizeof(*state) ? 0 : -EIO;
}
