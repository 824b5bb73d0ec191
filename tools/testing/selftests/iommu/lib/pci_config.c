// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "pci_config.h"

#define SYS_PCI "/sys/bus/pci"

static int open_attr(const char *name, const char *attr, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/%s", name, attr);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * pci_read_use - Can a function use the bus, or be reached there?
 * @name: the function
 *
 * Return: the bits of PCI_COMMAND_USE in its command register, or a negative
 * errno.
 */
int pci_read_use(const char *name)
{
	int fd = open_attr(name, "config", O_RDONLY);
	__u16 command;
	int rc = -EIO;

	if (fd < 0)
		return fd;
	if (pread(fd, &command, sizeof(command), PCI_COMMAND_OFFSET) ==
	    sizeof(command))
		rc = command & PCI_COMMAND_USE;
	close(fd);
	return rc;
}

/**
 * pci_write_command - Write a function's command register
 * @name: the function
 * @command: value
 * @size: bytes of it, from the low end: 1, 2 or 4
 *
 * Return: 0 or a negative errno.
 */
int pci_write_command(const char *name, __u32 command, size_t size)
{
	int fd = open_attr(name, "config", O_WRONLY);
	int rc = 0;

	if (fd < 0)
		return fd;
	if (pwrite(fd, &command, size, PCI_COMMAND_OFFSET) != (ssize_t)size)
		rc = -EIO;
	close(fd);
	return rc;
}

/**
 * pci_set_use - Let a function use the bus, or not
 * @name: the function
 * @bits: of PCI_COMMAND_USE; the register's others become 0
 *
 * Return: 0, -EIO when the register has something else afterwards, or another
 * negative errno.
 */
int pci_set_use(const char *name, __u32 bits)
{
	int rc = pci_write_command(name, bits, 2);

	if (rc)
		return rc;
	return pci_read_use(name) == (int)bits ? 0 : -EIO;
}

/**
 * pci_write_attr - Write to a file of a function in sysfs
 * @name: the function
 * @attr: the file
 * @text: what
 *
 * Return: 0 or a negative errno.
 */
int pci_write_attr(const char *name, const char *attr, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/%s", name, attr);
	return file_write(path, text);
}

/**
 * pci_remove - Take a function away, as if it was unplugged
 * @name: the function
 *
 * Return: 0 or a negative errno.
 */
int pci_remove(const char *name)
{
	return pci_write_attr(name, "remove", "1");
}

/**
 * pci_rescan - Look for new functions
 * @name: of one that should be there afterwards
 *
 * Return: 0, or -ENODEV when it is not.
 */
int pci_rescan(const char *name)
{
	char path[PATH_MAX];
	int rc = file_write(SYS_PCI "/rescan", "1");

	if (rc)
		return rc;
	snprintf(path, sizeof(path), SYS_PCI "/devices/%s", name);
	return access(path, F_OK) ? -ENODEV : 0;
}

/**
 * pci_has_group - Has a function joined its IOMMU group?
 * @name: the function
 *
 * On device tree machines it does so with its first driver.
 */
bool pci_has_group(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/iommu_group", name);
	return !access(path, F_OK);
}

/**
 * pci_read_register - Read from a function's first memory region, as its
 * neighbours could
 * @name: the function
 * @offset: where
 * @value: what came back; all ones or zero when nothing answers there
 *
 * Return: 0 or a negative errno.
 */
int pci_read_register(const char *name, size_t offset, __u32 *value)
{
	int fd = open_attr(name, "resource0", O_RDWR);
	size_t length = sysconf(_SC_PAGESIZE);
	void *regs;

	if (fd < 0)
		return fd;
	regs = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (regs == MAP_FAILED)
		return -errno;
	*value = *(volatile __u32 *)((char *)regs + offset);
	munmap(regs, length);
	return 0;
}
