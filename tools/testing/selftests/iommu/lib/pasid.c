// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "pasid.h"

#define DEBUGFS "/sys/kernel/debug"
#define DIR DEBUGFS "/ioasid"

/**
 * pasid_open - Make an empty set of PASIDs
 *
 * Return: its file, or -errno; -ENOENT if the kernel has no such file.
 */
int pasid_open(void)
{
	int fd;

	/* In vain if it is there. */
	if (access(DIR, F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	fd = open(DIR "/test", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * pasid_write - Write a command as it is
 * @fd: the set
 * @command: the command
 *
 * Return: 0 or a negative errno; -EIO if it was not taken as a whole.
 */
int pasid_write(int fd, const char *command)
{
	ssize_t length = strlen(command);
	ssize_t n = write(fd, command, length);

	if (n < 0)
		return -errno;
	return n == length ? 0 : -EIO;
}

/**
 * pasid_do - Carry out a command; the calling process pays
 * @fd: the set
 * @verb: "alloc", "free", "get" or "put"
 * @number: how many to allocate; else which one
 *
 * Return: 0 or a negative errno.
 */
int pasid_do(int fd, const char *verb, unsigned int number)
{
	char command[32];

	snprintf(command, sizeof(command), "%s %u", verb, number);
	return pasid_write(fd, command);
}

/**
 * pasid_list - List the allocated numbers of a set, the newest first
 * @fd: the set
 * @ids: gets them
 * @max: room there; the list has to be shorter than a page
 *
 * Return: how many there are.
 */
int pasid_list(int fd, unsigned int *ids, int max)
{
	char text[4096], *next = text;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int count = 0;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	for (; *next && count < max; next += strspn(next, "\n"))
		ids[count++] = strtoul(next, &next, 10);
	return count;
}

/**
 * pasid_do_in - Have a process in a cgroup carry out a command and end
 * @cgroup: the cgroup
 * @fd: the set
 * @verb: see pasid_do()
 * @number: likewise
 *
 * Return: 0 or a negative errno.
 */
int pasid_do_in(const char *cgroup, int fd, const char *verb,
		unsigned int number)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (cgroup_enter(cgroup))
			_exit(ENXIO);
		_exit(-pasid_do(fd, verb, number));
	}
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/**
 * pasid_find_set - Find a set in the file "sets"
 * @pid: the last one that this process made
 * @set: gets what is written there
 *
 * Return: 0, or -ENODATA if there is none.
 */
int pasid_find_set(pid_t pid, struct pasid_set *set)
{
	struct pasid_set each;
	char text[256];
	FILE *file = fopen(DIR "/sets", "re");
	int rc = -ENODATA;

	if (!file)
		return -errno;
	while (fgets(text, sizeof(text), file)) {
		if (sscanf(text, "%15s %d %15s %u %15s %u %u", each.owner,
			   &each.pid, each.type, &each.used, each.ceiling,
			   &each.parked, &each.peak) != 7 || each.pid != pid)
			continue;
		*set = each;
		rc = 0;
	}
	fclose(file);
	return rc;
}

/**
 * pasid_find_line - Find a number in the file "ids"
 * @id: the number
 * @line: gets what is written there
 *
 * Return: 0, or -ENODATA if it is not there.
 */
int pasid_find_line(unsigned int id, struct pasid_line *line)
{
	char text[256];
	FILE *file = fopen(DIR "/ids", "re");
	unsigned int each;
	int rc = -ENODATA;

	if (!file)
		return -errno;
	while (rc && fgets(text, sizeof(text), file))
		if (sscanf(text, "%u %15s %15s %u %d %15s", &each, line->spid,
			   line->state, &line->refs, &line->pid,
			   line->owner) == 6 && each == id)
			rc = 0;
	fclose(file);
	return rc;
}
