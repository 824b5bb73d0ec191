// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PASID space against a naive model.
 *
 * The model keeps what each number and each set is in, and searches from the
 * start. Random calls have to give what it gives, errors included. References,
 * locks and memory are checked below them, by the shim and the sanitizers.
 */
#include "../../../drivers/iommu/ioasid_internal.h"
#include "ioasid_model.h"
#include "tap.h"
#include "shim/random.h"

#define OPS		1000000UL
#define TOKENS		4
#define SPIDS		32
#define FIXED		0

DECLARE_IOASID_SET(fixed);

static struct mm_struct mms[TOKENS];
static int tokens[TOKENS];
/* References to numbers. */
static u32 held[256];
static unsigned int nr_held;
/* What numbers stand for: a getter refuses the odd ones. */
static char things[8];

/* The cgroup. */
int ioasid_charge(struct ioasid_entry *entry)
{
	if (charged >= limit)
		return -EBUSY;
	charged++;
	entry->cg = (struct misc_cg *)&charged;
	return 0;
}

void ioasid_uncharge(struct misc_cg *cg)
{
	check(cg == (struct misc_cg *)&charged);
	charged--;
}

void ioasid_charge_capacity(u32 count)
{
	capacity_told = count;
}

static bool one_in(unsigned long n)
{
	return !random_below(n);
}

/* A set that the test has a reference to. */
static struct owner *random_set(void)
{
	struct owner *owner;

	do {
		owner = &sets[random_below(SETS)];
	} while (!owner->owned && !owner->lookups);
	return owner;
}

static struct owner *random_set_or_none(void)
{
	return one_in(3) ? NULL : random_set();
}

static struct ioasid_set *set_of(struct owner *owner)
{
	return owner ? owner->set : NULL;
}

/* Mostly one in use, parked ones included. */
static u32 random_id(void)
{
	struct owner *owner = &sets[random_below(SETS)];

	if (owner->set && owner->nr && !one_in(4))
		return owner->ids[random_below(owner->nr)];
	return one_in(10) ? random_u64() : random_below(400);
}

static void random_range(u32 *min, u32 *max)
{
	switch (random_below(8)) {
	case 0:
		*min = random_below(2 * IOASID_MAX);
		*max = random_below(2 * IOASID_MAX);
		break;
	case 1:
		*min = 0;
		*max = one_in(2) ? IOASID_MAX : NONE;
		break;
	case 2 ... 3:
		*min = random_below(400);
		*max = *min;
		break;
	default:
		*min = random_below(400);
		*max = *min + random_below(one_in(2) ? 4 : 200);
		break;
	}
}

static void op_alloc(void)
{
	struct owner *owner = random_set();
	void *private = one_in(8) ? NULL : &things[random_below(8)];
	u32 min, max;
	int id;

	random_range(&min, &max);
	if (one_in(1000))
		check_eq(ioasid_alloc(NULL, min, max, private), -EINVAL);
	if (owner->nr == ARRAY_SIZE(owner->ids))
		return;
	shim_no_memory = one_in(200);
	id = model_alloc(owner, min, max, private);
	check_eq(ioasid_alloc(owner->set, min, max, private), id);
	shim_no_memory = false;
}

static void op_free(void)
{
	struct owner *owner = random_set_or_none();
	u32 id = random_id();
	int rc = model_error(owner, id);

	if (!owner && one_in(2))
		check_eq(ioasid_free(id), rc);
	else
		check_eq(ioasid_free_in_set(set_of(owner), id), rc);
	if (!rc)
		model_kill(id);
}

static void hold(u32 id)
{
	numbers[id].users++;
	held[nr_held++] = id;
}

static void op_get(void)
{
	struct owner *owner = random_set_or_none();
	u32 id = random_id();
	int rc = model_error(owner, id);

	if (nr_held == ARRAY_SIZE(held))
		return;
	check_eq(ioasid_get(set_of(owner), id), rc);
	if (!rc)
		hold(id);
}

static void op_put(void)
{
	unsigned int i;
	u32 id;

	if (!nr_held)
		return;
	i = random_below(nr_held);
	id = held[i];
	held[i] = held[--nr_held];
	ioasid_put(id);
	model_drop(id);
}

static bool even(void *private)
{
	return ((char *)private - things) % 2 == 0;
}

static void op_find(void)
{
	bool (*getter)(void *) = one_in(2) ? even : NULL;
	struct owner *owner = random_set_or_none();
	u32 id = random_id();
	int rc = model_error(owner, id);
	void *private = rc ? ERR_PTR(rc) : numbers[id].private;

	if (getter && !IS_ERR_OR_NULL(private) && !even(private))
		private = NULL;
	check(ioasid_find(set_of(owner), id, getter) == private);
}

static void op_set_data(void)
{
	void *private = &things[random_below(8)];
	u32 id = random_id();
	int rc = model_error(NULL, id);

	/* Waits for a grace period. */
	if (!one_in(500))
		return;
	check_eq(ioasid_set_data(id, private), rc);
	if (!rc)
		numbers[id].private = private;
}

static void op_attach(void)
{
	u32 spid = one_in(50) ? random_u64() : random_below(SPIDS);
	struct owner *owner = random_set();
	u32 id = random_id();
	int rc;

	shim_no_memory = one_in(10);
	rc = model_attach(owner, id, spid);
	check_eq(ioasid_attach_spid(owner->set, id, spid), rc);
	shim_no_memory = false;
	if (!rc)
		numbers[id].spid = spid;
}

static void op_detach(void)
{
	struct owner *owner = random_set();
	u32 id = random_id();
	int rc = model_error(owner, id);

	if (!rc && numbers[id].spid == NONE)
		rc = -ENOENT;
	check_eq(ioasid_detach_spid(owner->set, id), rc);
	if (!rc)
		numbers[id].spid = NONE;
}

static void op_by_spid(void)
{
	u32 spid = one_in(50) ? IOASID_MAX : random_below(SPIDS);
	struct owner *owner = random_set();
	u32 id = model_by_spid(owner, spid);

	check_eq(ioasid_find_by_spid(owner->set, spid), id);
	if (nr_held == ARRAY_SIZE(held))
		return;
	check_eq(ioasid_get_by_spid(owner->set, spid), id);
	if (id != NONE)
		hold(id);
}

static void *random_token(enum ioasid_set_type type)
{
	unsigned long i = random_below(TOKENS);

	if (one_in(8))
		return NULL;
	return type == IOASID_SET_MM ? (void *)&mms[i] : (void *)&tokens[i];
}

static void op_set_alloc(void)
{
	enum ioasid_set_type type = random_below(IOASID_SET_TYPES + 1);
	struct owner *owner = &sets[1 + random_below(SETS - 1)];
	u32 ceiling = one_in(2) ? 0 : 1 + random_below(60);
	void *token = random_token(type);
	struct ioasid_set *set;
	int rc = 0;

	if (owner->set)
		return;
	shim_no_memory = one_in(10);
	if (type == IOASID_SET_TYPES || (!token && type != IOASID_SET_KERNEL))
		rc = -EINVAL;
	else if (shim_no_memory)
		rc = -ENOMEM;
	else if (model_find_set(type, token))
		rc = -EEXIST;
	set = ioasid_set_alloc(type, token, ceiling, one_in(2) ? "me" : NULL);
	shim_no_memory = false;
	if (rc) {
		check(set == ERR_PTR(rc));
		return;
	}
	check(!IS_ERR_OR_NULL(set));
	memset(owner, 0, sizeof(*owner));
	owner->set = set;
	owner->type = type;
	owner->token = token;
	owner->owned = true;
	owner->counts.ceiling = ceiling;
}

static void op_set_find(void)
{
	enum ioasid_set_type type = random_below(IOASID_SET_TYPES);
	void *token = random_token(type);
	struct owner *owner = model_find_set(type, token);

	check(ioasid_set_find(type, token) == set_of(owner));
	if (owner)
		owner->lookups++;
}

static void op_set_get_put(void)
{
	struct owner *owner = random_set();

	if (!owner->lookups) {
		ioasid_set_get(owner->set);
		owner->lookups++;
	} else {
		ioasid_set_put(owner->set);
		owner->lookups--;
		model_end_of(owner);
	}
}

static void end_set(struct owner *owner, bool all)
{
	int rc = 0;

	if (owner == &sets[FIXED])
		rc = -EINVAL;
	else if (!all && owner->nr)
		rc = -EBUSY;
	check_eq(all ? ioasid_set_free_all(owner->set) :
		       ioasid_set_free(owner->set), rc);
	if (rc)
		return;
	owner->closed = true;
	while (owner->nr)
		model_kill(owner->ids[owner->nr - 1]);
	owner->owned = false;
	model_end_of(owner);
}

static void op_set_free(void)
{
	struct owner *owner = random_set();

	if (owner->owned && one_in(10))
		end_set(owner, one_in(3));
}

static void op_counts(void)
{
	struct owner *owner = random_set();
	struct ioasid_set_counts counts;

	ioasid_set_read_counts(owner->set, &counts);
	check(!memcmp(&counts, &owner->counts, sizeof(counts)));
}

struct walk {
	struct owner *owner;
	unsigned int left;
	unsigned int stop;
};

static int visit(ioasid_t id, void *private, void *arg)
{
	struct walk *walk = arg;

	check(walk->left);
	check_eq(id, walk->owner->ids[--walk->left]);
	check(private == numbers[id].private);
	if (one_in(20)) {
		check_eq(ioasid_free(id), 0);
		model_kill(id);
	}
	return walk->left == walk->stop ? 77 : 0;
}

static void op_for_each(void)
{
	struct owner *owner = random_set();
	struct walk walk = { owner, owner->nr, random_below(500) };
	bool stops = walk.stop < walk.left;

	if (!one_in(20))
		return;
	check_eq(ioasid_set_for_each(owner->set, visit, &walk), stops ? 77 : 0);
	check_eq(walk.left, stops ? walk.stop : 0);
}

/* From time to time there are fewer numbers, or another limit of the cgroup. */
static void op_capacity(unsigned long op)
{
	u32 count = random_below(16) ? random_below(1UL << 21) : 0;
	int rc = !count || count > IOASID_MAX + 1 ? -EINVAL : 0;

	if (op % 100 == 0)
		limit = one_in(4) ? random_below(400) : 1000;
	if (op % (OPS / 16) == 0 && op > OPS / 2) {
		count = IOASID_MAX >> (24 * op / OPS - 12);
		rc = 0;
	} else if (!rc && count < capacity) {
		return;
	}
	check_eq(ioasid_install_capacity(count), rc);
	if (!rc && (!capacity_told || count < capacity))
		capacity = count;
	check_eq(ioasid_capacity(), capacity);
	check(!capacity_told || capacity_told == capacity);
}

static void random_op(unsigned long op)
{
	static void (*const ops[])(void) = {
		op_alloc, op_alloc, op_alloc, op_free, op_free, op_get, op_put,
		op_put, op_find, op_find, op_set_data, op_attach, op_detach,
		op_by_spid, op_set_alloc, op_set_find, op_set_get_put,
		op_set_free, op_counts, op_for_each,
	};

	ops[random_below(ARRAY_SIZE(ops))]();
	if (op % 50 == 0)
		op_capacity(op);
}

/* References first: what is freed then is gone. */
static void drop_all(void)
{
	struct owner *owner;
	u32 id;

	while (nr_held)
		op_put();
	for (owner = sets; owner < sets + SETS; owner++) {
		while (owner->nr) {
			id = owner->ids[owner->nr - 1];
			check_eq(ioasid_free(id), 0);
			model_kill(id);
		}
		while (owner->lookups) {
			owner->lookups--;
			ioasid_set_put(owner->set);
		}
		if (owner->owned && owner != &sets[FIXED])
			end_set(owner, false);
	}
}

static void test_random(void)
{
	unsigned long op;
	unsigned int i;

	sets[FIXED] = (struct owner){ .set = &fixed, .owned = true };
	for (op = 1; op <= OPS; op++) {
		random_op(op);
		if (op % 3000 == 0)
			drop_all();
	}
	drop_all();
	check_eq(charged, 0);

	/* All that is deferred is done, and all memory is back. */
	rcu_barrier();
	xa_lock_irq(&ioasid_xa);
	check(ioasid_none_in_use());
	xa_unlock_irq(&ioasid_xa);
	rcu_barrier();
	for (i = 0; i < TOKENS; i++)
		check_eq(mms[i].grabs, 0);
	check_eq(fixed.used + fixed.parked, 0);
	kfree(fixed.spids);
	check_eq(kmalloc_nr_allocated, 0);
	check_eq(nr_allocated, 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "random_calls_equal_the_model", test_random },
	};
	int rc;

	rcu_register_thread();
	rc = tap_run(tests, ARRAY_SIZE(tests));
	rcu_unregister_thread();
	return rc;
}
