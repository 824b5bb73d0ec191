// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"

#define ROOT "/sys/fs/cgroup"
#define PATH_LEN 256

static const char *path_of(char *path, const char *name, const char *file)
{
	snprintf(path, PATH_LEN, ROOT "/%s/%s", name, file);
	return path;
}

static int write_file(const char *name, const char *file, const char *text)
{
	char path[PATH_LEN];

	return file_write(path_of(path, name, file), text);
}

/**
 * cgroup_mount - Mount the hierarchy if it is not, with the misc controller
 *
 * Return: 0 or a negative errno.
 */
int cgroup_mount(void)
{
	if (access(ROOT "/cgroup.procs", F_OK) &&
	    mount("cgroup2", ROOT, "cgroup2", 0, NULL))
		return -errno;
	return cgroup_pass_misc("");
}

/**
 * cgroup_make - Make a group
 * @name: the group
 *
 * Return: 0 or a negative errno.
 */
int cgroup_make(const char *name)
{
	char path[PATH_LEN];

	return mkdir(path_of(path, name, ""), 0755) ? -errno : 0;
}

/**
 * cgroup_remove - Remove a group that has no process and no group in it
 * @name: the group
 *
 * Return: 0 or a negative errno.
 */
int cgroup_remove(const char *name)
{
	char path[PATH_LEN];

	return rmdir(path_of(path, name, "")) ? -errno : 0;
}

/**
 * cgroup_pass - Let groups below a group have a controller
 * @name: the group, without processes of its own unless it is the root
 * @controller: as "+misc"
 *
 * Return: 0 or a negative errno.
 */
int cgroup_pass(const char *name, const char *controller)
{
	return write_file(name, "cgroup.subtree_control", controller);
}

/**
 * cgroup_pass_misc - Let groups below a group have the misc controller
 * @name: as for cgroup_pass()
 *
 * Return: 0 or a negative errno.
 */
int cgroup_pass_misc(const char *name)
{
	return cgroup_pass(name, "+misc");
}

/**
 * cgroup_enter - Move the calling process
 * @name: to this group
 *
 * Return: 0 or a negative errno.
 */
int cgroup_enter(const char *name)
{
	return write_file(name, "cgroup.procs", "0");
}

/**
 * cgroup_read - Read one number
 * @name: of this group
 * @file: in this file
 * @key: of the line that starts with this word
 *
 * Return: the number; -ENOENT if there is no such file, -ENODATA if it has no
 * such line, -ERANGE if that does not have a number.
 */
long cgroup_read(const char *name, const char *file, const char *key)
{
	char path[PATH_LEN], word[64], value[64];
	FILE *stream = fopen(path_of(path, name, file), "re");
	long number = -ENODATA;
	char *end;

	if (!stream)
		return -errno;
	while (fscanf(stream, "%63s %63s", word, value) == 2) {
		if (strcmp(word, key))
			continue;
		number = strtol(value, &end, 10);
		if (*end)
			number = -ERANGE;
	}
	fclose(stream);
	return number;
}

/**
 * cgroup_limit - Limit how many PASIDs the processes of a group may hold
 * @name: the group
 * @limit: a number, or "max"
 *
 * Return: 0 or a negative errno.
 */
int cgroup_limit(const char *name, const char *limit)
{
	char text[64];

	snprintf(text, sizeof(text), "pasid %s", limit);
	return write_file(name, "misc.max", text);
}
