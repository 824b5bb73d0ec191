// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict port and the console.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define PORT_NAME	"org.iommu.verdict"
#define PORT_CLASS	"/sys/class/virtio-ports"

static int port = -1;

static bool has_name(const char *dev)
{
	char path[128], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), PORT_CLASS "/%.64s/name", dev);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	return !strcmp(name, PORT_NAME);
}

static int open_port(void)
{
	DIR *dir = opendir(PORT_CLASS);
	struct dirent *entry;
	char path[128];
	int fd = -1;

	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		if (!has_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%.64s", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	closedir(dir);
	return fd;
}

/* The port's name arrives by a control message, some time after the device. */
int report_open(void)
{
	for (int i = 0; i < 100 && port < 0; i++) {
		port = open_port();
		if (port < 0)
			usleep(100 * 1000);
	}
	return port < 0 ? -1 : 0;
}

static void append(char *line, size_t size, size_t *len, const char *field)
{
	for (; *field && *len < size - 2; field++) {
		unsigned char c = *field;

		line[(*len)++] = c < ' ' || c == 0x7f ? ' ' : c;
	}
}

/* Send one record. The last argument is NULL. */
void report(const char *type, ...)
{
	char line[1024];
	const char *field;
	size_t len = 0;
	ssize_t n;
	va_list ap;

	append(line, sizeof(line), &len, type);
	va_start(ap, type);
	while ((field = va_arg(ap, const char *)) && len < sizeof(line) - 2) {
		line[len++] = '\t';
		append(line, sizeof(line), &len, field);
	}
	va_end(ap);
	line[len++] = '\n';

	for (size_t done = 0; done < len; done += n) {
		n = write(port, line + done, len - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			break;
	}
}

/* Tell the console, for whoever reads it along. */
void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* A number as a field of report(). Good for the next three calls. */
const char *num(long value)
{
	static char text[4][24];
	static unsigned int next;
	char *p = text[next++ % 4];

	snprintf(p, sizeof(text[0]), "%ld", value);
	return p;
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}
