// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in memory never changes: reading has to give it, and who writes has to
 * write the same.
 */
#include "world.h"

static unsigned char byte_at(unsigned long pfn, size_t offset)
{
	return pfn * 37 + offset;
}

void world_fill(unsigned long user_page, size_t offset, unsigned char *data,
		size_t length)
{
	size_t i;

	for (i = 0; i < length; i++, offset++)
		data[i] = byte_at(world.user_pfn[user_page + offset / PAGE_SIZE],
				  offset % PAGE_SIZE);
}

void memcpy_from_page(char *to, struct page *page, size_t offset,
		      size_t length)
{
	unsigned long pfn = page_to_pfn(page);
	size_t i;

	assert(world.pins[pfn] && offset + length <= PAGE_SIZE);
	for (i = 0; i < length; i++)
		to[i] = byte_at(pfn, offset + i);
}

void memcpy_to_page(struct page *page, size_t offset, const char *from,
		    size_t length)
{
	unsigned long pfn = page_to_pfn(page);
	size_t i;

	assert(world.pins[pfn] && offset + length <= PAGE_SIZE);
	for (i = 0; i < length; i++)
		assert((unsigned char)from[i] == byte_at(pfn, offset + i));
	world.written += length;
}

unsigned long copy_from_user(void *to, const void __user *from,
			     unsigned long n)
{
	unsigned long at = (unsigned long)from - WORLD_USER_BASE;

	world_fill(at / PAGE_SIZE, at % PAGE_SIZE, to, n);
	return 0;
}

unsigned long copy_to_user(void __user *to, const void *from,
			   unsigned long n)
{
	unsigned long at = (unsigned long)to - WORLD_USER_BASE, i;
	const unsigned char *data = from;

	for (i = 0; i < n; i++, at++)
		assert(data[i] == byte_at(world.user_pfn[at / PAGE_SIZE],
					  at % PAGE_SIZE));
	world.written += n;
	return 0;
}
