// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "pci.h"

#define SYS_PCI "/sys/bus/pci"
#define CLASS_BRIDGE 0x06

/* Its id, PCI_ID_..., and its base class. All in one file: opening takes time */
static int read_id(const char *name, __u32 *id, unsigned int *class)
{
	unsigned int vendor, device;
	char path[PATH_MAX];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/modalias", name);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fscanf(f, "pci:v%8xd%8xsv%*8xsd%*8xbc%2x", &vendor, &device, class);
	fclose(f);
	*id = vendor << 16 | device;
	return n == 3 ? 0 : -EIO;
}

/* Last component of a device's symbolic link; -errno when there is none */
static int read_link(const char *name, const char *attr, char *base)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/%s", name, attr);
	return file_link_name(path, base, PCI_NAME_LEN);
}

/**
 * pci_driver - Which driver has a device?
 * @name: the device
 * @driver: its driver's name, PCI_NAME_LEN bytes; "" when there is none
 *
 * Return: 0, or -ENOENT when no driver is bound.
 */
int pci_driver(const char *name, char *driver)
{
	driver[0] = '\0';
	return read_link(name, "driver", driver);
}

/**
 * pci_unbind_driver - Take a device away from its driver
 * @name: the device
 *
 * Return: 0, also when no driver is bound, or a negative errno.
 */
int pci_unbind_driver(const char *name)
{
	char path[PATH_MAX], driver[PCI_NAME_LEN];

	if (pci_driver(name, driver))
		return 0;
	snprintf(path, sizeof(path), SYS_PCI "/drivers/%s/unbind", driver);
	return file_write(path, name);
}

/**
 * pci_probe_with - Let one driver, and no other, try to bind a free device
 * @name: the device
 * @driver: its name, or "" for whichever driver matches by id
 *
 * Return: 0 when that driver is bound afterwards, -ENODEV when it is not.
 */
int pci_probe_with(const char *name, const char *driver)
{
	char path[PATH_MAX], now[PCI_NAME_LEN];
	int rc;

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/driver_override",
		 name);
	rc = file_write(path, *driver ? driver : "\n");
	if (rc)
		return rc;
	/* The probe's own error does not always come back through this file */
	file_write(SYS_PCI "/drivers_probe", name);
	if (pci_driver(name, now))
		return *driver ? -ENODEV : 0;
	return !*driver || !strcmp(now, driver) ? 0 : -ENODEV;
}

static int open_config(const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), SYS_PCI "/devices/%s/config", name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * pci_config_read - Read configuration space, whoever has the device
 * @name: the device
 * @offset: first byte
 * @buf: filled
 * @len: bytes
 *
 * Return: 0 or a negative errno. A device that sleeps is woken up for it.
 */
int pci_config_read(const char *name, int offset, void *buf, size_t len)
{
	int fd = open_config(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = pread(fd, buf, len, offset);
	close(fd);
	return n == (ssize_t)len ? 0 : -EIO;
}

/**
 * pci_config_write - Write configuration space, whoever has the device
 * @name: the device
 * @offset: first byte
 * @buf: what to write
 * @len: bytes
 *
 * Return: 0 or a negative errno. A device that sleeps is woken up for it.
 */
int pci_config_write(const char *name, int offset, const void *buf, size_t len)
{
	int fd = open_config(name, O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = pwrite(fd, buf, len, offset);
	close(fd);
	return n == (ssize_t)len ? 0 : -EIO;
}

/**
 * pci_take - Move a device to vfio-pci and remember who had it
 * @pci: from pci_find()
 *
 * Return: 0 or a negative errno; the device is with vfio-pci or as found.
 */
int pci_take(struct pci_dev *pci)
{
	int rc;

	pci_driver(pci->name, pci->old_driver);
	if (!strcmp(pci->old_driver, "vfio-pci"))
		return 0;
	rc = pci_unbind_driver(pci->name);
	if (rc)
		return rc;
	pci->taken = true;
	rc = pci_probe_with(pci->name, "vfio-pci");
	if (rc)
		pci_give_back(pci);
	return rc;
}

/**
 * pci_give_back - Undo pci_take()
 * @pci: nothing happens when it is not taken
 *
 * Blocks until every file of the device is closed.
 */
void pci_give_back(struct pci_dev *pci)
{
	if (!pci->taken)
		return;
	pci->taken = false;
	pci_unbind_driver(pci->name);
	if (*pci->old_driver) {
		pci_probe_with(pci->name, "");
	} else {
		/* It was free, so no driver may probe it on the way out */
		char path[PATH_MAX];

		snprintf(path, sizeof(path),
			 SYS_PCI "/devices/%s/driver_override", pci->name);
		file_write(path, "\n");
	}
}

static int read_group(const char *name)
{
	return file_iommu_group(SYS_PCI "/devices", name);
}

/*
 * On device tree machines a function joins its group only when a driver first
 * binds, so a free one has to be shown to vfio-pci once.
 */
static int find_group(const char *name)
{
	struct pci_dev once = { .group = -1 };
	char driver[PCI_NAME_LEN];
	int group = read_group(name);

	if (group >= 0 || !pci_driver(name, driver))
		return group;
	snprintf(once.name, sizeof(once.name), "%.31s", name);
	if (!pci_take(&once)) {
		group = read_group(name);
		pci_give_back(&once);
	}
	return group;
}

static DIR *open_group(int group)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/devices",
		 group);
	return opendir(path);
}

static bool is_endpoint(const char *name)
{
	unsigned int class;
	__u32 id;

	return name[0] != '.' && !read_id(name, &id, &class) &&
	       class != CLASS_BRIDGE;
}

static int count_endpoints(int group)
{
	DIR *dir = open_group(group);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += is_endpoint(entry->d_name);
	closedir(dir);
	return n;
}

/**
 * pci_find_sibling - Find another endpoint of a device's group
 * @pci: a device with a group
 * @sibling: filled
 *
 * Return: 0 or -ENODEV.
 */
int pci_find_sibling(const struct pci_dev *pci, struct pci_dev *sibling)
{
	DIR *dir = open_group(pci->group);
	struct dirent *entry;
	int rc = -ENODEV;

	if (!dir)
		return -ENODEV;
	while (rc && (entry = readdir(dir))) {
		if (!is_endpoint(entry->d_name) ||
		    !strcmp(entry->d_name, pci->name))
			continue;
		memset(sibling, 0, sizeof(*sibling));
		snprintf(sibling->name, sizeof(sibling->name), "%.31s",
			 entry->d_name);
		sibling->group = pci->group;
		rc = 0;
	}
	closedir(dir);
	return rc;
}

static bool is_ours(__u32 id)
{
	return id == PCI_ID_EDU || id == PCI_ID_E1000 || id == PCI_ID_E1000E ||
	       id == PCI_ID_IGB || id == PCI_ID_NVME;
}

/*
 * Leave those of @entries that have @id, and return how many these are. Only when
 * all of our devices have joined their groups can these be counted.
 */
static int select_id(struct dirent **entries, int n, __u32 id)
{
	unsigned int class;
	__u32 this_id;
	int i, left = 0;

	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] == '.' ||
		    read_id(entries[i]->d_name, &this_id, &class))
			this_id = 0;
		if (is_ours(this_id))
			find_group(entries[i]->d_name);
		if (this_id == id)
			entries[left++] = entries[i];
		else
			free(entries[i]);
	}
	return left;
}

static bool keeps_company(const char *name, enum pci_company company)
{
	int group = read_group(name);

	if (company == PCI_NO_IOMMU || group < 0)
		return company == PCI_NO_IOMMU && group < 0;
	return (count_endpoints(group) > 1) == (company == PCI_SHARED);
}

/**
 * pci_find - Find a device by PCI id and by the company it keeps
 * @id: vendor << 16 | device
 * @company: alone in its IOMMU group, with other endpoints, or in no group
 * @nth: skip that many, in the order of their names
 * @pci: filled
 *
 * Return: 0 or -ENODEV.
 */
int pci_find(__u32 id, enum pci_company company, int nth, struct pci_dev *pci)
{
	struct dirent **entries;
	int i, n, rc = -ENODEV;

	n = scandir(SYS_PCI "/devices", &entries, NULL, alphasort);
	if (n < 0)
		return -ENODEV;
	n = select_id(entries, n, id);
	for (i = 0; i < n; i++) {
		if (rc && keeps_company(entries[i]->d_name, company) &&
		    nth-- == 0) {
			memset(pci, 0, sizeof(*pci));
			snprintf(pci->name, sizeof(pci->name), "%.31s",
				 entries[i]->d_name);
			pci->group = read_group(pci->name);
			rc = 0;
		}
		free(entries[i]);
	}
	free(entries);
	return rc;
}
