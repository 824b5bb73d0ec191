// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "file.h"
#include "memory.h"
#include "pagemap.h"
#include "zone.h"

#define CMA "/sys/kernel/debug/cma/reserved/"

/**
 * zone_find_movable - Where is ZONE_MOVABLE?
 * @zone: undefined on failure
 *
 * Return: 0, -ENOENT if there is none, or another negative errno.
 */
int zone_find_movable(struct zone *zone)
{
	FILE *f = fopen("/proc/zoneinfo", "re");
	char line[128], name[32];
	unsigned long number;
	int found = 0;

	if (!f)
		return -errno;
	name[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %*u, zone %31s", name) == 1 ||
		    strcmp(name, "Movable"))
			continue;
		if (sscanf(line, " spanned %lu", &number) == 1) {
			zone->count = number;
			found++;
		} else if (sscanf(line, " start_pfn: %lu", &number) == 1) {
			zone->first = number;
			found++;
		}
	}
	fclose(f);
	return found == 2 && zone->count ? 0 : -ENOENT;
}

/**
 * zone_find_cma - Where is the first area of the contiguous memory allocator?
 * @zone: undefined on failure
 *
 * Return: 0, -ENOENT if there is none, or another negative errno.
 */
int zone_find_cma(struct zone *zone)
{
	long first = file_read_number(CMA "base_pfn");
	long count = file_read_number(CMA "count");

	if (first < 0)
		return first;
	zone->first = first;
	zone->count = count;
	return count < 0 ? count : 0;
}

/**
 * zone_count - How many pages of this process are there?
 * @zone: the area
 * @p: start
 * @length: bytes, whole pages
 *
 * Return: the number, or a negative errno; -ENXIO if a page is nowhere.
 */
long zone_count(const struct zone *zone, const void *p, size_t length)
{
	const size_t page = mem_page_size();
	uint64_t pfns[64];
	size_t at, i, npages;
	long count = 0;
	int rc;

	for (at = 0; at < length; at += npages * page) {
		npages = (length - at) / page;
		if (npages > 64)
			npages = 64;
		rc = pagemap_read_pfns((const char *)p + at, pfns, npages);
		if (rc)
			return rc;
		for (i = 0; i < npages; i++)
			count += pfns[i] - zone->first < zone->count;
	}
	return count;
}

/**
 * zone_use_up - Use up memory, for as long as this process lives
 * @p: memory that is there; the process will not find it there any more
 * @length: bytes of it
 * @more: bytes more than that, as huge pages if there are any
 *
 * What comes next is from elsewhere, in the end. It would not be if @p were given
 * back.
 *
 * Return: 0 or a negative errno.
 */
int zone_use_up(void *p, size_t length, size_t more)
{
	char *to = mem_alloc_aligned(length + more, MEM_2M);

	if (!to)
		return -ENOMEM;
	if (mremap(p, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return -errno;
	madvise(to + length, more, MADV_HUGEPAGE);
	return madvise(to + length, more, MADV_POPULATE_WRITE) ? -errno : 0;
}
