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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u64 phys_addr_t;

#define IS_ENABLED(CONFIG_option)	1

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(nr)			(1UL << (nr))
#define BIT_ULL(nr)		(1ULL << (nr))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define IS_ALIGNED(x, a)	(((x) & ((a) - 1)) == 0)
#define SZ_2M			0x00200000
#define SZ_64M			0x04000000
#define SZ_1G			0x40000000

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile __typeof__(x) *)&(x) = (value))

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)

#define container_of(ptr, type, member)				\
	((type *)((char *)(ptr) - offsetof(type, member)))

#define __uninitialized

/* As strict about types as the kernel's. */
#define __pick(x, op, y) ({					\
	__typeof__(x) _x = (x);					\
	__typeof__(y) _y = (y);					\
	static_assert(__builtin_types_compatible_p(__typeof__(_x),	\
						   __typeof__(_y)), "type"); \
	_x op _y ? _x : _y; })
#define swap(x, y)	\
	do { __typeof__(x) _x = (x); (x) = (y); (y) = _x; } while (0)
#define min(x, y)		__pick(x, <, y)
#define max(x, y)		__pick(x, >, y)
#define min_t(type, x, y)	min((type)(x), (type)(y))

/* Circular lists, as far as they are used */
struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static inline void list_add(struct list_head *item, struct list_head *list)
{
	item->next = list->next;
	item->prev = list;
	list->next->prev = item;
	list->next = item;
}

static inline void list_add_tail(struct list_head *item, struct list_head *list)
{
	list_add(item, list->prev);
}

static inline void list_del(struct list_head *item)
{
	item->next->prev = item->prev;
	item->prev->next = item->next;
}

static inline void list_del_init(struct list_head *item)
{
	list_del(item);
	INIT_LIST_HEAD(item);
}

#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }

#define list_first_entry(list, type, member)	\
	container_of((list)->next, type, member)
#define list_next_entry(pos, member)		\
	container_of((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member)		\
	container_of((pos)->member.prev, __typeof__(*(pos)), member)

#define list_for_each_entry(pos, list, member)				\
	for (pos = list_first_entry(list, __typeof__(*pos), member);	\
	     &pos->member != (list); pos = list_next_entry(pos, member))

#define list_for_each_entry_safe(pos, n, list, member)			\
	for (pos = list_first_entry(list, __typeof__(*pos), member),	\
	     n = list_next_entry(pos, member);				\
	     &pos->member != (list); pos = n, n = list_next_entry(n, member))

#define list_for_each_entry_continue_reverse(pos, list, member)		\
	for (pos = list_prev_entry(pos, member);			\
	     &pos->member != (list); pos = list_prev_entry(pos, member))

#define ERR_PTR(rc)		((void *)(long)(rc))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= -4095UL)
#define ERR_CAST(p)		((void *)(p))

/* What the kernel only reports is an end here. */
#define __die(what) do {						\
	printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__, what);	\
	abort();							\
} while (0)
#define WARN_ON(cond)		do { if (cond) __die(#cond); } while (0)
#define WARN_ON_ONCE(cond)	do { if (cond) __die(#cond); } while (0)
#define pr_err_once(fmt, ...)	__die(fmt)

#define gfp_t			unsigned int
#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOWARN		0

void *shim_alloc(size_t n, size_t size);
void *shim_zalloc(size_t size);
void shim_free(const void *p);

/* kmalloc() and kvmalloc() differ in what they can give, not for the caller. */
#define kmalloc(size, gfp)		((void)(gfp), shim_alloc(1, size))
#define kzalloc(size, gfp)		((void)(gfp), shim_zalloc(size))
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
