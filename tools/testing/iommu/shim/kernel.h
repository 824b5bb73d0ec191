/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little of the kernel's API that the tested code uses, on top of libc. The
 * headers in linux/ lead here, so that the code compiles unchanged.
 */
#ifndef __SHIM_KERNEL_H
#define __SHIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef unsigned long long u64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(nr)			(1UL << (nr))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))

/* As strict about types as the kernel's. */
#define min(x, y) ({						\
	__typeof__(x) _x = (x);					\
	__typeof__(y) _y = (y);					\
	static_assert(__builtin_types_compatible_p(__typeof__(_x),	\
						   __typeof__(_y)), "min"); \
	_x < _y ? _x : _y; })
#define min_t(type, x, y)	min((type)(x), (type)(y))

#define GFP_KERNEL_ACCOUNT	0U

void *shim_alloc(size_t n, size_t size);
void shim_free(const void *p);

/* kmalloc() and kvmalloc() differ in what they can give, not for the caller. */
#define kmalloc_array(n, size, gfp)	((void)(gfp), shim_alloc(n, size))
#define kvmalloc_array(n, size, gfp)	((void)(gfp), shim_alloc(n, size))
#define kfree(p)			shim_free(p)
#define kvfree(p)			shim_free(p)

/*
 * Allocations that may still succeed, -1 for any number. And what is allocated
 * at the moment.
 */
extern long shim_allocs_left;
extern size_t shim_live_bytes;
extern unsigned long shim_live_blocks;

#endif
