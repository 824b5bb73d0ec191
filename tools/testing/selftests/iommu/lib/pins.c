// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "pins.h"

/**
 * pins_read - How many pins have been taken and not been given back?
 * @pins: of the whole machine; untouched on failure
 *
 * Return: 0 or a negative errno.
 */
int pins_read(long *pins)
{
	long value, acquired = -1, released = -1;
	char name[64];
	FILE *f;
	int rc;

	/* CPUs keep what they have counted to themselves for a while */
	rc = file_write("/proc/sys/vm/stat_refresh", "1");
	if (rc)
		return rc;
	f = fopen("/proc/vmstat", "re");
	if (!f)
		return -errno;
	while (fscanf(f, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	fclose(f);
	if (acquired < 0 || released < 0)
		return -EIO;
	*pins = acquired - released;
	return 0;
}
