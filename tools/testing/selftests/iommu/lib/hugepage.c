// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kernel-page-flags.h>

#include "file.h"
#include "hugepage.h"
#include "memory.h"
#include "pagemap.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-%zukB/nr_hugepages"
#define TRIES 5

/* How long khugepaged waits before it looks for work, and the longest time */
#define KHUGEPAGED \
	"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define FOR_EVER 4294967295L

/* Pages that are asked about at once: as many as 2 MiB have */
#define BLOCK 512

static const char *pool_of(char *path, size_t length, size_t size)
{
	snprintf(path, length, POOL, size / 1024);
	return path;
}

/**
 * hugepage_count - How many pages a pool has
 * @size: bytes of a page
 *
 * Return: the number, or a negative errno; -ENOENT for a size that no pool has.
 */
long hugepage_count(size_t size)
{
	char path[128];

	return file_read_number(pool_of(path, sizeof(path), size));
}

/**
 * hugepage_set_count - Make a pool larger or smaller
 * @size: bytes of a page
 * @count: how many there shall be
 *
 * Return: 0 or a negative errno; -ENOMEM when it became less than @count.
 */
int hugepage_set_count(size_t size, long count)
{
	char path[128];
	int rc = file_write_number(pool_of(path, sizeof(path), size), count);

	if (!rc && hugepage_count(size) < count)
		rc = -ENOMEM;
	return rc;
}

/* What the kernel tells about a page frame, KPF_... */
static int read_flags(uint64_t pfn, uint64_t *flags)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = pread(fd, flags, sizeof(*flags), pfn * sizeof(*flags)) ==
	     sizeof(*flags) ? 0 : -EIO;
	close(fd);
	return rc;
}

/* Is this one page, as large as @npages of the smallest and in its place? */
static int check_huge(const char *p, size_t npages)
{
	const uint64_t huge = 1ULL << KPF_HUGE | 1ULL << KPF_THP;
	uint64_t pfns[BLOCK], flags, first = 0;
	size_t i, j;
	int rc;

	for (i = 0; i < npages; i += BLOCK) {
		rc = pagemap_read_pfns(p + i * mem_page_size(), pfns, BLOCK);
		if (rc)
			return rc;
		first = i ? first : pfns[0];
		for (j = 0; j < BLOCK; j++)
			if (pfns[j] != first + i + j)
				return -ENXIO;
	}
	rc = read_flags(first, &flags);
	if (rc)
		return rc;
	return first % npages || !(flags & huge) ||
	       !(flags & 1ULL << KPF_COMPOUND_HEAD) ? -ENXIO : 0;
}

/*
 * Are there @npages pages of the smallest size? All of them are there, but only
 * the first is looked at: to ask about each takes long.
 */
static int check_small(const char *p, size_t npages)
{
	const uint64_t large = 1ULL << KPF_COMPOUND_HEAD |
			       1ULL << KPF_COMPOUND_TAIL;
	uint64_t pfns[BLOCK], flags;
	int rc = pagemap_read_pfns(p, pfns, npages);

	if (!rc)
		rc = read_flags(pfns[0], &flags);
	if (!rc && (flags & large))
		rc = -ENXIO;
	return rc;
}

/**
 * hugepage_check - Are there pages of this size behind memory?
 * @p: start, aligned to @size
 * @length: bytes, a multiple of @size
 * @size: of each page: the CPU's smallest, or at least 512 times that
 *
 * Return: 0, -ENXIO if some are not there or of another size, or another
 * negative errno.
 */
int hugepage_check(const void *p, size_t length, size_t size)
{
	const char *at = p, *end = at + length;
	size_t page = mem_page_size(), npages;
	int rc = 0;

	while (at < end && !rc) {
		npages = size / page;
		if (npages == 1) {
			npages = (end - at) / page;
			if (npages > BLOCK)
				npages = BLOCK;
			rc = check_small(at, npages);
		} else {
			rc = check_huge(at, npages);
		}
		at += npages * page;
	}
	return rc;
}

/**
 * hugepage_is_zero - Is the kernel's page of zeroes behind memory?
 * @p: address in it
 *
 * Return: 0, -ENXIO if not, or another negative errno.
 */
int hugepage_is_zero(const void *p)
{
	uint64_t pfn, flags;
	int rc = pagemap_read_pfns(p, &pfn, 1);

	if (!rc)
		rc = read_flags(pfn, &flags);
	return rc || flags & 1ULL << KPF_ZERO_PAGE ? rc : -ENXIO;
}

/*
 * What a test splits is to stay so until it says otherwise. To set it has it look
 * once more: before there is anything to find.
 */
static void stop_khugepaged(void)
{
	if (file_read_number(KHUGEPAGED) != FOR_EVER)
		file_write_number(KHUGEPAGED, FOR_EVER);
}

/**
 * hugepage_make - Have huge pages behind ordinary memory
 * @p: start, aligned to 2 MiB; private anonymous memory
 * @length: bytes, a multiple of 2 MiB; what was in the memory is lost
 *
 * Return: 0 when all of it is huge pages now, -ENXIO when the kernel has none
 * to give, or another negative errno.
 */
int hugepage_make(void *p, size_t length)
{
	int try, rc = -ENXIO;

	stop_khugepaged();
	for (try = 0; try < TRIES && rc == -ENXIO; try++) {
		if (try) {
			madvise(p, length, MADV_DONTNEED);
			file_write("/proc/sys/vm/compact_memory", "1");
		}
		if (madvise(p, length, MADV_HUGEPAGE) ||
		    madvise(p, length, MADV_POPULATE_WRITE))
			return -errno;
		rc = hugepage_check(p, length, MEM_2M);
	}
	return rc;
}

/**
 * hugepage_split - Ask the kernel to make small pages of what it made huge
 * @p: start
 * @length: bytes
 *
 * Return: 0, also when it did not, or a negative errno.
 */
int hugepage_split(const void *p, size_t length)
{
	char text[64];

	snprintf(text, sizeof(text), "%d,0x%lx,0x%lx", getpid(), (long)p,
		 (long)p + length);
	return file_write("/sys/kernel/debug/split_huge_pages", text);
}
