// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "memory.h"
#include "pagemap.h"

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

/**
 * pagemap_read_pfns - Where pages of this process are
 * @p: in the first page
 * @pfns: get their page frame numbers
 * @count: how many pages
 *
 * Return: 0, -ENXIO if one of them is nowhere, -EPERM if the kernel keeps it a
 * secret, or another negative errno.
 */
int pagemap_read_pfns(const void *p, uint64_t *pfns, size_t count)
{
	ssize_t want = count * sizeof(*pfns);
	off_t first = (uintptr_t)p / mem_page_size();
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t i;
	int rc;

	if (fd < 0)
		return -errno;
	rc = pread(fd, pfns, want, first * sizeof(*pfns)) == want ? 0 : -EIO;
	close(fd);
	for (i = 0; i < count && !rc; i++) {
		if (!(pfns[i] & PAGEMAP_PRESENT))
			rc = -ENXIO;
		pfns[i] &= PAGEMAP_PFN;
		if (!rc && !pfns[i])
			rc = -EPERM;
	}
	return rc;
}
