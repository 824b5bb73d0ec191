// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/**
 * mem_page_size - The CPU's page size
 */
size_t mem_page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/**
 * mem_alloc - Anonymous memory that forked children share
 * @length: bytes
 *
 * Return: zeroed pages, or NULL.
 */
void *mem_alloc(size_t length)
{
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/**
 * mem_alloc_aligned - Private anonymous memory at an aligned address
 * @length: bytes
 * @alignment: a power of two, at least a page
 *
 * Return: zeroed pages, or NULL.
 */
void *mem_alloc_aligned(size_t length, size_t alignment)
{
	uintptr_t start, want;
	void *p = mmap(NULL, length + alignment, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	start = (uintptr_t)p;
	want = (start + alignment - 1) & ~(alignment - 1);
	if (want > start)
		munmap(p, want - start);
	munmap((void *)(want + length), start + alignment - want);
	return (void *)want;
}

/**
 * mem_free - Give memory back
 * @p: from mem_alloc() or mem_alloc_aligned(), or NULL
 * @length: as then
 */
void mem_free(void *p, size_t length)
{
	if (p)
		munmap(p, length);
}

/* Not periodic within any page or buffer that a test uses */
static __u8 pattern(size_t i, __u32 seed)
{
	__u32 x = (__u32)i * 2654435761u + seed * 40503u + 1;

	return (x ^ (x >> 15)) >> 8;
}

/**
 * mem_file - A file of memory without a name
 * @length: bytes, all of them a hole
 *
 * Return: a descriptor for reading and writing, which can be sealed, or a
 * negative errno.
 */
int mem_file(size_t length)
{
	return mem_file_of(length, MFD_ALLOW_SEALING);
}

/**
 * mem_file_of - mem_file() of another kind
 * @length: bytes, all of them a hole
 * @flags: MFD_..., for memfd_create()
 *
 * Return: a descriptor for reading and writing, or a negative errno.
 */
int mem_file_of(size_t length, unsigned int flags)
{
	int fd = memfd_create("mem_file", MFD_CLOEXEC | flags);
	int rc;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, length)) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/**
 * mem_fill - Write a pattern
 * @p: start
 * @length: bytes
 * @seed: which pattern
 */
void mem_fill(void *p, size_t length, __u32 seed)
{
	volatile __u8 *bytes = p;
	size_t i;

	for (i = 0; i < length; i++)
		bytes[i] = pattern(i, seed);
}

/**
 * mem_is_filled - Is this, byte for byte, what mem_fill() wrote?
 * @p: start
 * @length: bytes
 * @seed: which pattern
 */
bool mem_is_filled(const void *p, size_t length, __u32 seed)
{
	const volatile __u8 *bytes = p;
	size_t i;

	for (i = 0; i < length; i++) {
		if (bytes[i] != pattern(i, seed))
			return false;
	}
	return true;
}

/**
 * mem_crc32 - CRC-32 (IEEE 802.3) of a piece of memory
 * @p: start
 * @length: bytes
 */
__u32 mem_crc32(const void *p, size_t length)
{
	const volatile __u8 *bytes = p;
	__u32 crc = ~0u;
	size_t i;
	int bit;

	for (i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/**
 * mem_pinned_pages_of - How much a process has pinned
 * @pid: the process
 *
 * Return: pages that are accounted to it, by its VmPin line; -1 if it is gone.
 */
long mem_pinned_pages_of(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "VmPin: %ld", &kib);
	fclose(f);
	return kib < 0 ? kib : kib * 1024 / (long)mem_page_size();
}

/**
 * mem_pinned_pages - How much this process has pinned
 *
 * Return: as mem_pinned_pages_of().
 */
long mem_pinned_pages(void)
{
	return mem_pinned_pages_of(getpid());
}
