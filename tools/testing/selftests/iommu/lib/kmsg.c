// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kmsg.h"

#define WAIT_SECONDS 3

/**
 * kmsg_open - Start to listen to the kernel's log
 *
 * Return: a file that delivers what is logged from now on, or -errno.
 */
int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_END) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

/* Read one record and keep its text: what follows the first ';' */
static ssize_t read_record(int fd, char *line)
{
	char record[2048], *text;
	ssize_t n = read(fd, record, sizeof(record) - 1);

	if (n <= 0)
		return n;
	record[n] = '\0';
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, KMSG_LINE, "%.511s", text);
	return n;
}

/**
 * kmsg_wait - Wait for a line
 * @fd: from kmsg_open()
 * @needle: part of the line
 * @line: the whole line, KMSG_LINE bytes
 *
 * Return: 0, or -ETIMEDOUT after three seconds without it.
 */
int kmsg_wait(int fd, const char *needle, char *line)
{
	time_t deadline = time(NULL) + WAIT_SECONDS;

	for (;;) {
		ssize_t n = read_record(fd, line);

		if (n > 0 && strstr(line, needle))
			return 0;
		if (n > 0 || (n < 0 && errno == EPIPE))
			continue;
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(10000);
	}
}

/**
 * kmsg_wait_fault - Wait for the IOMMU to report a refused access
 * @fd: from kmsg_open()
 * @name: PCI name of the device
 * @iova: the address, page aligned
 * @line: the line that says so, KMSG_LINE bytes
 *
 * VT-d names device and address in one line; SMMUv3 prints the event record in
 * hexadecimal, one double word a line, the third of which is the address.
 *
 * Return: 0 or -ETIMEDOUT.
 */
int kmsg_wait_fault(int fd, const char *name, __u64 iova, char *line)
{
	char needle[64];

#ifdef __aarch64__
	(void)name;
	snprintf(needle, sizeof(needle), "0x%016llx", (unsigned long long)iova);
	return kmsg_wait(fd, needle, line);
#else
	int rc;

	snprintf(needle, sizeof(needle), "fault addr 0x%llx ",
		 (unsigned long long)iova);
	do {
		rc = kmsg_wait(fd, needle, line);
	} while (!rc && !strstr(line, strchr(name, ':') + 1));
	return rc;
#endif
}
