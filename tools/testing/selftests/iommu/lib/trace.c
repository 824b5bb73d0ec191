// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests have a trace buffer of their own, which only gets the events of the
 * thread that started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "trace.h"

#define TRACEFS "/sys/kernel/tracing"
#define BUFFER TRACEFS "/instances/iommu_test"

/* Append the event of a line, without what the kernel puts before all of them */
static int append_event(char *text, const char *line)
{
	const char *event = strstr(line, " iommufd_");
	size_t length = strlen(text);

	if (!event)
		return -EINVAL;
	if (length + strlen(event) + 1 > TRACE_TEXT)
		return -EMSGSIZE;
	snprintf(text + length, TRACE_TEXT - length, "%s\n",
		 event + strlen(" iommufd_"));
	return 0;
}

/**
 * trace_take - Take what was told since the last time
 * @pipe: from trace_start()
 * @text: TRACE_TEXT bytes: a line for each event, from its name on, without
 *	the "iommufd_" that all have
 *
 * Return: 0 or a negative errno.
 */
int trace_take(int pipe, char *text)
{
	char raw[2 * TRACE_TEXT], *line, *rest;
	size_t length = 0;
	ssize_t n;
	int rc = 0;

	do {
		n = read(pipe, raw + length, sizeof(raw) - 1 - length);
		length += n > 0 ? n : 0;
	} while (n > 0 && length < sizeof(raw) - 1);
	if (n > 0 || (n < 0 && errno != EAGAIN))
		return n > 0 ? -EMSGSIZE : -errno;
	raw[length] = 0;

	text[0] = 0;
	for (line = strtok_r(raw, "\n", &rest); line && !rc;
	     line = strtok_r(NULL, "\n", &rest))
		rc = append_event(text, line);
	return rc;
}

/**
 * trace_start - Trace what this thread does with /dev/iommu
 *
 * Return: a file for the other functions, or a negative errno; -ENOENT if the
 * kernel cannot trace.
 */
int trace_start(void)
{
	char text[TRACE_TEXT];
	char pid[16];
	int fd, rc;

	/* In vain if it is there. */
	if (access(TRACEFS "/instances", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (mkdir(BUFFER, 0700) && errno != EEXIST)
		return -errno;
	snprintf(pid, sizeof(pid), "%d", gettid());
	/* Events of one call can be of two processors. */
	rc = file_write(BUFFER "/trace_clock", "global");
	if (!rc)
		rc = file_write(BUFFER "/set_event_pid", pid);
	if (!rc)
		rc = file_write(BUFFER "/events/iommufd/enable", "1");
	if (rc)
		return rc;
	fd = open(BUFFER "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* What the test before this one has left. */
	while (read(fd, text, sizeof(text)) > 0)
		;
	return fd;
}

/**
 * trace_remove - Give the buffer back, which is dear to make, after all tests
 *
 * For a destructor of the program: tests are processes that run none.
 */
void trace_remove(void)
{
	rmdir(BUFFER);
}
