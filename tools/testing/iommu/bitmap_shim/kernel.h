/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bitmaps of programs need of the kernel. A page is the memory itself, and
 * to pin a range gives as much of it as the test lets it have.
 */
#ifndef __BITMAP_SHIM_KERNEL_H
#define __BITMAP_SHIM_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef unsigned char u8;
typedef unsigned long long u64;
#define atomic_long_t		struct { long counter; }

#define __user
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define SZ_1G			0x40000000UL
#define GFP_KERNEL		0
#define FOLL_WRITE		1
#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64UL
#define BITS_PER_TYPE(type)	(sizeof(type) * BITS_PER_BYTE)
#define BIT_WORD(nr)		((nr) / BITS_PER_LONG)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ALIGN_DOWN(x, a)	((x) & ~((a) - 1))
#define round_down(x, y)	((x) & ~((y) - 1))
#define offset_in_page(p)	((unsigned long)(p) & (PAGE_SIZE - 1))
#define BITMAP_FIRST_WORD_MASK(start)	(~0UL << ((start) % BITS_PER_LONG))
#define BITMAP_LAST_WORD_MASK(nbits)	(~0UL >> (-(nbits) % BITS_PER_LONG))
#define min_t(type, x, y)	((type)(x) < (type)(y) ? (type)(x) : (type)(y))
#define min(x, y)		((x) < (y) ? (x) : (y))
#define max(x, y)		((x) > (y) ? (x) : (y))
#define unlikely(x)		(x)
#define __ffs(x)		((unsigned long)__builtin_ctzl(x))
#define EXPORT_SYMBOL_GPL(symbol)
#define MODULE_LICENSE(text)
#define MODULE_DESCRIPTION(text)

#define ERR_PTR(error)		((void *)(long)(error))
#define PTR_ERR(pointer)	((long)(pointer))
#define IS_ERR(pointer)		((unsigned long)(pointer) >= -4095UL)

#define kzalloc(size, gfp)	calloc(1, size)
#define kfree(pointer)		free(pointer)
#define __get_free_page(gfp)	((unsigned long)malloc(PAGE_SIZE))
#define free_page(address)	free((void *)(address))
#define kmap_local_page(page)	((void *)(page))
#define kunmap_local(address)	((void)(address))

#define atomic_long_or(mask, v)	((v)->counter |= (mask))

struct page;

long pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int flags,
			 struct page **pages);
void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
				 bool make_dirty);

#endif
