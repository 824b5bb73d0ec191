// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/**
 * file_write - Write a text in one piece
 * @path: a file that is there
 * @text: the text
 *
 * Return: 0 or a negative errno, which can be what the kernel says of the text.
 */
int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/**
 * file_write_number - Write a number
 * @path: as for file_write()
 * @number: the number
 *
 * Return: as of file_write().
 */
int file_write_number(const char *path, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	return file_write(path, text);
}

/**
 * file_read_number - Read a number that is not negative
 * @path: a file that begins with it
 *
 * Return: the number or a negative errno, -EIO if there is none.
 */
long file_read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long number;

	if (!f)
		return -errno;
	if (fscanf(f, "%ld", &number) != 1)
		number = -EIO;
	fclose(f);
	return number;
}

/**
 * file_link_name - Read the name of what a symbolic link leads to
 * @path: the link
 * @name: its last component, cut off after @size bytes
 * @size: room there, with the terminating 0
 *
 * Return: 0 or a negative errno.
 */
int file_link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX], *slash;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : target);
	return 0;
}

/**
 * file_iommu_group - Read which IOMMU group a device is in
 * @devices: the directory of its bus' devices
 * @name: the device
 *
 * Return: the group's number, -1 if it is in none, or in none yet.
 */
int file_iommu_group(const char *devices, const char *name)
{
	char path[PATH_MAX], group[16];

	snprintf(path, sizeof(path), "%s/%s/iommu_group", devices, name);
	return file_link_name(path, group, sizeof(group)) ? -1 : atoi(group);
}
