// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "ksm.h"
#include "memory.h"

#define KSM "/sys/kernel/mm/ksm/"

/**
 * ksm_merge - Have two small pages with mem_fill()'s pattern 1 made one
 * @one: a page of private anonymous memory
 * @other: another one
 * @page: bytes of each
 *
 * Return: 0; -ETIMEDOUT when the kernel does not do it, or another negative
 * errno. Either way, ksm_stop() ends it.
 */
int ksm_merge(char *one, char *other, size_t page)
{
	int rc, try;

	mem_fill(one, page, 1);
	mem_fill(other, page, 1);
	if (madvise(one, page, MADV_MERGEABLE) ||
	    madvise(other, page, MADV_MERGEABLE))
		return -errno;
	rc = file_write(KSM "run", "1");
	for (try = 0; !rc && try < 1000; try++) {
		if (file_read_number(KSM "pages_sharing") > 0)
			return 0;
		usleep(10000);
	}
	return rc ? rc : -ETIMEDOUT;
}

/**
 * ksm_stop - Merge no more pages, and let go of what is still merged
 *
 * Return: 0 or a negative errno.
 */
int ksm_stop(void)
{
	return file_write(KSM "run", "2");
}
