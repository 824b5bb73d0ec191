// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdinfo.h"

#define PREFIX "iommufd-"
#define ALL 4096

/**
 * fdinfo_read - Read all that the kernel tells of an open file
 * @pid: whose file
 * @fd: which one
 * @text: the lines, with a terminating 0
 * @size: room for them
 *
 * Return: 0 or a negative errno.
 */
int fdinfo_read(pid_t pid, int fd, char *text, size_t size)
{
	char path[64];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
	return n < size - 1 ? 0 : -EMSGSIZE;
}

/* Where the value of a key of ours begins, behind its tab; or NULL */
static const char *find_value(const char *text, const char *key)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "\n" PREFIX "%s:\t", key);
	at = strstr(text, line);
	return at ? at + strlen(line) : NULL;
}

/**
 * fdinfo_value_of - Read a number of a context
 * @pid: whose file
 * @fd: /dev/iommu
 * @key: without what all keys begin with
 *
 * Return: the number or a negative errno, -ENOENT if there is no such line.
 */
long long fdinfo_value_of(pid_t pid, int fd, const char *key)
{
	const char *value;
	char text[ALL];
	int rc;

	rc = fdinfo_read(pid, fd, text, sizeof(text));
	if (rc)
		return rc;
	value = find_value(text, key);
	return value ? strtoll(value, NULL, 10) : -ENOENT;
}

/**
 * fdinfo_value - Read a number of a context of this process
 * @fd: /dev/iommu
 * @key: without what all keys begin with
 *
 * Return: the number or a negative errno, -ENOENT if there is no such line.
 */
long long fdinfo_value(int fd, const char *key)
{
	return fdinfo_value_of(getpid(), fd, key);
}

/**
 * fdinfo_word - Read what stands behind a key
 * @fd: /dev/iommu
 * @key: without what all keys begin with
 * @word: the rest of the line
 * @size: room for it
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such line.
 */
int fdinfo_word(int fd, const char *key, char *word, size_t size)
{
	const char *value;
	char text[ALL];
	int rc;

	rc = fdinfo_read(getpid(), fd, text, sizeof(text));
	if (rc)
		return rc;
	value = find_value(text, key);
	if (!value)
		return -ENOENT;
	snprintf(word, size, "%.*s", (int)strcspn(value, "\n"), value);
	return 0;
}
