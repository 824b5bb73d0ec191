// SPDX-License-Identifier: GPL-2.0-only
#include "xarray.h"

/* The place of an index, or of the next higher one. */
static unsigned long find(struct xarray *xa, unsigned long index)
{
	unsigned long low = 0, high = xa->nr;

	while (low < high) {
		unsigned long middle = (low + high) / 2;

		if (xa->slots[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(struct xarray *xa, unsigned long i, unsigned long index)
{
	return i < xa->nr && xa->slots[i].index == index;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	unsigned long i = find(xa, index);

	return is_at(xa, i, index) ? xa->slots[i].entry : NULL;
}

static bool make_room(struct xarray *xa)
{
	struct xarray_slot *slots;

	if (xa->nr < xa->room)
		return true;
	slots = shim_alloc(2 * xa->room + 4, sizeof(*slots));
	if (!slots)
		return false;
	if (xa->nr)
		memcpy(slots, xa->slots, xa->nr * sizeof(*slots));
	shim_free(xa->slots);
	xa->slots = slots;
	xa->room = 2 * xa->room + 4;
	return true;
}

/* Storing over what is there does not allocate. */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned long i = find(xa, index);
	void *old;

	assert(entry);
	if (is_at(xa, i, index)) {
		old = xa->slots[i].entry;
		xa->slots[i].entry = entry;
		return old;
	}
	if (!make_room(xa))
		return XA_ERROR(-ENOMEM);
	memmove(xa->slots + i + 1, xa->slots + i,
		(xa->nr++ - i) * sizeof(*xa->slots));
	xa->slots[i] = (struct xarray_slot){ index, entry };
	return NULL;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned long i = find(xa, index);
	void *old;

	if (!is_at(xa, i, index))
		return NULL;
	old = xa->slots[i].entry;
	memmove(xa->slots + i, xa->slots + i + 1,
		(--xa->nr - i) * sizeof(*xa->slots));
	return old;
}

/* Only memory is left: everything was taken out. */
void xa_destroy(struct xarray *xa)
{
	assert(!xa->nr);
	shim_free(xa->slots);
}

void *xa_at(struct xarray *xa, unsigned long i, unsigned long *index)
{
	if (i >= xa->nr)
		return NULL;
	*index = xa->slots[i].index;
	return xa->slots[i].entry;
}
