// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "dump.h"
#include "fdinfo.h"

#define DEBUGFS "/sys/kernel/debug"
#define DIR DEBUGFS "/iommufd"

/**
 * dump_path - The file in debugfs of an open context
 * @fd: /dev/iommu
 * @path: its path, DUMP_PATH bytes
 *
 * Return: 0 or a negative errno.
 */
int dump_path(int fd, char *path)
{
	long long number = fdinfo_value(fd, "context");

	if (number < 0)
		return number;
	/* In vain if it is there. */
	if (access(DIR, F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	snprintf(path, DUMP_PATH, DIR "/%lld", number);
	return 0;
}

/**
 * dump_read_path - Read a whole file
 * @path: from dump_path()
 * @step: bytes to ask for in each read
 *
 * Return: the text, to be freed, or NULL.
 */
char *dump_read_path(const char *path, size_t step)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0, room = 0;
	char *text = NULL, *more;
	ssize_t n;

	if (fd < 0)
		return NULL;
	do {
		if (room < length + step + 1) {
			room = 2 * (length + step + 1);
			more = realloc(text, room);
			if (!more) {
				n = -1;
				break;
			}
			text = more;
		}
		n = read(fd, text + length, step);
		length += n > 0 ? n : 0;
	} while (n > 0);
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[length] = 0;
	return text;
}

/**
 * dump_read - Read all that debugfs shows of a context
 * @fd: /dev/iommu
 *
 * Return: the text, to be freed, or NULL.
 */
char *dump_read(int fd)
{
	char path[DUMP_PATH];

	return dump_path(fd, path) ? NULL : dump_read_path(path, 65536);
}

/**
 * dump_has - Is there a line that contains this?
 * @fd: /dev/iommu
 * @fmt: what to look for
 */
bool dump_has(int fd, const char *fmt, ...)
{
	char *text = dump_read(fd);
	char wanted[256];
	va_list args;
	bool found;

	va_start(args, fmt);
	vsnprintf(wanted, sizeof(wanted), fmt, args);
	va_end(args);
	found = text && strstr(text, wanted);
	free(text);
	return found;
}
