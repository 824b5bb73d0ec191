// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "memory.h"
#include "swap.h"

/* A disk of memory: nothing else is on it */
#define DISK "/dev/ram0"
#define SWAP_SPACE (64UL << 20)

#define GROUP "swap_test"

/* Of each CPU */
#define TRIES 10

/* Where mkswap(8) puts it: the first page of the space */
struct header {
	char boot[1024];
	uint32_t version;
	uint32_t last_page;
	uint32_t nr_badpages;
};

static int make_swap(int fd)
{
	static const char magic[] = "SWAPSPACE2";
	const size_t page = mem_page_size();
	char buffer[page];
	struct header *header = (struct header *)buffer;

	memset(buffer, 0, page);
	header->version = 1;
	header->last_page = SWAP_SPACE / page - 1;
	memcpy(buffer + page - (sizeof(magic) - 1), magic, sizeof(magic) - 1);
	return pwrite(fd, buffer, page, 0) == (ssize_t)page && !fsync(fd) ?
	       0 : -EIO;
}

/**
 * swap_on - Have swap space on a disk of memory
 *
 * It is there until the machine goes down: nobody is worse off with it.
 *
 * Return: 0, also if it was there before; -ENOENT if this kernel has no such
 * disk, -ENOSYS if it cannot swap, or another negative errno.
 */
int swap_on(void)
{
	int fd = open(DISK, O_RDWR | O_EXCL | O_CLOEXEC), rc;

	/* In use: as what else? */
	if (fd < 0)
		return errno == EBUSY ? 0 : -errno;
	rc = make_swap(fd);
	close(fd);
	return rc || !swapon(DISK, 0) ? rc : -errno;
}

/**
 * swap_resident - How many pages are in memory?
 * @p: start
 * @length: bytes, whole pages
 *
 * Return: the number or a negative errno.
 */
long swap_resident(const void *p, size_t length)
{
	size_t i, npages = length / mem_page_size();
	unsigned char *resident = malloc(npages);
	long count = 0;

	if (!resident)
		return -ENOMEM;
	if (mincore((void *)p, length, resident))
		count = -errno;
	for (i = 0; i < npages && count >= 0; i++)
		count += resident[i] & 1;
	free(resident);
	return count;
}

/* Each CPU keeps some pages to itself, which nobody else can take away */
static int page_out_from(int cpu, const void *p, size_t length)
{
	cpu_set_t before, one;
	int rc = 0;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_getaffinity(0, sizeof(before), &before) ||
	    sched_setaffinity(0, sizeof(one), &one))
		return -errno;
	if (madvise((void *)p, length, MADV_PAGEOUT))
		rc = -errno;
	return sched_setaffinity(0, sizeof(before), &before) && !rc ?
	       -errno : rc;
}

/**
 * swap_out - Have memory swapped out
 * @p: start
 * @length: bytes, whole pages
 *
 * Return: 0 when all of it is, -EAGAIN when not, or another negative errno.
 */
int swap_out(const void *p, size_t length)
{
	const int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long count = 1;
	int try, rc;

	for (try = 0; try < TRIES * cpus && count > 0; try++) {
		rc = page_out_from(try % cpus, p, length);
		if (rc)
			return rc;
		count = swap_resident(p, length);
	}
	return count > 0 ? -EAGAIN : count;
}

/**
 * swap_enter - Move this process to a group that memory can be taken from
 *
 * What it has from here on is the group's, which stays behind when it ends.
 *
 * Return: 0 or a negative errno.
 */
int swap_enter(void)
{
	int rc = cgroup_mount();

	rc = rc ? rc : cgroup_pass("", "+memory");
	if (rc)
		return rc;
	/* That of a process before */
	cgroup_remove(GROUP);
	rc = cgroup_make(GROUP);
	return rc ? rc : cgroup_enter(GROUP);
}

/**
 * swap_reclaim - Have the kernel look for memory of the group to free
 * @length: bytes
 *
 * Return: 0 when it found as much, -EAGAIN when not, or another negative errno.
 */
int swap_reclaim(size_t length)
{
	return file_write_number("/sys/fs/cgroup/" GROUP "/memory.reclaim",
				 length);
}
