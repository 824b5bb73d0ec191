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

#define POOL "/sys/kernel/mm/hugepages/hugepages-%zukB/nr_hugepages"
#define TRIES 5

/* Pages that are asked about at once: as many as 2 MiB have */
#define BLOCK 512

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

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

/* Files in which the kernel tells about pages, of 64 bits each */
struct pages {
	int map;	/* by addresses of this process: where they are */
	int flags;	/* by where they are: of which kind */
};

static void close_pages(struct pages *pages)
{
	if (pages->map >= 0)
		close(pages->map);
	if (pages->flags >= 0)
		close(pages->flags);
}

static int open_pages(struct pages *pages)
{
	int rc = 0;

	pages->flags = -1;
	pages->map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pages->map >= 0)
		pages->flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (pages->flags < 0) {
		rc = -errno;
		close_pages(pages);
	}
	return rc;
}

static int read_numbers(int fd, uint64_t first, uint64_t *numbers, size_t count)
{
	ssize_t want = count * sizeof(*numbers);

	return pread(fd, numbers, want, first * sizeof(*numbers)) == want ?
	       0 : -EIO;
}

/* Where pages of this process are: -ENXIO if one of them is nowhere */
static int read_pfns(const struct pages *pages, const void *p, uint64_t *pfns,
		     size_t count)
{
	size_t i;
	int rc = read_numbers(pages->map, (uintptr_t)p / mem_page_size(), pfns,
			      count);

	for (i = 0; i < count && !rc; i++) {
		if (!(pfns[i] & PAGEMAP_PRESENT))
			rc = -ENXIO;
		pfns[i] &= PAGEMAP_PFN;
		/* The kernel's way to say that this is a secret */
		if (!rc && !pfns[i])
			rc = -EPERM;
	}
	return rc;
}

/* Is this one page, as large as @npages of the smallest and in its place? */
static int check_huge(const struct pages *pages, const char *p, size_t npages)
{
	const uint64_t huge = 1ULL << KPF_HUGE | 1ULL << KPF_THP;
	uint64_t pfns[BLOCK], flags, first = 0;
	size_t i, j;
	int rc;

	for (i = 0; i < npages; i += BLOCK) {
		rc = read_pfns(pages, p + i * mem_page_size(), pfns, BLOCK);
		if (rc)
			return rc;
		first = i ? first : pfns[0];
		for (j = 0; j < BLOCK; j++)
			if (pfns[j] != first + i + j)
				return -ENXIO;
	}
	rc = read_numbers(pages->flags, first, &flags, 1);
	if (rc)
		return rc;
	return first % npages || !(flags & huge) ||
	       !(flags & 1ULL << KPF_COMPOUND_HEAD) ? -ENXIO : 0;
}

/*
 * Are there @npages pages of the smallest size? All of them are there, but only
 * the first is looked at: to ask about each takes long.
 */
static int check_small(const struct pages *pages, const char *p, size_t npages)
{
	const uint64_t large = 1ULL << KPF_COMPOUND_HEAD |
			       1ULL << KPF_COMPOUND_TAIL;
	uint64_t pfns[BLOCK], flags;
	int rc = read_pfns(pages, p, pfns, npages);

	if (!rc)
		rc = read_numbers(pages->flags, pfns[0], &flags, 1);
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
	struct pages pages;
	int rc = open_pages(&pages);

	if (rc)
		return rc;
	while (at < end && !rc) {
		npages = size / page;
		if (npages == 1) {
			npages = (end - at) / page;
			if (npages > BLOCK)
				npages = BLOCK;
			rc = check_small(&pages, at, npages);
		} else {
			rc = check_huge(&pages, at, npages);
		}
		at += npages * page;
	}
	close_pages(&pages);
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
	struct pages pages;
	uint64_t pfn, flags;
	int rc = open_pages(&pages);

	if (rc)
		return rc;
	rc = read_pfns(&pages, p, &pfn, 1);
	if (!rc)
		rc = read_numbers(pages.flags, pfn, &flags, 1);
	if (!rc && !(flags & 1ULL << KPF_ZERO_PAGE))
		rc = -ENXIO;
	close_pages(&pages);
	return rc;
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
