/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sorted array with the names of the xarray. The lock of the caller guards it.
 */
#ifndef __SHIM_XARRAY_H
#define __SHIM_XARRAY_H

#include "kernel.h"

struct xarray_slot {
	unsigned long index;
	void *entry;
};

struct xarray {
	struct xarray_slot *slots;
	unsigned long nr;
	unsigned long room;
};

#define XA_FLAGS_ACCOUNT	0
#define xa_init_flags(xa, flags)	\
	((void)(flags), (void)(*(xa) = (struct xarray){ NULL }))

void *xa_load(struct xarray *xa, unsigned long index);
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void xa_destroy(struct xarray *xa);
/* Of no use to free memory that was never needed. */
#define xa_empty(xa)		(!(xa)->slots)

void *xa_at(struct xarray *xa, unsigned long i, unsigned long *index);

#define xa_for_each(xa, index, entry)					\
	for (unsigned long _i = 0; (entry = xa_at(xa, _i, &(index))); _i++)

static inline void *xa_mk_value(unsigned long value)
{
	assert(!(value >> 63));
	return (void *)(value << 1 | 1);
}

static inline unsigned long xa_to_value(void *entry)
{
	assert((unsigned long)entry & 1);
	return (unsigned long)entry >> 1;
}

/* Errors are told from values by their low bits. */
#define XA_ERROR(rc)		((void *)((long)(rc) * 4 + 2))

static inline int xa_err(void *entry)
{
	return ((unsigned long)entry & 3) == 2 ? ((long)entry - 2) / 4 : 0;
}

#endif
