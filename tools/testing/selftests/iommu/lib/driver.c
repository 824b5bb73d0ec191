// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "driver.h"
#include "file.h"
#include "pci.h"

#define AUTOPROBE "/sys/bus/pci/drivers_autoprobe"

/* In the directory modules/ beside the program */
static int open_module(const char *name)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;
	int fd;

	if (n < 0)
		return -errno;
	path[n] = '\0';
	slash = strrchr(path, '/') + 1;
	snprintf(slash, path + sizeof(path) - slash, "modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Without a probe of whatever it knows, since each can take seconds */
static int load_module(const char *name)
{
	int fd = open_module(name), rc;

	if (fd < 0)
		return fd;
	rc = file_write(AUTOPROBE, "0");
	if (!rc && syscall(SYS_finit_module, fd, "", 0))
		rc = -errno;
	close(fd);
	return file_write(AUTOPROBE, "1") ?: rc;
}

/**
 * driver_load - Load a PCI driver for one device
 * @name: of driver and module
 * @device: a function that is free, or has the driver
 * @loaded: set when it was not there before: for driver_unload()
 *
 * Return: 0, also when it was there; -ENOENT when there is no such module or it
 * does not take the device, or another negative errno.
 */
int driver_load(const char *name, const char *device, bool *loaded)
{
	char path[PATH_MAX], now[PCI_NAME_LEN];
	int rc;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s", name);
	if (access(path, F_OK)) {
		rc = load_module(name);
		if (rc)
			return rc;
		*loaded = true;
	}
	if (pci_driver(device, now))
		return pci_probe_with(device, "") ?: pci_driver(device, now);
	return strcmp(name, now) ? -EBUSY : 0;
}

/**
 * driver_unload - Unload it, which frees its devices
 * @name: as for driver_load()
 *
 * Return: 0 or a negative errno.
 */
int driver_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/**
 * driver_has_netdev - Does a function have a network device?
 * @device: the PCI function
 *
 * That is, does it work for the kernel?
 */
bool driver_has_netdev(const char *device)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/net", device);
	return !access(path, F_OK);
}
