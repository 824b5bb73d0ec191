/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive model of the PASID space: what each number and each set is in, always
 * searched from the start. A function tells what the kernel's has to give, and
 * changes the model likewise.
 */
#ifndef __IOASID_MODEL_H
#define __IOASID_MODEL_H

#include <linux/ioasid.h>

#include "ioasid_shim/kernel.h"

#define NONE		INVALID_IOASID
#define SETS		10

/* A number that nobody uses has no users. */
struct number {
	unsigned int users;
	bool live;
	unsigned int set;
	u32 spid;
	void *private;
};

/*
 * A set. There is one while somebody has it, as its owner or by a lookup, or a
 * number of it.
 */
struct owner {
	struct ioasid_set *set;
	enum ioasid_set_type type;
	void *token;
	bool owned;
	bool closed;
	bool has_spids;
	unsigned int lookups;
	struct ioasid_set_counts counts;
	/* Its live numbers, the newest last. */
	u32 ids[2048];
	unsigned int nr;
};

extern struct number numbers[IOASID_MAX + 1];
extern struct owner sets[SETS];
extern u32 capacity;
/* What the cgroup is charged, its limit, and the capacity it was told. */
extern unsigned int charged, limit;
extern unsigned long capacity_told;

int model_alloc(struct owner *owner, u32 min, u32 max, void *private);
void model_end_of(struct owner *owner);
void model_drop(u32 id);
void model_kill(u32 id);
int model_error(struct owner *owner, u32 id);
u32 model_by_spid(struct owner *owner, u32 spid);
struct owner *model_find_set(enum ioasid_set_type type, void *token);
int model_attach(struct owner *owner, u32 id, u32 spid);

#endif
