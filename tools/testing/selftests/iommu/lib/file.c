// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
