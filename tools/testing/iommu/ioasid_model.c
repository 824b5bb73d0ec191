// SPDX-License-Identifier: GPL-2.0-only
#include "ioasid_model.h"

struct number numbers[IOASID_MAX + 1];
struct owner sets[SETS];
u32 capacity = IOASID_MAX + 1;
unsigned int charged, limit = 1000;
unsigned long capacity_told;

static u32 next_id, last_freed = NONE;

static bool model_free(u32 id)
{
	return !numbers[id].users;
}

static u32 model_scan(u32 min, u32 max)
{
	u32 id;

	for (id = min; id <= max && id >= min; id++)
		if (model_free(id) && id != last_freed)
			return id;
	return NONE;
}

static u32 model_choose(u32 min, u32 max)
{
	u32 id;

	if (min == max)
		return model_free(min) ? min : NONE;
	id = next_id > min ? model_scan(next_id, max) : NONE;
	if (id == NONE)
		id = model_scan(min, max);
	if (id == NONE && last_freed >= min && last_freed <= max &&
	    model_free(last_freed))
		id = last_freed;
	if (id != NONE)
		next_id = id + 1;
	return id;
}

int model_alloc(struct owner *owner, u32 min, u32 max, void *private)
{
	struct ioasid_set_counts *counts = &owner->counts;
	u32 id;

	if (min > max)
		return -EINVAL;
	if (max >= capacity)
		max = capacity - 1;
	if (min > max)
		return -ERANGE;
	if (shim_no_memory)
		return -ENOMEM;
	if (charged >= limit)
		return -EDQUOT;
	if (owner->closed)
		return -ESHUTDOWN;
	if (counts->ceiling && counts->used >= counts->ceiling)
		return -EDQUOT;
	id = model_choose(min, max);
	if (id == NONE)
		return -ENOSPC;
	numbers[id] = (struct number){
		.users = 1, .live = true, .set = owner - sets, .spid = NONE,
		.private = private,
	};
	owner->ids[owner->nr++] = id;
	counts->used++;
	if (counts->used > counts->peak)
		counts->peak = counts->used;
	return id;
}

void model_end_of(struct owner *owner)
{
	if (!owner->owned && !owner->lookups && !owner->counts.used)
		owner->set = NULL;
}

void model_drop(u32 id)
{
	struct owner *owner = &sets[numbers[id].set];

	if (--numbers[id].users)
		return;
	owner->counts.used--;
	if (!numbers[id].live)
		owner->counts.parked--;
	last_freed = id;
	model_end_of(owner);
}

void model_kill(u32 id)
{
	struct owner *owner = &sets[numbers[id].set];
	unsigned int i;

	for (i = 0; owner->ids[i] != id; i++)
		;
	memmove(&owner->ids[i], &owner->ids[i + 1],
		(--owner->nr - i) * sizeof(owner->ids[0]));
	numbers[id].live = false;
	owner->counts.parked++;
	model_drop(id);
}

int model_error(struct owner *owner, u32 id)
{
	if (id > IOASID_MAX || !numbers[id].live)
		return -ENOENT;
	return owner && owner != &sets[numbers[id].set] ? -EACCES : 0;
}

u32 model_by_spid(struct owner *owner, u32 spid)
{
	unsigned int i;

	for (i = 0; i < owner->nr; i++)
		if (numbers[owner->ids[i]].spid == spid)
			return owner->ids[i];
	return NONE;
}

struct owner *model_find_set(enum ioasid_set_type type, void *token)
{
	unsigned int i;

	for (i = 0; i < SETS; i++)
		if (sets[i].set && !sets[i].closed && token &&
		    sets[i].type == type && sets[i].token == token)
			return &sets[i];
	return NULL;
}

int model_attach(struct owner *owner, u32 id, u32 spid)
{
	int rc;

	if (spid > IOASID_MAX)
		return -EINVAL;
	if (!owner->has_spids && shim_no_memory)
		return -ENOMEM;
	owner->has_spids = true;
	if (model_by_spid(owner, spid) != NONE)
		return -EEXIST;
	rc = model_error(owner, id);
	return rc ?: numbers[id].spid != NONE ? -EBUSY : 0;
}
