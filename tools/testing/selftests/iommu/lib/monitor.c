// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "monitor.h"

#define CLASS "/sys/class/virtio-ports"
#define NAME "org.iommu.monitor"
#define PROMPT "(qemu) "

#define COMMAND_MAX 100
/* The echo of a command is repeated with every character of it */
#define ANSWER_MAX (4 * COMMAND_MAX * COMMAND_MAX)
#define ANSWER_SECONDS 20

static int has_name(const char *port)
{
	char path[PATH_MAX], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), CLASS "/%s/name", port);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	name[strcspn(name, "\n")] = '\0';
	return !strcmp(name, NAME);
}

/**
 * monitor_open - Open the port
 *
 * Return: a file, -ENODEV when the machine has no such port, or another
 * negative errno: -EBUSY when somebody has it open.
 */
int monitor_open(void)
{
	DIR *dir = opendir(CLASS);
	struct dirent *entry;
	char path[PATH_MAX];
	int fd = -ENODEV;

	if (!dir)
		return -ENODEV;
	while (fd == -ENODEV && (entry = readdir(dir))) {
		if (!has_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	closedir(dir);
	return fd;
}

/* What was said to a command: the lines from its echo to the next prompt */
static int judge(const char *text, const char *command)
{
	const char *answer = strstr(text, command), *end;

	answer = answer ? strchr(answer, '\n') : NULL;
	end = answer ? strstr(answer, PROMPT) : NULL;
	if (!end)
		return -EAGAIN;
	answer++;
	if (answer == end)
		return 0;
	printf("# %s: %.*s", command, (int)(end - answer), answer);
	return -EREMOTEIO;
}

/**
 * monitor_do - Give a command, and wait until it was executed
 * @fd: from monitor_open()
 * @command: one of those that say nothing when all is well, without a newline
 *
 * Return: 0; -EREMOTEIO when something was said, which is printed; -ETIMEDOUT;
 * or another negative errno.
 */
int monitor_do(int fd, const char *command)
{
	time_t deadline = time(NULL) + ANSWER_SECONDS;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	char text[ANSWER_MAX + 1], line[COMMAND_MAX + 2];
	int rc = -EAGAIN, length;
	size_t used = 0;
	ssize_t n;

	length = snprintf(line, sizeof(line), "%s\n", command);
	if (length >= (int)sizeof(line))
		return -E2BIG;
	/* What was said to others, or as a greeting */
	while (read(fd, text, ANSWER_MAX) > 0)
		;
	if (write(fd, line, length) != length)
		return -EIO;
	while (rc == -EAGAIN) {
		if (time(NULL) > deadline || used == ANSWER_MAX)
			return -ETIMEDOUT;
		poll(&pollfd, 1, 100);
		n = read(fd, text + used, ANSWER_MAX - used);
		if (n <= 0)
			continue;
		used += n;
		text[used] = '\0';
		rc = judge(text, command);
	}
	return rc;
}
