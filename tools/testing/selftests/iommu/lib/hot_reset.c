// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "hot_reset.h"

/**
 * hot_reset_info - Which devices would be reset, and whose are they?
 * @dev: bound, or from a group
 * @info: filled
 */
int hot_reset_info(struct vfio_dev *dev, struct hot_reset_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	return ioctl(dev->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info) ?
	       -errno : 0;
}

/**
 * hot_reset_id - What the kernel says of one device
 * @info: from hot_reset_info()
 * @name: PCI name
 *
 * Return: its id, or its group where devices are told by group;
 * HOT_RESET_ABSENT when it would not be reset.
 */
__u32 hot_reset_id(const struct hot_reset_info *info, const char *name)
{
	unsigned int segment, bus, slot, function, i;

	if (sscanf(name, "%x:%x:%x.%x", &segment, &bus, &slot, &function) != 4)
		return HOT_RESET_ABSENT;
	for (i = 0; i < info->count && i < HOT_RESET_MAX; i++) {
		if (info->devices[i].segment == segment &&
		    info->devices[i].bus == bus &&
		    info->devices[i].devfn == (slot << 3 | function))
			return info->devices[i].devid;
	}
	return HOT_RESET_ABSENT;
}

/**
 * hot_reset - Reset the device and all that share the reset
 * @dev: bound
 */
int hot_reset(struct vfio_dev *dev)
{
	struct vfio_pci_hot_reset reset = { .argsz = sizeof(reset) };

	return ioctl(dev->fd, VFIO_DEVICE_PCI_HOT_RESET, &reset) ? -errno : 0;
}

/**
 * hot_reset_by_file - Likewise, with one file as the proof of ownership
 * @dev: bound, or from a group
 * @file: of a group, or whatever a test wants refused
 */
int hot_reset_by_file(struct vfio_dev *dev, int file)
{
	struct {
		struct vfio_pci_hot_reset reset;
		__s32 file;
	} args = {
		.reset.argsz = sizeof(args),
		.reset.count = 1,
		.file = file,
	};

	return ioctl(dev->fd, VFIO_DEVICE_PCI_HOT_RESET, &args) ? -errno : 0;
}
