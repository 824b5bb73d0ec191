// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "vfio.h"

static int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

/**
 * vfio_cdev_path - Where is a device's own node?
 * @name: PCI name, or UUID of a mediated device
 * @path: filled
 * @len: room in @path
 *
 * Return: 0, or -ENODEV when the device has no node (no vfio driver, or a
 * kernel without them).
 */
int vfio_cdev_path(const char *name, char *path, size_t len)
{
	char sysfs[PATH_MAX];
	struct dirent *entry;
	int rc = -ENODEV;
	DIR *dir;

	snprintf(sysfs, sizeof(sysfs), "/sys/bus/pci/devices/%s/vfio-dev",
		 name);
	dir = opendir(sysfs);
	if (!dir) {
		snprintf(sysfs, sizeof(sysfs),
			 "/sys/bus/mdev/devices/%s/vfio-dev", name);
		dir = opendir(sysfs);
	}
	if (!dir)
		return -ENODEV;
	while (rc && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, len, "/dev/vfio/devices/%s", entry->d_name);
		rc = 0;
	}
	closedir(dir);
	return rc;
}

static void init_dev(struct vfio_dev *dev)
{
	memset(dev, 0, sizeof(*dev));
	dev->fd = -1;
}

/**
 * vfio_open - Open a device's own node; it is inert until vfio_bind()
 * @dev: initialized, also on failure
 * @name: PCI name
 */
int vfio_open(struct vfio_dev *dev, const char *name)
{
	char path[PATH_MAX];
	int rc;

	init_dev(dev);
	rc = vfio_cdev_path(name, path, sizeof(path));
	if (rc)
		return rc;
	dev->fd = open(path, O_RDWR | O_CLOEXEC);
	return dev->fd < 0 ? -errno : 0;
}

/**
 * vfio_close - Close the file and unmap its regions; twice does no harm
 * @dev: was initialized by vfio_open() or vfio_container_get_dev()
 */
void vfio_close(struct vfio_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VFIO_MAX_BAR; i++) {
		if (dev->bar_size[i])
			munmap(dev->bar[i], dev->bar_size[i]);
	}
	if (dev->fd >= 0)
		close(dev->fd);
	init_dev(dev);
}

/**
 * vfio_bind - Bind a device to a context, which claims its whole group
 * @dev: open
 * @iommufd: the context
 */
int vfio_bind(struct vfio_dev *dev, int iommufd)
{
	struct vfio_device_bind_iommufd cmd = {
		.argsz = sizeof(cmd),
		.iommufd = iommufd,
	};
	int rc = do_ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &cmd);

	if (!rc)
		dev->dev_id = cmd.out_devid;
	return rc;
}

/**
 * vfio_attach_pt - Attach, or replace what is attached
 * @dev: bound
 * @pt_id: in: what to attach to, out: what the kernel chose (also on failure,
 *         whatever it left there)
 */
int vfio_attach_pt(struct vfio_dev *dev, __u32 *pt_id)
{
	struct vfio_device_attach_iommufd_pt cmd = {
		.argsz = sizeof(cmd),
		.pt_id = *pt_id,
	};
	int rc = do_ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &cmd);

	*pt_id = cmd.pt_id;
	return rc;
}

/**
 * vfio_attach - vfio_attach_pt() for who does not care about the hwpt
 * @dev: bound
 * @pt_id: what to attach to
 */
int vfio_attach(struct vfio_dev *dev, __u32 pt_id)
{
	return vfio_attach_pt(dev, &pt_id);
}

/**
 * vfio_detach - Leave the device without an address space: its DMA is blocked
 * @dev: bound
 */
int vfio_detach(struct vfio_dev *dev)
{
	struct vfio_device_detach_iommufd_pt cmd = { .argsz = sizeof(cmd) };

	return do_ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd);
}

/**
 * vfio_region - Where a region lies within the device's file
 * @dev: bound
 * @index: VFIO_PCI_*_REGION_INDEX
 * @info: filled
 */
int vfio_region(struct vfio_dev *dev, __u32 index,
		struct vfio_region_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;
	return do_ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

/**
 * vfio_map_bar - Map a whole BAR into dev->bar[]
 * @dev: bound
 * @bar: 0..5
 */
int vfio_map_bar(struct vfio_dev *dev, unsigned int bar)
{
	struct vfio_region_info info;
	void *p;
	int rc;

	rc = vfio_region(dev, VFIO_PCI_BAR0_REGION_INDEX + bar, &info);
	if (rc)
		return rc;
	p = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd,
		 info.offset);
	if (p == MAP_FAILED)
		return -errno;
	dev->bar[bar] = p;
	dev->bar_size[bar] = info.size;
	return 0;
}

/**
 * vfio_config_read - Read the device's configuration space
 * @dev: bound
 * @offset: first byte
 * @buf: filled
 * @len: bytes
 */
int vfio_config_read(struct vfio_dev *dev, __u64 offset, void *buf, size_t len)
{
	struct vfio_region_info info;
	int rc = vfio_region(dev, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	ssize_t n;

	if (rc)
		return rc;
	n = pread(dev->fd, buf, len, info.offset + offset);
	if (n < 0)
		return -errno;
	return n == (ssize_t)len ? 0 : -EIO;
}

/**
 * vfio_config_write - Write the device's configuration space
 * @dev: bound
 * @offset: first byte
 * @buf: what to write
 * @len: bytes
 */
int vfio_config_write(struct vfio_dev *dev, __u64 offset, const void *buf,
		      size_t len)
{
	struct vfio_region_info info;
	int rc = vfio_region(dev, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	ssize_t n;

	if (rc)
		return rc;
	n = pwrite(dev->fd, buf, len, info.offset + offset);
	if (n < 0)
		return -errno;
	return n == (ssize_t)len ? 0 : -EIO;
}

/**
 * vfio_set_master - Switch bus mastering, and with it memory decode on
 * @dev: bound
 * @on: may the device do DMA?
 */
int vfio_set_master(struct vfio_dev *dev, bool on)
{
	__u16 command;
	int rc;

	rc = vfio_config_read(dev, PCI_COMMAND, &command, sizeof(command));
	if (rc)
		return rc;
	command |= PCI_COMMAND_MEMORY;
	if (on)
		command |= PCI_COMMAND_MASTER;
	else
		command &= ~PCI_COMMAND_MASTER;
	return vfio_config_write(dev, PCI_COMMAND, &command, sizeof(command));
}

/**
 * vfio_irq_enable - Let vector 0 of an interrupt kind signal an eventfd
 * @dev: bound
 * @index: VFIO_PCI_*_IRQ_INDEX
 * @eventfd: counts the interrupts
 */
int vfio_irq_enable(struct vfio_dev *dev, __u32 index, int eventfd)
{
	struct {
		struct vfio_irq_set set;
		__s32 eventfd;
	} args = {
		.set.argsz = sizeof(args),
		.set.flags = VFIO_IRQ_SET_DATA_EVENTFD |
			     VFIO_IRQ_SET_ACTION_TRIGGER,
		.set.index = index,
		.set.count = 1,
		.eventfd = eventfd,
	};

	return do_ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &args);
}

/**
 * vfio_irq_disable - Switch a kind of interrupt off
 * @dev: bound
 * @index: VFIO_PCI_*_IRQ_INDEX
 */
int vfio_irq_disable(struct vfio_dev *dev, __u32 index)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
	};

	return do_ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &set);
}
