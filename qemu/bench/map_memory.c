// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/hugepage.h"
#include "lib/memory.h"
#include "map.h"

#define PFN_MASK	((1ULL << 55) - 1)
/* Entries of pagemap that are read at once. */
#define BLOCK		512

/* Flags of mmap() and memfd_create() have the size of huge pages there. */
#define SIZE_SHIFT	26

static int make_file(struct memory *memory)
{
	unsigned int flags = 0;

	if (memory->huge) {
		flags = __builtin_ctzl(memory->page);
		flags = MFD_HUGETLB | flags << SIZE_SHIFT;
		/* The pool of 1 GiB is as the command line made it. */
		if (memory->page == MEM_2M &&
		    hugepage_set_count(MEM_2M, memory->real / MEM_2M))
			return -ENOMEM;
	}
	return mem_file_of(memory->real, flags);
}

static int map_file(struct memory *memory)
{
	size_t at;

	memory->fd = make_file(memory);
	if (memory->fd < 0)
		return memory->fd;
	for (at = 0; at < memory->length; at += memory->real) {
		size_t left = memory->length - at;

		if (left > memory->real)
			left = memory->real;
		if (mmap(memory->start + at, left, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, memory->fd,
			 0) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

/* Pages are given one after the other: touch them in no order. */
static int touch_scattered(struct memory *memory)
{
	size_t i, count = memory->length / memory->page;
	uint32_t *order = malloc(count * sizeof(*order));
	uint64_t seed = 1;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		size_t j;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		j = (seed >> 33) % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < count; i++)
		*(volatile char *)(memory->start + order[i] * memory->page) = 1;
	free(order);
	return 0;
}

/* Addresses for it, that start where pages of any size may. */
static char *reserve(size_t length)
{
	char *p = mmap(NULL, length + GIB, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	return (char *)(((uintptr_t)p + GIB - 1) & ~(GIB - 1));
}

static int populate(struct memory *memory)
{
	if (mprotect(memory->start, memory->length, PROT_READ | PROT_WRITE))
		return -errno;
	if (memory->thp)
		return hugepage_make(memory->start, memory->length);
	if (madvise(memory->start, memory->length, MADV_NOHUGEPAGE))
		return -errno;
	if (memory->scattered)
		return touch_scattered(memory);
	return madvise(memory->start, memory->length, MADV_POPULATE_WRITE) ?
	       -errno : 0;
}

/**
 * memory_make - Have memory of a kind, all of it there
 * @memory: the kind
 * @length: bytes of addresses, a multiple of the page
 *
 * It is the process's until its end.
 *
 * Return: 0 or a negative errno; -ENXIO when the pages are not of the kind.
 */
int memory_make(struct memory *memory, size_t length)
{
	int rc;

	memory->fd = -1;
	memory->length = length;
	memory->real = length;
	if (memory->limit && memory->limit < length)
		memory->real = memory->limit;
	memory->start = reserve(length);
	if (!memory->start)
		return -ENOMEM;
	if (!memory->file && !memory->huge)
		rc = populate(memory);
	else
		rc = map_file(memory);
	if (!rc)
		rc = hugepage_check(memory->start, memory->real, memory->page);
	if (!rc && memory->scattered &&
	    memory_runs(memory, length) < length / memory->page * 99 / 100)
		rc = -ENXIO;
	return rc;
}

/**
 * memory_runs - In how many pieces of real memory is it?
 * @memory: made
 * @length: bytes to look at
 */
size_t memory_runs(const struct memory *memory, size_t length)
{
	size_t i, j, page = mem_page_size(), count = length / page, runs = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t block[BLOCK], last = 0;

	for (i = 0; i < count; i += BLOCK) {
		size_t n = count - i < BLOCK ? count - i : BLOCK;

		if (pread(fd, block, n * sizeof(*block),
			  ((uintptr_t)memory->start / page + i) *
			  sizeof(*block)) != (ssize_t)(n * sizeof(*block)))
			break;
		for (j = 0; j < n; j++) {
			runs += (block[j] & PFN_MASK) != last + 1;
			last = block[j] & PFN_MASK;
		}
	}
	close(fd);
	return runs;
}
