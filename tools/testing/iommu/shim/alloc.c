// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocator that counts, and fails on demand. What it gives is filled with
 * garbage, and lies in a block of its own that ASan guards.
 */
#include "kernel.h"

/* What precedes each block. */
struct header {
	size_t bytes;
	size_t magic;
};

#define MAGIC 0x5ca1ab1e0ddba11UL

long shim_allocs_left = -1;
size_t shim_live_bytes;
unsigned long shim_live_blocks;

void *shim_alloc(size_t n, size_t size)
{
	struct header *header;
	size_t bytes;

	if (!shim_allocs_left)
		return NULL;
	if (shim_allocs_left > 0)
		shim_allocs_left--;

	assert(n && size);
	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;

	header = malloc(sizeof(*header) + bytes);
	assert(header);
	header->bytes = bytes;
	header->magic = MAGIC;
	shim_live_bytes += bytes;
	shim_live_blocks++;
	return memset(header + 1, 0xa5, bytes);
}

void *shim_zalloc(size_t size)
{
	void *p = shim_alloc(1, size);

	return p ? memset(p, 0, size) : NULL;
}

void shim_free(const void *p)
{
	struct header *header;

	if (!p)
		return;
	header = (struct header *)p - 1;
	assert(header->magic == MAGIC);
	header->magic = 0;
	shim_live_bytes -= header->bytes;
	shim_live_blocks--;
	free(header);
}
